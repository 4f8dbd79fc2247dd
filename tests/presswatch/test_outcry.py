"""A service that waits for room before it has an archive."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.errors import ArchiveDamaged, ArchiveFull
from archive.store import Archive
from presswatch.config.load import load
from presswatch.upkeep import outcry
from tests.alerts.press import FakeReceiver

if TYPE_CHECKING:
    from tests.presswatch.desk import Desk


@pytest.fixture
def receiver(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> FakeReceiver:
    text = desk.config.read_text("utf-8")
    desk.config.write_text(text.replace("[service]", '[service]\noperator = "bot"'), "utf-8")
    receiver = FakeReceiver()
    monkeypatch.setattr("presswatch.upkeep.outcry.sender_for", receiver.sender)
    monkeypatch.setattr("presswatch.upkeep.outcry.LOOK", timedelta(0))
    return receiver


def test_it_opens_as_soon_as_there_is_room_and_tells_once(
    desk: Desk, receiver: FakeReceiver
) -> None:
    """Four looks within a minute are one notice; what it was goes with the archive."""
    looks = iter([ArchiveFull(cause="full")] * 4)

    def attempt() -> Archive:
        for full in looks:
            raise full
        return Archive.open(desk.archive)

    async def run() -> outcry.Outcry | None:
        archive, cry = await outcry.opened(attempt, load(desk.config, {}), asyncio.Event())
        assert archive is not None
        archive.close()
        return cry

    cry = asyncio.run(run())

    assert cry is not None
    assert cry.told
    assert "full" in cry.finding.note
    assert len(receiver.tries) == 1


def test_with_room_there_is_no_outcry(desk: Desk, receiver: FakeReceiver) -> None:
    async def run() -> None:
        opening = asyncio.Event()
        archive, cry = await outcry.opened(
            lambda: Archive.open(desk.archive), load(desk.config, {}), opening
        )
        assert archive is not None
        archive.close()
        assert cry is None

    asyncio.run(run())
    assert receiver.tries == []


def test_what_is_no_lack_of_room_ends_the_start(desk: Desk, receiver: FakeReceiver) -> None:
    """Waiting mends no damage."""

    def attempt() -> Archive:
        raise ArchiveDamaged("a.db")

    with pytest.raises(ArchiveDamaged):
        asyncio.run(outcry.opened(attempt, load(desk.config, {}), asyncio.Event()))
    assert receiver.tries == []


def test_a_receiver_that_hangs_keeps_no_stop_waiting(
    desk: Desk, receiver: FakeReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop is over within ten seconds, whatever the receiver does."""
    monkeypatch.setattr("presswatch.upkeep.outcry.PATIENCE", timedelta(seconds=0.05))

    def attempt() -> Archive:
        raise ArchiveFull(cause="full")

    async def run() -> Archive | None:
        stop = asyncio.Event()

        async def hang(_: outcry.Outcry, *__: object) -> None:
            stop.set()
            await asyncio.Event().wait()

        monkeypatch.setattr("presswatch.upkeep.outcry.Outcry.tell", hang)
        archive, _ = await outcry.opened(attempt, load(desk.config, {}), stop)
        return archive

    assert asyncio.run(asyncio.wait_for(run(), 20)) is None


def test_it_is_tried_once_a_minute_under_one_id(desk: Desk, receiver: FakeReceiver) -> None:
    """A receiver that is down must not be hammered, nor show one notice as two."""

    async def run() -> None:
        config, now = load(desk.config, {}), datetime(2026, 3, 1, tzinfo=UTC)
        cry = outcry.Outcry("full", now, config)
        for second in (0, 30, 60, 90):
            cry.told = False
            await cry.tell(config, now + timedelta(seconds=second))

    asyncio.run(run())
    assert len(receiver.tries) == 2
    assert len(receiver.bodies) == 1
