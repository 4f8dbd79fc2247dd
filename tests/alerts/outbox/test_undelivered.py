"""outbox.undelivered: the operator hears of channels that do not deliver, and is not drowned."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alerts import outbox
from alerts.channel import Outcome, Result
from alerts.outbox import prune, undelivered
from tests.alerts.press import FakeReceiver, Press
from tests.alerts.work import GONE, REFUSED, deliverer, queue

if TYPE_CHECKING:
    from sqlite_utils import Database

DEAD = Result(outcome=Outcome.DEAD, reason="550 no such user", status=550)
MINUTE = timedelta(minutes=1)


async def tell(press: Press, *channels: str, operator: str = "ops") -> list[dict[str, Any]]:
    """The notices that this turn has queued."""
    before = {row["id"] for row in await press.rows("alert")}
    now, names = press.clock(), channels or ("desk", "ops")

    def job(db: Database) -> int:
        return undelivered.tell(db, names, operator=operator, zone=UTC, now=now)

    count = await press.archive.write(job)
    rows = [row for row in await press.rows("alert") if row["id"] not in before]
    assert len(rows) == count
    assert {row["channel"] for row in rows} <= {operator}
    return [json.loads(row["payload"]) for row in rows]


def test_a_burst_of_dead_letters_is_one_notice(press: Press) -> None:
    """Forty alerts that die together wake the operator once."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [DEAD] * 40

    async def go() -> None:
        await queue(press, count=40)
        await deliverer(press, receiver).drain()
        (notice,) = await tell(press)
        assert (notice["kind"], notice["channel"], notice["total"]) == ("undelivered", "desk", 40)
        assert "40 alerts were given up, the last with: 550 no such user" in notice["text"]
        assert "presswatch alerts retry --dead --channel desk" in notice["text"]
        assert await tell(press) == []

    asyncio.run(go())


def test_what_dies_within_the_hour_is_told_together_when_it_is_over(press: Press) -> None:
    """None is forgotten for coming too soon, and none is told twice."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [DEAD] * 100

    async def go() -> None:
        told = []
        for _ in range(61):
            await queue(press)
            await deliverer(press, receiver).drain()
            told += await tell(press)
            press.clock.now += MINUTE
        assert [notice["total"] for notice in told] == [1, 60]
        press.clock.move(hours=2)
        assert await tell(press) == []

    asyncio.run(go())


def test_an_alert_that_dies_a_second_time_is_told_again(press: Press) -> None:
    """Whoever sent it again thinks that it is on its way."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [DEAD] * 2

    async def go() -> None:
        await queue(press)
        await deliverer(press, receiver).drain()
        assert len(await tell(press)) == 1
        press.clock.move(hours=2)
        await press.archive.write(lambda db: outbox.retry_dead(db, press.clock()))
        await deliverer(press, receiver).drain()
        assert len(await tell(press)) == 1

    asyncio.run(go())


def test_tries_that_are_numbered_anew_hide_nothing(press: Press) -> None:
    """After two quiet years all tries are deleted, and SQLite counts from 1 again."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [DEAD] * 4

    async def go() -> None:
        await queue(press, count=3)
        await deliverer(press, receiver).drain()
        assert len(await tell(press)) == 1
        press.clock.move(days=730)
        before = press.clock() - timedelta(days=365)
        assert await press.archive.write(lambda db: prune.forget(db, before)) == 3

        await queue(press)
        await deliverer(press, receiver).drain()
        assert [attempt["id"] for attempt in await press.rows("attempt")] == [1]
        assert [notice["total"] for notice in await tell(press)] == [1]
        assert await tell(press) == []

    asyncio.run(go())


def test_the_operators_own_channel_is_never_the_subject(press: Press) -> None:
    """A notice of it would go the way that failed, and fail, and so on for ever."""
    receiver = FakeReceiver()
    receiver.answers["ops"] = [DEAD] * 100

    async def go() -> None:
        await queue(press, "ops")
        for _ in range(5):
            await deliverer(press, receiver, "ops").drain()
            assert await tell(press) == []
            press.clock.move(hours=2)
        assert len(await press.rows("alert")) == 1

    asyncio.run(go())


def test_a_receiver_that_is_gone_is_told_at_once_and_once(press: Press) -> None:
    """Nothing is delivered there until somebody does something."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [GONE, GONE]

    async def go() -> None:
        await queue(press, count=2)
        await deliverer(press, receiver).drain()
        (notice,) = await tell(press)
        assert (notice["kind"], notice["state"]) == ("closed", "begun")
        assert "presswatch channel enable desk" in notice["text"]
        assert await tell(press) == []

        press.clock.move(days=1)
        await press.archive.write(lambda db: outbox.enable_channel(db, "desk", press.clock()))
        assert await tell(press) == []
        await deliverer(press, receiver).drain()
        assert [one["kind"] for one in await tell(press)] == ["closed"], "closed once more"

    asyncio.run(go())


def test_a_receiver_that_is_down_for_an_hour_is_told_and_its_end_too(press: Press) -> None:
    """A restart of ten minutes wakes nobody."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * 1000

    async def go() -> None:
        await queue(press, count=4)
        told = []
        for _ in range(90):
            await deliverer(press, receiver).drain()
            told.append(await tell(press))
            press.clock.now += MINUTE
        (begun,) = [notice for turn in told for notice in turn]
        assert 60 <= [bool(turn) for turn in told].index(True) <= 62
        assert (begun["kind"], begun["state"]) == ("down", "begun")
        assert begun["text"] == "its receiver takes nothing: HTTP 500"

        receiver.answers.clear()
        press.clock.move(minutes=6)
        await deliverer(press, receiver).drain()
        (ended,) = await tell(press)
        assert (ended["kind"], ended["state"], ended["since"]) == (
            "down", "ended", begun["since"],
        )  # fmt: skip
        assert await tell(press) == []

    asyncio.run(go())


@pytest.mark.parametrize("channels", [("ops",), ("mail", "ops")])
def test_of_channels_that_the_config_no_longer_has_only_what_waits_is_told(
    press: Press, channels: tuple[str, ...]
) -> None:
    """Removed, a channel is out of order for ever, and its dead letters are old."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [DEAD, GONE]

    async def go() -> None:
        await queue(press, count=2)
        await deliverer(press, receiver).drain()
        assert [notice["kind"] for notice in await tell(press, *channels)] == ["removed"]

    asyncio.run(go())


def test_without_an_operator_nothing_is_queued(press: Press) -> None:
    """And whoever is named later hears of what is still fresh."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [DEAD]

    async def go() -> None:
        await queue(press)
        await deliverer(press, receiver).drain()
        assert await tell(press, operator="") == []
        assert len(await tell(press)) == 1

    asyncio.run(go())
