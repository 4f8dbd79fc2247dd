"""alerts.outbox.held: what waits for its time, or for nobody, goes now where somebody asks."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from alerts import digest, mute, outbox
from alerts.history import verify
from alerts.outbox import Count, Held
from tests.alerts.planned import deliverer, plan
from tests.alerts.press import FakeReceiver, Press, rule

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alerts.deliver import Deliverer
    from alerts.digest.plan import Plan

NIGHT = plan(quiet="08:00-20:00")


class Desk:
    """A press whose alerts wait, and who sends them."""

    def __init__(self, press: Press, sending: Deliverer, receiver: FakeReceiver) -> None:
        self.press, self.sending, self.receiver = press, sending, receiver

    async def publish(self, count: int = 1, word: str = "patent", **more: Any) -> list[str]:
        start = len(await self.press.rows("article"))
        for number in range(start, start + count):
            await self.press.publish(f"{number}", f"A {word} of number {number}, granted.")
        ids = [row["id"] for row in await self.press.match(rule(word, name=word, **more))]
        await self.sending.drain()
        return ids

    async def count(self, state: str, **more: Any) -> list[Count]:
        held = Held(state=state, **more)
        return await self.press.archive.read(
            lambda db: outbox.count_held(db, held, self.press.clock())
        )

    async def send(self, state: str, **more: Any) -> int:
        """Send what is held; then what may go goes. The ledger stays in order."""
        job = partial(outbox.send_held, held=Held(state=state, **more), now=self.press.clock())
        sent = await self.press.archive.write(job)
        await self.sending.drain()
        assert await self.press.archive.read(lambda db: list(verify.problems(db))) == []
        return sent


def at_desk(press: Press, plan: Plan, job: Callable[[Desk], Awaitable[None]]) -> None:
    async def go() -> None:
        receiver = FakeReceiver()
        await job(Desk(press, deliverer(press, receiver, plan), receiver))

    asyncio.run(go())


def test_what_waits_for_the_end_of_quiet_hours_goes_now(press: Press) -> None:
    """Under its id, and what comes later waits as before."""

    async def job(desk: Desk) -> None:
        ids = await desk.publish(2)
        assert desk.receiver.tries == []
        assert await desk.count("held") == [Count("desk", "alert", 2, 0)]

        assert await desk.send("held") == 2
        assert sorted(desk.receiver.accepted) == sorted(ids)
        assert await desk.send("held") == 0

        await desk.publish()
        assert len(desk.receiver.accepted) == 2

    at_desk(press, NIGHT, job)


def test_a_digest_goes_now_with_all_that_it_has(press: Press) -> None:
    """One message, not one an alert; the next has its hour again."""

    async def job(desk: Desk) -> None:
        ids = await desk.publish(3)
        assert await desk.count("held") == [Count("desk", "digest", 1, 3)]

        assert await desk.send("held") == 1
        (message,) = desk.receiver.accepted
        (body,) = desk.receiver.bodies[message]
        assert set(digest.ids(json.loads(body))) == set(ids)

        await desk.publish()
        assert len(desk.receiver.accepted) == 1
        assert await desk.count("held") == [Count("desk", "digest", 1, 1)]

    at_desk(press, plan(digest=8), job)


def test_of_a_digest_only_what_a_rule_has_found_goes_by_itself(press: Press) -> None:
    async def job(desk: Desk) -> None:
        patents, trademarks = await desk.publish(2), await desk.publish(word="trademark")
        assert await desk.count("collected", rule="patent") == [Count("desk", "alert", 2, 0)]

        assert await desk.send("collected", rule="patent") == 2
        assert sorted(desk.receiver.accepted) == sorted(patents)

        desk.press.clock.move(days=1)
        await desk.sending.drain()
        assert trademarks[0] not in desk.receiver.accepted  # it went with the digest
        assert len(desk.receiver.accepted) == 3

    at_desk(press, plan(digest=8), job)


def test_what_was_muted_is_told_after_all(press: Press) -> None:
    """And counts as told: the story is not told again when the mute is over."""

    async def job(desk: Desk) -> None:
        until = desk.press.clock() + timedelta(days=3)
        silence = mute.Mute(kind="rule", name="patent", since=desk.press.clock(), until=until)
        await desk.press.archive.write(lambda db: mute.begin(db, silence))
        ids = await desk.publish(2)
        assert desk.receiver.tries == []

        assert await desk.send("muted", channel="desk") == 2
        assert sorted(desk.receiver.accepted) == sorted(ids)
        decisions = {row["decision"] for row in await desk.press.rows("rule_match")}
        assert decisions == {"ALERT"}

    at_desk(press, plan(), job)


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        ({}, 2),
        ({"rule": "patent"}, 2),
        ({"rule": "trademark"}, 0),
        ({"channel": "bot"}, 0),
        ({"since": timedelta(minutes=1)}, 1),
        ({"until": timedelta(minutes=1)}, 1),
    ],
)
def test_only_what_is_asked_for_goes(press: Press, more: dict[str, Any], sent: int) -> None:
    """`until` is when it was counted: what came since was not agreed to."""

    async def job(desk: Desk) -> None:
        start = desk.press.clock()
        await desk.publish()
        desk.press.clock.move(minutes=2)
        await desk.publish()
        asked = {
            name: start + value if isinstance(value, timedelta) else value
            for name, value in more.items()
        }
        assert sum(one.messages for one in await desk.count("held", **asked)) == sent
        assert await desk.send("held", **asked) == sent
        assert len(desk.receiver.accepted) == sent

    at_desk(press, NIGHT, job)


def test_what_waits_for_a_closed_channel_is_left(press: Press) -> None:
    """Its receiver has said that it wants no more; who knows better opens it."""

    async def job(desk: Desk) -> None:
        await desk.publish(2)
        now = desk.press.clock()
        await desk.press.archive.write(
            lambda db: outbox.disable_channel(db, "desk", "410 Gone", now)
        )
        assert await desk.count("held") == []
        assert await desk.send("held") == 0

    at_desk(press, NIGHT, job)
