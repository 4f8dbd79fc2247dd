"""Digests at work: collected, sent at their hour, once, whatever dies when."""

from __future__ import annotations

import asyncio
import json
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import digest, outbox, verify
from alerts.digest import Facts
from archive.stories import merge
from tests.alerts.planned import deliverer, plan
from tests.alerts.press import START, FakeReceiver, Press, rule
from tests.alerts.test_crash import Crash, Fuse, MortalArchive, MortalSender
from tests.alerts.work import GONE, REFUSED, running

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from alerts.channel import Channel, Sender
    from alerts.plan import Plan

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


# Deaths


async def live(press: Press, receiver: FakeReceiver, what: Plan, fuse: Fuse) -> None:
    """One process: knows that those before it are dead, delivers, and may die over it."""
    await press.archive.write(lambda db: outbox.release_dead(db, lambda _: True))

    def mortal(channel: Channel) -> Sender:
        return MortalSender(receiver.sender(channel), fuse)

    archive: Any = MortalArchive(press, fuse)
    sending = deliverer(press, receiver, what, archive=archive, senders=mortal)
    try:
        await sending.drain()
    except Crash:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["publish", "drain", "drain", "a minute", "a day"]),
        st.integers(1, 6),
        st.sampled_from(["before", "inside", "after", "never"]),
    ),
    max_size=12,
)
PLANS = st.sampled_from(
    [EIGHT, ALWAYS, plan(throttle="1/h"), plan(throttle="1/h", quiet="08:00-09:00")]
)


async def go(press: Press, what: Plan, steps: list[tuple[str, int, str]]) -> None:
    receiver, ids = FakeReceiver(), []
    for step, number, where in steps:
        if step == "publish":
            ids += await publish(press)
        elif step == "drain":
            await live(press, receiver, what, Fuse(step=number, where=where))
        else:
            press.clock.move(**{"seconds": 61} if step == "a minute" else {"days": 1})
    while [row for row in await press.rows("alert") if row["state"] in {"due", "collected"}]:
        press.clock.move(hours=25)
        await live(press, receiver, plan(**_without_empty(what)), Fuse())
    rows = {row["id"]: row for row in await press.rows("alert")}
    messages: dict[str, set[str]] = {alert: set() for alert in ids}
    for message in receiver.accepted:
        told = (
            [message] if rows[message]["kind"] == "alert" else digest.ids(body(receiver, message))
        )
        for alert in told:
            messages[alert].add(message)

    assert {len(found) for found in messages.values()} <= {1}, "lost, or told by two messages"
    assert all(len(bodies) == 1 for bodies in receiver.bodies.values())
    assert await problems(press) == []


def _without_empty(what: Plan) -> dict[str, Any]:
    """The same plan, but for digests that would be sent for ever."""
    return {
        "digest": 8 if what.digest else None,
        "throttle": "1/h" if what.throttle else "",
        "quiet": "08:00-09:00" if what.quiet else "",
    }


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PLANS, STEPS)
def test_whatever_dies_when_every_alert_is_told_by_exactly_one_message(
    what: Plan, steps: list[tuple[str, int, str]]
) -> None:
    """Before, in and after every write and every send, as often as it likes."""
    with tempfile.TemporaryDirectory() as folder:
        press = Press(Path(folder) / "archive.db")
        try:
            asyncio.run(go(press, what, steps))
        finally:
            press.archive.close()


def test_what_a_dead_process_may_have_sent_goes_again_by_itself(press: Press) -> None:
    """In a summary it would come under a second id, and the receiver could not know it."""
    receiver, throttled = FakeReceiver(), plan(throttle="1/h")

    async def go() -> None:
        (first,) = await publish(press)
        await live(press, receiver, throttled, Fuse(step=2, where="after"))
        assert receiver.accepted == [first]
        press.clock.move(minutes=5)
        await publish(press)
        await live(press, receiver, throttled, Fuse())
        press.clock.move(hours=2)
        await live(press, receiver, throttled, Fuse())

        assert receiver.accepted[:2] == [first, first]
        (message,) = receiver.accepted[2:]
        assert first not in set(digest.ids(body(receiver, message)))

    asyncio.run(go())
