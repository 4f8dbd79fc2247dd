"""Digests and summaries while processes die: every alert is told by exactly one message."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import digest, outbox
from tests.alerts.digest.test_digest_sent import ALWAYS, EIGHT, body, problems, publish
from tests.alerts.fuses import FusedSender
from tests.alerts.planned import deliverer, plan
from tests.alerts.press import FakeReceiver, Press
from tests.alerts.test_crash import Crash, Fuse, MortalArchive

if TYPE_CHECKING:
    from alerts.channel import Channel, Sender
    from alerts.digest.plan import Plan


async def live(press: Press, receiver: FakeReceiver, what: Plan, fuse: Fuse) -> None:
    """One process: knows that those before it are dead, delivers, and may die over it."""
    await press.archive.write(lambda db: outbox.release_dead(db, lambda _: True))

    def mortal(channel: Channel) -> Sender:
        return FusedSender(receiver.sender(channel), fuse)

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
