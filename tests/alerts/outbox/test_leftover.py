"""outbox.leftover: what waits for a channel that is no more is neither lost nor kept silent."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from alerts.history import verify
from alerts.outbox import leftover
from tests.alerts.outbox.test_undelivered import tell
from tests.alerts.planned import deliverer as planned
from tests.alerts.planned import plan
from tests.alerts.press import FakeReceiver, Press, rule
from tests.alerts.work import deliverer, queue, states


def test_the_operator_hears_of_a_channel_that_was_renamed(press: Press) -> None:
    """Once; and again when it happens again."""

    async def go() -> None:
        await queue(press, "desk", count=2)
        assert await tell(press, "desk", "ops") == []
        (notice,) = await tell(press, "office", "ops")
        assert (notice["kind"], notice["channel"], notice["total"]) == ("removed", "desk", 2)
        assert notice["text"].startswith("2 alerts wait for it, and the config has no channel")
        assert await tell(press, "office", "ops") == []
        await deliverer(press, FakeReceiver(), "desk").drain()
        assert await tell(press, "office", "ops") == []
        await queue(press, "desk")
        assert len(await tell(press, "office", "ops")) == 1

    asyncio.run(go())


def test_what_is_dropped_is_muted_and_can_be_replayed_elsewhere(press: Press) -> None:
    """A digest that collects goes with it; other channels keep theirs; the books stay right."""
    receiver = FakeReceiver()

    async def go() -> None:
        await queue(press, "desk", "other")
        await planned(press, receiver, plan(digest=8)).drain()
        await queue(press, "desk")
        dropped = await press.archive.write(lambda db: leftover.drop(db, "desk", press.clock()))
        assert dropped == 2
        assert sorted(await states(press)) == ["due", "muted", "muted"]
        assert [row["decision"] for row in await press.rows("rule_match")] == ["ALERT", "MUTED"]
        assert await press.archive.read(lambda db: list(verify.problems(db))) == []
        assert await press.archive.read(lambda db: leftover.waiting(db, {"other"})) == {}

    asyncio.run(go())


def test_what_was_delivered_or_given_up_stays_as_it_was(press: Press) -> None:
    async def go() -> None:
        await queue(press, "desk")
        await deliverer(press, FakeReceiver(), "desk").drain()
        press.clock.now += timedelta(days=1)
        assert await press.archive.write(lambda db: leftover.drop(db, "desk", press.clock())) == 0
        assert await states(press) == ["delivered"]
        await press.match(rule("nothing"))

    asyncio.run(go())
