"""A disk that fills up between a try and its books: what was taken is not sent again for that."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from archive.errors import ArchiveFull
from tests.alerts.press import FakeReceiver, Press, until
from tests.alerts.work import deliverer, queue, running, states

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

TICK = timedelta(milliseconds=5)


class Disk:
    """Full from the first answer of the receiver on, for so many writes."""

    def __init__(self, press: Press, writes: int) -> None:
        self.refused = 0
        self.full = False
        self._writes = writes
        self._write = press.archive.write

    async def write(self, job: Callable[..., Any]) -> Any:
        if self.full and self.refused < self._writes:
            self.refused += 1
            raise ArchiveFull(cause="disk full")
        return await self._write(job)


def filling(press: Press, receiver: FakeReceiver, monkeypatch: pytest.MonkeyPatch, n: int) -> Disk:
    disk = Disk(press, n)

    async def fill(_: str) -> None:
        disk.full = True

    receiver.before["desk"] = fill
    monkeypatch.setattr(press.archive, "write", disk.write)
    return disk


def test_what_was_taken_waits_for_its_books_and_goes_once(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long there is no room: the process remembers what the archive cannot."""
    receiver = FakeReceiver()

    async def go() -> None:
        await queue(press)
        disk = filling(press, receiver, monkeypatch, 20)
        async with running(deliverer(press, receiver, tick=TICK)):
            await until(lambda: disk.refused == 20)
            while await states(press) != ["delivered"]:  # noqa: ASYNC110  # no event says so
                await asyncio.sleep(0.005)
        assert len(receiver.tries) == 1

    asyncio.run(go())


def test_a_stop_does_not_wait_for_room(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk must not keep the service from ending; the next start sends it again."""
    receiver = FakeReceiver()

    async def go() -> None:
        await queue(press)
        disk = filling(press, receiver, monkeypatch, 1_000_000)
        async with asyncio.timeout(5), running(deliverer(press, receiver, tick=TICK)):
            await until(lambda: disk.refused > 2)
        assert await states(press) == ["due"]

    asyncio.run(go())
