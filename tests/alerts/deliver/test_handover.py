"""From one deliverer to the next: nobody is cut off, and nobody goes on for ever."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from alerts.deliver.handover import Handover

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alerts.deliver import Deliverer


class FakeDeliverer:
    """Runs until it is told to stop; then for as long as its try takes."""

    def __init__(self) -> None:
        self.tried = asyncio.Event()  # set: the try in flight has ended
        self.state = "new"

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        assert not wake.is_set()
        self.state = "runs"
        try:
            await stop.wait()
            self.state = "ends"
            await self.tried.wait()
            self.state = "ended"
        except asyncio.CancelledError:
            self.state = "cut off"
            raise

    async def drain(self) -> None:
        self.state += ", drained"


async def keep(turn: Callable[[], Awaitable[None]], end: asyncio.Event) -> None:
    while not end.is_set():
        await turn()


async def begin(handover: Handover) -> FakeDeliverer:
    made = FakeDeliverer()
    handover.to(cast("Deliverer", made))
    for _ in range(3):
        await asyncio.sleep(0)
    return made


def test_the_tries_of_the_old_one_end_while_the_new_one_delivers() -> None:
    """Two changes of the config in a row are no reason to cut off the first."""

    async def run() -> None:
        handover = Handover(keep, asyncio.Event())
        first, second, third = [await begin(handover) for _ in range(3)]
        assert (first.state, second.state, third.state) == ("ends", "ends", "runs")

        first.tried.set()
        third.tried.set()
        await handover.end(timedelta(milliseconds=50))
        assert (first.state, second.state, third.state) == ("ended", "cut off", "ended")
        await handover.drain()
        assert third.state == "ended, drained"

    asyncio.run(run())


def test_an_end_before_the_first_is_one() -> None:
    """A service may be stopped before it delivers."""

    async def run() -> None:
        handover = Handover(keep, asyncio.Event())
        await handover.end(timedelta(seconds=1))
        await handover.drain()

    asyncio.run(run())
