"""Room on the disk, decided with a disk that the test fills."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alerts.channel import Outcome, Result
from archive.errors import ArchiveFull
from archive.store import Archive
from crawler.health import Finding, Kind, troubles
from presswatch.config.load import load
from presswatch.upkeep import telling
from presswatch.upkeep.room import Room
from tests.alerts.press import FakeReceiver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import pytest
    from sqlite_utils import Database

    from tests.presswatch.desk import Desk

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
LEAST = 1_000_000


class Disk:
    """So many bytes are free."""

    def __init__(self) -> None:
        self.free = 10 * LEAST
        self.pauses: list[bool] = []

    def __call__(self, _: Path) -> int:
        return self.free


def with_room(desk: Desk, job: Callable[[Room, Disk, Archive], Awaitable[None]]) -> list[str]:
    """Run it; returns the states of the notices that were queued."""
    text = desk.config.read_text("utf-8")
    text = text.replace("[service]", '[service]\noperator = "bot"')
    desk.config.write_text(text.replace("[archive]", '[archive]\nmin_free = "1MB"'), "utf-8")

    async def run() -> None:
        archive, disk = Archive.open(desk.archive), Disk()
        room = Room(archive, load(desk.config, {}), disk.pauses.append, free=disk)
        try:
            await job(room, disk, archive)
        finally:
            archive.close()

    asyncio.run(run())
    states = "SELECT json_extract(payload, '$.state') FROM alert ORDER BY created_at"
    return desk.write(lambda db: [row[0] for row in db.execute(states).fetchall()])


def test_it_stops_early_and_goes_on_with_some_room_to_spare(desk: Desk) -> None:
    """Around the limit it does not begin and end with every look."""

    async def job(room: Room, disk: Disk, archive: Archive) -> None:
        for minute, free in enumerate((5.0, 0.9, 0.95, 1.05, 1.2)):
            disk.free = round(free * LEAST)
            await room.look(NOW + timedelta(minutes=minute))
        assert disk.pauses == [True, False]
        assert await archive.read(troubles.opened) == {}

    assert with_room(desk, job) == ["begun", "ended"]


def test_what_an_earlier_process_left_open_is_closed(desk: Desk) -> None:
    """A service that was killed on a full disk and starts on an empty one says that it is over."""

    async def job(room: Room, _: Disk, archive: Archive) -> None:
        finding = Finding(kind=Kind.DISK, since=NOW, note="full")

        def begin(db: Database) -> None:
            telling.begin(db, finding, operator="bot", zone=UTC, now=NOW)

        await archive.write(begin)
        await room.look(NOW + timedelta(minutes=1))
        assert await archive.read(troubles.opened) == {}

    assert with_room(desk, job) == ["begun", "ended"]


def test_what_is_sent_past_the_archive_keeps_its_id(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receiver that answers badly has perhaps shown it; it is tried once a minute."""
    receiver = FakeReceiver()
    receiver.answers["bot"] = [Result(outcome=Outcome.LATER, reason="busy")] * 2
    monkeypatch.setattr("presswatch.upkeep.outcry.sender_for", receiver.sender)

    async def job(room: Room, disk: Disk, _: Archive) -> None:
        disk.free = 0
        room.failed(ArchiveFull(cause="disk full"))
        for second in (0, 5, 59, 60, 65, 120, 180):
            await room.look(NOW + timedelta(seconds=second))

    with_room(desk, job)

    (bodies,) = receiver.bodies.values()
    assert (len(receiver.tries), len(bodies), len(receiver.accepted)) == (3, 1, 1)


def test_an_archive_that_is_not_in_its_place_stops_fetching(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was filed meanwhile would be in a file that nobody looks into; told past it, once."""
    receiver = FakeReceiver()
    monkeypatch.setattr("presswatch.upkeep.outcry.sender_for", receiver.sender)

    async def job(room: Room, disk: Disk, _: Archive) -> None:
        await room.look(NOW)
        away = desk.archive.rename(desk.archive.with_name("away.db"))
        for minute in (1, 2, 3):
            await room.look(NOW + timedelta(minutes=minute))
        assert (disk.pauses, len(receiver.accepted)) == ([True], 1)
        ((body,),) = receiver.bodies.values()
        assert f"the archive is not at {desk.archive} any more" in body

        away.rename(desk.archive)
        await room.look(NOW + timedelta(minutes=4))
        assert disk.pauses == [True, False]

    assert with_room(desk, job) == ["ended"]
