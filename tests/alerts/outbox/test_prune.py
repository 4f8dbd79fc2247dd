"""outbox.prune: the ledger does not grow for ever, and nothing is told twice because of that."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts import history
from alerts.history import verify
from alerts.outbox import prune
from tests.alerts.press import FakeReceiver, Press, rule
from tests.alerts.work import REFUSED, deliverer, queue, states

if TYPE_CHECKING:
    from sqlite_utils import Database

YEAR = timedelta(days=365)


async def forget(press: Press, keep: timedelta = YEAR, **more: int) -> int:
    before = press.clock() - keep
    return await press.archive.write(lambda db: prune.forget(db, before, **more))


async def problems(press: Press) -> list[str]:
    def job(db: Database) -> list[str]:
        return list(verify.problems(db))

    return await press.archive.read(job)


def test_what_was_settled_long_ago_goes_with_its_tries_and_the_match_stays(press: Press) -> None:
    """`verify` knows how many went, so it still finds every row that is lost."""
    receiver = FakeReceiver()

    async def go() -> None:
        await queue(press, "desk", "mail", count=2)
        await deliverer(press, receiver, "desk").drain()
        press.clock.move(days=366)
        assert await forget(press) == 2
        assert await states(press) == ["due", "due"]
        assert await press.rows("attempt") == []
        assert [row["pruned"] for row in await press.rows("rule_match")] == [1, 1]
        assert await problems(press) == []

        await press.archive.write(lambda db: db.execute("DELETE FROM alert").rowcount)
        assert len(await problems(press)) == 2

    asyncio.run(go())


def test_what_still_waits_stays_however_old(press: Press) -> None:
    """A receiver that was disabled for two years gets everything in the end."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED]

    async def go() -> None:
        await queue(press)
        await deliverer(press, receiver).drain()
        press.clock.move(days=2 * 365)
        assert await forget(press) == 0
        assert await deliverer(press, receiver).drain() == 1
        assert await forget(press) == 0, "it counts from when it was settled"

    asyncio.run(go())


def test_an_old_story_is_no_news_because_its_alert_is_gone(press: Press) -> None:
    """A reprint after a year alerts nobody a second time."""
    receiver = FakeReceiver()
    text = "The patent reform of the province was announced by the office this morning. " * 5

    async def go() -> None:
        await press.publish("1", text)
        await press.match(rule("patent"))
        await deliverer(press, receiver).drain()
        press.clock.move(days=366)
        assert await forget(press) == 1
        await press.publish("1", text, source="Weekly")
        assert await press.match(rule("patent")) == []
        first, second = await press.rows("rule_match")
        assert (first["story"], second["decision"]) == (second["story"], "STORY")
        assert await problems(press) == []

        (found,) = await press.archive.read(lambda db: history.matches_of_article(db, 1))
        assert (found.pruned, found.alerts, found.silence) == (1, (), "")

    asyncio.run(go())


def test_a_turn_is_bounded(press: Press) -> None:
    """The oldest first, so many in one transaction."""
    receiver = FakeReceiver()

    async def go() -> None:
        alerts = await queue(press, count=5)
        await deliverer(press, receiver).drain()
        press.clock.move(days=366)
        assert [await forget(press, limit=2) for _ in range(4)] == [2, 2, 1, 0]
        assert len(alerts) == 5

    asyncio.run(go())
