"""A moved clock: a loop that waits for nobody, and a wall clock that goes with it.

Whenever nothing is under way, the loop jumps to its next timer, and `datetime.now` and `time.time`
jump as far (time-machine). While something is, time passes as it does: what a socket on loopback
has to say is there at once, and what a thread or another process works at is counted.

Two processes can share one such clock (`bench.lockstep`): whose loop has a partner asks it before
it jumps, or jumps with it.
"""

from __future__ import annotations

import asyncio
import functools
import selectors
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from unittest.mock import patch

import time_machine

from archive.store import Archive
from crawler.extract.workers import Workers
from presswatch.web.apart import Apart

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable, Coroutine, Iterator
    from datetime import datetime

R = TypeVar("R")

#: Real seconds between two looks while others work.
_LOOK = 0.05

#: Awaited in the loop, carried out elsewhere: the thread that writes, the processes that read.
_ELSEWHERE = ((Archive, "write"), (Workers, "extract"), (Apart, "give"))


class Partner(Protocol):
    """The loop of another process that goes by the same clock."""

    def idle(self, seconds: float) -> float | None:
        """Nothing is ready here, and the next timer is that far away.

        The seconds that both may jump unless something got ready meanwhile; None: the other says
        when, and until then time passes as it does.
        """

    def jumped(self, seconds: float) -> None:
        """So far this loop has jumped."""


class MovedLoop(asyncio.SelectorEventLoop):
    """`jump(seconds)` is called for every jump; `skipped` is the sum of them."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        self.skipped = 0.0
        self.under_way = 0  # elsewhere
        self.partner: Partner | None = None
        self._jump = jump
        super().__init__(_Selector(self))

    def time(self) -> float:
        """Seconds, by the moved clock."""
        return super().time() + self.skipped

    def skip(self, seconds: float) -> None:
        """Let that much time have passed."""
        self.skipped += seconds
        self._jump(seconds)

    def run_in_executor(  # type: ignore[override]  # Python 3.11 has no *args: *Ts
        self, executor: Any, func: Callable[..., R], *args: Any
    ) -> Future[R]:
        """As ever, and counted."""
        future: Future[R] = super().run_in_executor(executor, func, *args)
        self.under_way += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object) -> None:
        self.under_way -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109  # asyncio's
        """However long its threads take: the five minutes of Python 3.12 would pass at once."""
        await super().shutdown_default_executor()


class _Selector(selectors.DefaultSelector):
    """Says what is ready; where nothing is and nothing will be, it moves the clock instead."""

    def __init__(self, loop: MovedLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self._loop.under_way:
            return super().select(_LOOK if timeout is None else min(timeout, _LOOK))
        if self._loop.partner is not None:
            return self._together(self._loop.partner, timeout)
        if timeout is None:
            return super().select(_LOOK)
        self._loop.skip(timeout)
        return []

    def _together(self, partner: Partner, timeout: float | None) -> list[Any]:
        far = partner.idle(float("inf") if timeout is None else timeout)
        if far is None:
            return super().select(timeout)
        ready = super().select(0)
        if ready:
            return ready
        if far == float("inf"):
            return super().select(_LOOK)
        partner.jumped(far)
        self._loop.skip(far)
        return []


def run(main: Coroutine[Any, Any, R], begin: datetime) -> R:
    """Run the coroutine by a clock that begins at `begin`, an aware moment."""
    with ExitStack() as stack:
        traveller = stack.enter_context(time_machine.travel(begin, tick=True))
        loop = MovedLoop(traveller.shift)
        for owner, name in _ELSEWHERE:
            stack.enter_context(_counted(loop, owner, name))
        runner = stack.enter_context(asyncio.Runner(loop_factory=lambda: loop))
        return runner.run(main)


@contextmanager
def _counted(loop: MovedLoop, owner: type, name: str) -> Iterator[None]:
    """Count the calls of a coroutine method while they are awaited."""
    method = getattr(owner, name)

    @functools.wraps(method)
    async def counted(*args: Any, **named: Any) -> Any:
        loop.under_way += 1
        try:
            return await method(*args, **named)
        finally:
            loop.under_way -= 1

    with patch.object(owner, name, counted):
        yield
