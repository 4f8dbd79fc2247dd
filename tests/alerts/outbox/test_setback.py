"""outbox.setback: a clock that ran ahead for a while holds nothing when it has been set back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alerts import mute
from alerts.channel import WebhookChannel
from alerts.deliver import Deliverer
from alerts.digest.plan import AT_ONCE
from alerts.outbox import setback, undelivered
from alerts.rate import Rate
from tests.alerts.planned import deliverer as planned
from tests.alerts.planned import plan
from tests.alerts.press import START, FakeReceiver, Press, until
from tests.alerts.work import REFUSED, WAIT, deliverer, queue, running, states

if TYPE_CHECKING:
    from sqlite_utils import Database

    from alerts.digest.plan import Plan

AHEAD = timedelta(hours=12)  # within the retry schedule, and so not told by its length alone
RATE = Rate(count=2, per=timedelta(minutes=1))


async def started(sending: Deliverer, receiver: FakeReceiver, tries: int) -> None:
    """What a service does at its start, until so many tries were made."""
    async with running(sending):
        await until(lambda: len(receiver.tries) >= tries)


def rated(press: Press, receiver: FakeReceiver) -> Deliverer:
    channel = WebhookChannel(name="desk", url="http://unused.example", secrets=("s",), rate=RATE)
    return Deliverer(press.archive, [channel], clock=press.clock, senders=receiver.sender)


def test_what_was_queued_in_the_future_goes_now(press: Press) -> None:
    """And says so: nothing was queued later than now."""
    receiver = FakeReceiver()

    async def go() -> None:
        press.clock.now = START + AHEAD
        await queue(press, count=2)
        press.clock.now = START
        await started(deliverer(press, receiver), receiver, 2)
        assert await states(press) == ["delivered", "delivered"]
        assert {row["created_at"] for row in await press.rows("alert")} == {
            round(START.timestamp() * 1000)
        }

    asyncio.run(go())


@pytest.mark.parametrize("answer", [REFUSED, WAIT], ids=["refused", "retry-after"])
def test_what_was_tried_in_the_future_is_tried_now(press: Press, answer: Any) -> None:
    """Its next try lay twelve hours ahead, and so did that of its whole receiver."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [answer]

    async def go() -> None:
        await queue(press)
        press.clock.now = START + AHEAD
        await deliverer(press, receiver).drain()
        assert await states(press) == ["due"]
        press.clock.now = START
        await started(deliverer(press, receiver), receiver, 2)
        assert await states(press) == ["delivered"]

    asyncio.run(go())


def test_a_receiver_that_was_out_of_order_in_the_future_is_probed_now(press: Press) -> None:
    """The circuit opened twelve hours ahead of now."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * 3

    async def go() -> None:
        await queue(press, count=4)
        press.clock.now = START + AHEAD
        await deliverer(press, receiver).drain()
        assert len(receiver.tries) == 3
        press.clock.now = START
        await started(deliverer(press, receiver), receiver, 7)
        assert set(await states(press)) == {"delivered"}

    asyncio.run(go())


def test_a_rate_counts_from_now_what_was_sent_in_the_future(press: Press) -> None:
    """So the channel waits as long as it may, and not half a day."""
    receiver = FakeReceiver()

    async def go() -> None:
        await queue(press, count=4)
        press.clock.now = START + AHEAD
        await rated(press, receiver).drain()
        assert len(receiver.tries) == 2
        press.clock.now = START
        await rated(press, receiver).run(_over(), asyncio.Event())
        assert await rated(press, receiver).drain() == 0
        press.clock.move(seconds=61)
        assert await rated(press, receiver).drain() == 2

    asyncio.run(go())


def test_a_throttle_counts_from_now_what_was_sent_in_the_future(press: Press) -> None:
    receiver = FakeReceiver()
    one = plan(throttle="1/h")

    async def go() -> None:
        await queue(press, count=2)
        press.clock.now = START + AHEAD
        await planned(press, receiver, one).drain()
        assert len(receiver.tries) == 1
        press.clock.now = START
        await planned(press, receiver, one).run(_over(), asyncio.Event())
        press.clock.move(hours=2, seconds=1)
        assert await planned(press, receiver, one).drain() == 1

    asyncio.run(go())


def test_a_digest_of_the_future_comes_at_its_next_hour(press: Press) -> None:
    """Begun three days ahead, it would have collected for three days."""
    receiver = FakeReceiver()

    async def go() -> None:
        press.clock.now = START + timedelta(days=3)
        await queue(press)
        await planned(press, receiver, plan(digest=8)).drain()
        press.clock.now = START
        await press.archive.write(_right(press, plan(digest=8)))
        press.clock.move(days=1)
        assert await planned(press, receiver, plan(digest=8)).drain() == 1

    asyncio.run(go())


def test_quiet_hours_still_hold(press: Press) -> None:
    """What is postponed to the morning is no time of a wrong clock."""
    receiver = FakeReceiver()
    night = plan(quiet="08:00-09:00")

    async def go() -> None:
        await queue(press)
        await planned(press, receiver, night).drain()
        await planned(press, receiver, night).run(_over(), asyncio.Event())
        assert receiver.tries == []
        press.clock.move(hours=1)
        assert await planned(press, receiver, night).drain() == 1

    asyncio.run(go())


def test_it_is_seen_while_the_service_runs(press: Press) -> None:
    """Nobody restarts a service because of its clock."""
    receiver = FakeReceiver()

    async def go() -> None:
        press.clock.now = START + AHEAD
        sending = deliverer(press, receiver, tick=timedelta(hours=1))
        async with running(sending) as work:
            await queue(press)  # which wakes nobody
            press.clock.now = START
            work.wake.set()
            await until(lambda: len(receiver.accepted) == 1)

    asyncio.run(go())


def test_what_waits_for_its_next_try_is_not_tried_at_every_look(press: Press) -> None:
    """Put right once, a try of the future makes nothing due a second time."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * 9

    async def go() -> None:
        await queue(press)
        press.clock.now = START + AHEAD
        await deliverer(press, receiver).drain()
        press.clock.now = START
        for _ in range(5):
            await press.archive.write(_right(press))
            await deliverer(press, receiver).drain()
        assert len(receiver.tries) == 2
        (waiting,) = await press.rows("alert")
        assert waiting["attempts"] == 2

    asyncio.run(go())


def test_a_claim_of_the_future_lasts_one_lease(press: Press) -> None:
    """Of a machine that is no more: nobody gives it back."""
    receiver = FakeReceiver()

    async def go() -> None:
        await queue(press)
        late = round((START + AHEAD).timestamp() * 1000)
        claim = f"UPDATE alert SET claimed_by = 'far:1:ab:cd', claimed_until = {late}"
        await press.archive.write(lambda db: db.execute(claim).rowcount)
        await deliverer(press, receiver).run(_over(), asyncio.Event())
        assert await deliverer(press, receiver).drain() == 0
        press.clock.move(seconds=61)
        assert await deliverer(press, receiver).drain() == 1

    asyncio.run(go())


def test_a_mute_keeps_its_length_and_notices_are_told_again(press: Press) -> None:
    async def go() -> None:
        late = START + AHEAD
        word = mute.Mute(kind="rule", name="r", since=late, until=late + timedelta(days=3))
        await press.archive.write(lambda db: mute.begin(db, word))
        told = undelivered.Change(kind=undelivered.Kind.UNDELIVERED, upto=0, notice=None)
        await press.archive.write(lambda db: undelivered._remember(db, "desk", told, late))
        await press.archive.write(_right(press))

        (kept,) = await press.archive.read(lambda db: mute.active(db, START))
        assert (kept.since, kept.until) == (START, START + timedelta(days=3))
        rows = await press.archive.read(lambda db: db.execute("SELECT at FROM told").fetchall())
        assert rows == [(round(START.timestamp() * 1000),)]

    asyncio.run(go())


def _right(press: Press, plan: Plan = AT_ONCE) -> Any:
    def job(db: Database) -> int:
        return setback.set_right(db, press.clock(), {"desk": plan}, lease=timedelta(minutes=1))

    return job


def _over() -> asyncio.Event:
    stop = asyncio.Event()
    stop.set()
    return stop
