"""Digests at work: collected, sent at their hour, once, whatever dies when."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alerts import digest, outbox
from alerts.digest import Facts
from alerts.history import verify
from archive.retention import forget_articles
from archive.stories import merge
from tests.alerts.planned import deliverer, plan
from tests.alerts.press import START, TEXT, FakeReceiver, Press, rule
from tests.alerts.work import GONE, REFUSED, running

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from alerts.digest.plan import Plan

EIGHT = plan(digest=8)
ALWAYS = plan(digest=8, empty=True)
NEXT = START.replace(hour=8, minute=0) + timedelta(days=1)  # the first digest after START


async def publish(press: Press, count: int = 1, **more: Any) -> list[str]:
    start = len(await press.rows("article"))
    for number in range(start, start + count):
        await press.publish(f"{number}", f"Patent reform number {number}.")
    return [row["id"] for row in await press.match(rule("patent", **more))]


async def problems(press: Press) -> list[str]:
    return await press.archive.read(lambda db: list(verify.problems(db)))


def body(receiver: FakeReceiver, alert: str) -> Any:
    (text,) = receiver.bodies[alert]
    return json.loads(text)


def facts(_: Database, __: datetime) -> Facts:
    return Facts(total=2, healthy=2)


def test_alerts_are_collected_and_go_as_one_message_at_its_hour(press: Press) -> None:
    """One id, one payload; the ledger says for each alert by which message it went."""
    receiver = FakeReceiver()

    async def go() -> None:
        sending = deliverer(press, receiver, EIGHT, facts=facts)
        ids = await publish(press, 2)
        await sending.drain()
        press.clock.move(hours=9)
        ids += await publish(press)
        await sending.drain()
        press.clock.now = NEXT - timedelta(seconds=1)
        await sending.drain()
        assert receiver.tries == []
        assert {row["state"] for row in await press.rows("alert")} == {"collected", "due"}
        assert await problems(press) == []
        press.clock.now = NEXT
        await sending.drain()

        (message,) = receiver.accepted
        data = body(receiver, message)
        rows = {row["id"]: row for row in await press.rows("alert")}
        assert list(digest.ids(data)) == ids[::-1]
        assert data["sources"]["text"] == "2 of 2 sources healthy"
        assert {(row["via"], row["state"]) for row in rows.values() if row["id"] in ids} == {
            (message, "delivered")
        }
        assert await problems(press) == []

    asyncio.run(go())


def test_an_alert_of_the_last_second_belongs_to_the_digest_of_the_hour(press: Press) -> None:
    """Though the worker sees it a moment after, or a day after, if the machine was off."""
    receiver = FakeReceiver()

    async def go() -> None:
        press.clock.now = NEXT - timedelta(seconds=1)
        ids = await publish(press)
        press.clock.now = NEXT + timedelta(days=1, seconds=1)
        await deliverer(press, receiver, EIGHT).drain()

        (message,) = receiver.accepted
        assert list(digest.ids(body(receiver, message))) == ids

    asyncio.run(go())


def test_what_comes_after_a_digest_goes_with_the_next(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        sending = deliverer(press, receiver, EIGHT)
        told = []
        for _ in range(3):
            told += await publish(press)
            await sending.drain()
            press.clock.move(days=1)
            await sending.drain()

        assert [list(digest.ids(body(receiver, each))) for each in receiver.accepted] == [
            [alert] for alert in told
        ]

    asyncio.run(go())


def test_what_is_urgent_and_notices_go_by_themselves(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        (urgent,) = await publish(press, urgent=True)
        await press.archive.write(
            lambda db: outbox.queue_notice(
                db, "msg_n", channel="desk", payload='{"id":"msg_n"}', now=START
            )
        )
        await deliverer(press, receiver, EIGHT).drain()

        assert set(receiver.accepted) == {urgent, "msg_n"}

    asyncio.run(go())


def test_one_that_was_missed_is_sent_at_the_next_start_once(press: Press) -> None:
    """The machine was off for three digests: all that waited is told in one."""
    receiver = FakeReceiver()

    async def go() -> None:
        ids = await publish(press)
        await deliverer(press, receiver, EIGHT).drain()
        press.clock.move(days=3)
        ids += await publish(press)
        for _ in range(3):
            await deliverer(press, receiver, EIGHT).drain()

        (message,) = receiver.accepted
        assert set(digest.ids(body(receiver, message))) == set(ids)

    asyncio.run(go())


async def run_for_a_moment(press: Press, receiver: FakeReceiver, what: Plan) -> None:
    async with running(deliverer(press, receiver, what, facts=facts)):
        await asyncio.sleep(0.02)


def test_an_empty_one_is_sent_where_it_is_wanted_and_nowhere_else(press: Press) -> None:
    """It proves the silence: every day at eight, also the day after a restart."""
    receiver = FakeReceiver()

    async def go() -> None:
        for _ in range(3):
            await run_for_a_moment(press, receiver, EIGHT)
            press.clock.move(days=1)
        assert receiver.tries == []
        await run_for_a_moment(press, receiver, ALWAYS)
        for _ in range(3):
            press.clock.move(days=1)
            await run_for_a_moment(press, receiver, ALWAYS)

        said = [body(receiver, alert) for alert in receiver.accepted]
        assert [(data["text"], data["alerts"]) for data in said] == [("nothing new", 0)] * 3
        assert said[0]["sources"]["healthy"] == 2

    asyncio.run(go())


def test_a_config_that_wants_it_earlier_has_it_earlier(press: Press) -> None:
    """What collects since yesterday follows the new hour; a digest is never put off by it."""
    receiver = FakeReceiver()

    async def go() -> None:
        await publish(press)
        await run_for_a_moment(press, receiver, EIGHT)
        for hour in (20, 23):
            await run_for_a_moment(press, receiver, plan(digest=hour))
        (due,) = [row["due_at"] for row in await press.rows("alert") if row["kind"] == "digest"]

        assert due == START.replace(hour=20, minute=0).timestamp() * 1000

    asyncio.run(go())


def test_a_channel_without_digest_from_now_on_still_sends_what_was_collected(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        collected = await publish(press)
        await deliverer(press, receiver, EIGHT).drain()
        single = await publish(press)
        await deliverer(press, receiver, plan()).drain()
        assert receiver.accepted == single
        press.clock.now = NEXT
        await deliverer(press, receiver, plan()).drain()

        assert list(digest.ids(body(receiver, receiver.accepted[1]))) == collected

    asyncio.run(go())


def test_a_digest_in_quiet_hours_waits_for_their_end_and_collects_on(press: Press) -> None:
    receiver = FakeReceiver()
    night = plan(digest=5, quiet="22:00-07:00")

    async def go() -> None:
        ids = await publish(press)
        await deliverer(press, receiver, night).drain()
        press.clock.now = NEXT.replace(hour=5)
        await deliverer(press, receiver, night).drain()
        press.clock.now = NEXT.replace(hour=6)
        ids += await publish(press)
        await run_for_a_moment(press, receiver, night)
        assert receiver.tries == []
        press.clock.now = NEXT.replace(hour=7)
        await deliverer(press, receiver, night).drain()

        (message,) = receiver.accepted
        assert set(digest.ids(body(receiver, message))) == set(ids)

    asyncio.run(go())


def test_a_receiver_that_is_back_gets_no_digest_before_its_hour(press: Press) -> None:
    receiver = FakeReceiver()
    receiver.answers["desk"] = [GONE]

    async def go() -> None:
        (urgent,) = await publish(press, urgent=True)
        await publish(press)
        await deliverer(press, receiver, EIGHT).drain()
        await press.archive.write(lambda db: outbox.enable_channel(db, "desk", press.clock()))
        await deliverer(press, receiver, EIGHT).drain()

        assert receiver.accepted == [urgent]

    asyncio.run(go())


def test_stories_are_those_of_the_hour_of_the_digest(press: Press) -> None:
    """Two that turned out to be one are told as one, with both their outlets."""
    receiver = FakeReceiver()

    async def go() -> None:
        await press.publish("a", "Patent reform is passed.", source="Daily")
        await press.publish("b", "Wholly another text: a patent.", source="Wire")
        await press.match(rule("patent"))
        await deliverer(press, receiver, EIGHT).drain()
        await press.archive.write(lambda db: merge(db, 1, 2))
        press.clock.now = NEXT
        await deliverer(press, receiver, EIGHT).drain()

        (only,) = body(receiver, receiver.accepted[0])["rules"]
        (story,) = only["stories"]
        assert (story["id"], story["outlets"], story["copies"]) == (1, 2, 1)
        assert len(story["alerts"]) == 2

    asyncio.run(go())


def test_a_story_whose_articles_are_let_go_of_keeps_the_outlets_it_had(press: Press) -> None:
    """Retention may be shorter than the wait of a weekly digest: 0 outlets would be no story."""
    receiver = FakeReceiver()

    async def go() -> None:
        await press.publish("a", TEXT, source="Daily")
        await press.publish("a", TEXT, source="Wire")
        await press.match(rule("patent"))
        sending = deliverer(press, receiver, EIGHT)
        await sending.drain()
        press.clock.now = NEXT
        gone = await press.archive.write(lambda db: forget_articles(db, NEXT, NEXT))
        assert gone == [1, 2]
        await sending.drain()

        (only,) = body(receiver, receiver.accepted[0])["rules"]
        (story,) = only["stories"]
        assert (story["outlets"], story["copies"]) == (2, 1)

    asyncio.run(go())


def test_one_that_fails_is_sent_again_under_its_id_with_its_text(press: Press) -> None:
    """Nothing joins it any more, and what it tells shares its fate."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED]

    async def go() -> None:
        await publish(press)
        sending = deliverer(press, receiver, EIGHT)
        await sending.drain()
        press.clock.now = NEXT
        await sending.drain()
        later = await publish(press)
        press.clock.move(minutes=1)
        await sending.drain()

        ((_, first), (_, again)) = receiver.tries
        assert first == again
        assert len(receiver.bodies[first]) == 1
        assert {row["state"] for row in await press.rows("alert") if row["id"] in later} == {
            "collected"
        }
        assert await problems(press) == []

    asyncio.run(go())
