"""Alerts that a receiver takes from nobody, among others that it takes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from alerts.channel import Outcome, Result
from alerts.outbox import receivers
from tests.alerts.press import DELIVERED, FakeReceiver, Press
from tests.alerts.work import deliverer, queue

TOO_LARGE = Result(outcome=Outcome.REFUSED, reason="HTTP 413", status=413)
STEP = timedelta(seconds=10)
QUARTER = timedelta(minutes=15)


def test_what_a_receiver_refuses_for_itself_neither_dies_early_nor_holds_up_others(
    press: Press,
) -> None:
    """Each alert that got through made all of them due at once, which opened the circuit again:
    five poisonous ones were given up after eleven good ones, and each of those waited.
    """
    receiver = FakeReceiver()
    sending = deliverer(press, receiver)
    waits: dict[str, timedelta] = {}

    async def go() -> None:
        poison = set(await queue(press, count=5))

        async def judge(alert: str) -> None:
            receiver.answers["desk"] = [TOO_LARGE if alert in poison else DELIVERED]

        receiver.before["desk"] = judge
        for _ in range(14):
            (good,) = await queue(press)
            queued = end = press.clock()
            end += QUARTER
            while press.clock() < end:
                await sending.drain()
                if good in receiver.accepted:
                    waits.setdefault(good, press.clock() - queued)
                press.clock.now += STEP
        rows = {row["id"]: row for row in await press.rows("alert")}
        assert {rows[alert]["state"] for alert in poison} == {"due"}
        assert max(rows[alert]["attempts"] for alert in poison) <= 7, "what 3.5 hours have"

    asyncio.run(go())
    assert len(waits) == 14
    assert max(waits.values()) <= STEP, "nobody waits behind them"


def test_what_is_refused_opens_no_circuit_before_all_of_it_is(press: Press) -> None:
    """Nine that nobody could take do not keep the tenth waiting; nothing but those would."""
    receiver = FakeReceiver()
    sending = deliverer(press, receiver)

    async def go() -> None:
        poison = await queue(press, count=9)
        receiver.answers["desk"] = [TOO_LARGE] * 9
        (good,) = await queue(press)
        await sending.drain()
        assert receiver.accepted == [good]
        assert await press.archive.read(receivers.known) == {}

        receiver.answers["desk"] = [TOO_LARGE] * 100
        await queue(press, count=12)
        await sending.drain()
        known = await press.archive.read(receivers.known)
        assert known["desk"].circuit.is_open
        assert len(receiver.tries) == len(poison) + 1 + 10, "the eleventh waits for the probe"

    asyncio.run(go())
