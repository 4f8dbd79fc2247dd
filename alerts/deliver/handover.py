"""One deliverer after another: where the channels change, the tries of the old one end in peace.

to(old) ─▶ runs ── to(new) ─▶ old: no new claim, its tries end      new: takes what is due
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from datetime import timedelta
    from typing import Any

    from alerts.deliver.deliverer import Deliverer

#: Takes turn after turn until the event is set, whatever they stumble over.
Keep: TypeAlias = (
    "Callable[[Callable[[], Awaitable[None]], asyncio.Event], Coroutine[Any, Any, None]]"
)


class Handover:
    """Runs the deliverer of now by `keep`; `wake` says that something was queued."""

    def __init__(self, keep: Keep, wake: asyncio.Event) -> None:
        self._keep = keep
        self._wake = wake
        self._now: Deliverer | None = None
        self._end = asyncio.Event()  # set: the deliverer of now is to end
        self._tasks: set[asyncio.Task[None]] = set()  # its own, and of those that it replaced

    def to(self, deliverer: Deliverer) -> None:
        """Deliver by this one from now on; the tries of the one before may end."""
        self._end.set()
        self._now, self._end = deliverer, asyncio.Event()
        turn = partial(deliverer.run, self._end, self._wake)
        task = asyncio.create_task(self._keep(turn, self._end))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self, within: timedelta) -> None:
        """Let the tries in flight end, as far as there is time."""
        self._end.set()
        tasks = set(self._tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=within.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def drain(self) -> None:
        """Try once what is due now, after the end."""
        if self._now is not None:
            await self._now.drain()
