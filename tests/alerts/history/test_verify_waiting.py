"""The ledger with digests, summaries and mutes: in order by itself; what a hand did is named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from alerts import mute
from alerts.deliver import Deliverer
from alerts.history import verify
from alerts.mute import Mute
from tests.alerts.planned import plan
from tests.alerts.press import FakeReceiver, Press, channels, rule

if TYPE_CHECKING:
    from alerts.channel import Channel


async def found(press: Press) -> list[str]:
    return await press.archive.read(lambda db: list(verify.problems(db)))


def both() -> list[Channel]:
    digested = [replace(one, plan=plan(digest=8)) for one in channels("morning")]
    throttled = [replace(one, plan=plan(throttle="1/h")) for one in channels("calm")]
    return [*digested, *throttled]


async def busy(press: Press) -> None:
    """A digest that was sent and one that collects, a summary that collects, a mute."""
    receiver = FakeReceiver()
    sending = Deliverer(press.archive, both(), clock=press.clock, senders=receiver.sender)
    waits = rule("licence", "morning", "calm", name="waits")
    for number in range(2):
        await press.publish(f"d{number}", f"A licence of its own, number {number}.")
        await press.publish(f"e{number}", f"Yet another licence, number {number}0.")
        await press.match(waits)
        await sending.drain()
        press.clock.move(days=1 - number)
        await sending.drain()
    word = Mute(kind="rule", name="hushed", since=press.clock(), until=None)
    await press.archive.write(lambda db: mute.begin(db, word))
    await press.publish("f", "The last licence of all.")
    await press.match(rule("licence", "morning", name="hushed"))


def test_what_waits_and_what_is_muted_is_in_order(press: Press) -> None:
    async def go() -> None:
        await busy(press)
        rows = await press.rows("alert")

        assert {row["state"] for row in rows} == {"due", "collected", "delivered", "muted"}
        assert {row["kind"] for row in rows} == {"alert", "digest", "summary"}
        assert await found(press) == []

    asyncio.run(go())


SENT = "(SELECT id FROM alert WHERE kind = 'digest' AND payload <> '{}')"
GONE = "it waits for a message that is not there, or gone"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("DELETE FROM alert WHERE payload = '{}' AND kind = 'digest'", GONE),
        ("UPDATE alert SET kind = 'notice' WHERE payload = '{}'", GONE),
        ("UPDATE alert SET state = 'dead', reason = '', settled_at = 1 WHERE payload = '{}'", GONE),
        (f"UPDATE alert SET state = 'collected', settled_at = NULL WHERE via = {SENT}", GONE),
        (
            f"UPDATE alert SET payload = replace(payload, '\"alerts\":[', '') WHERE id = {SENT}",
            "its payload is of another alert",
        ),
        (
            f"UPDATE alert SET via = {SENT} WHERE state = 'collected'",
            "it does not stand in the message that it went by",
        ),
        ("UPDATE alert SET via = NULL WHERE state = 'collected'", "its state is none (collected)"),
        (f"DELETE FROM attempt WHERE alert = {SENT}", "it is delivered, and no try says so"),
        ("UPDATE alert SET reason = NULL WHERE state = 'muted'", "its state is none (muted)"),
        ("DELETE FROM alert WHERE state = 'muted'", "not all of its alerts are there"),
        (
            "UPDATE rule_match SET decision = 'MUTED', alerts = 0 WHERE rule = 'waits'",
            "it told nobody, without the reason that it names (MUTED)",
        ),
    ],
)
def test_what_is_wrong_is_named(press: Press, damage: str, sentence: str) -> None:
    """Nothing queued can be lost unseen, also while it waits."""

    def harm(db: Any) -> None:
        db.execute(damage)

    async def go() -> None:
        await busy(press)
        await press.archive.write(harm)

        assert any(sentence in problem for problem in await found(press))

    asyncio.run(go())
