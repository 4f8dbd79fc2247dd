"""Whatever the receiver, the plan and the clock do: in the end everybody is told, once."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import digest, outbox
from alerts.channel import Outcome, Result
from alerts.digest.plan import AT_ONCE
from alerts.history import verify
from tests.alerts.planned import deliverer, plan
from tests.alerts.press import FakeReceiver, Press, rule
from tests.alerts.work import GONE, REFUSED, WAIT

if TYPE_CHECKING:
    from alerts.deliver import Deliverer
    from alerts.digest.plan import Plan

TOO_LARGE = Result(outcome=Outcome.LATER, reason="HTTP 413", status=413)
PLANS = (
    AT_ONCE,
    plan(quiet="22:00-07:00"),
    plan(throttle="2/h"),
    plan(digest=8),
    plan(digest=8, empty=True, quiet="06:00-09:00"),
    plan(throttle="1/10m", quiet="23:00-01:00"),
)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 3)),
        st.tuples(st.just("move"), st.integers(1, 72 * 60)),
        st.tuples(st.just("move"), st.integers(1, 10)),
        st.tuples(st.just("back"), st.integers(1, 72 * 60)),
        st.tuples(st.just("answer"), st.sampled_from([REFUSED, WAIT, TOO_LARGE])),
        st.tuples(st.just("gone"), st.none()),
        st.tuples(st.just("plan"), st.sampled_from(PLANS)),
        st.tuples(st.just("drain"), st.integers(1, 3)),
    ),
    max_size=25,
)


class Weather:
    def __init__(self, press: Press) -> None:
        self.press = press
        self.receiver = FakeReceiver()
        self.plan: Plan = AT_ONCE
        self.published = 0

    @property
    def sending(self) -> Deliverer:
        return deliverer(self.press, self.receiver, self.plan)

    async def step(self, what: str, how: Any) -> None:
        if what == "publish":
            for _ in range(how):
                self.published += 1
                await self.press.publish(f"{self.published}", f"Patent number {self.published}.")
            await self.press.match(rule("patent"))
        elif what == "move":
            self.press.clock.move(minutes=how)
        elif what == "back":
            self.press.clock.move(minutes=-how)
            await self.restart()
        elif what == "answer":
            self.receiver.answers["desk"].append(how)
        elif what == "gone":
            self.receiver.answers["desk"].append(GONE)
        elif what == "plan":
            self.plan = how
            await self.restart()
        else:
            for _ in range(how):
                await self.sending.drain()

    async def restart(self) -> None:
        """A start and a stop: what is prepared at a start, and what a look finds."""
        stop = asyncio.Event()
        stop.set()
        await self.sending.run(stop, asyncio.Event())

    async def clear_up(self) -> None:
        """The receiver takes all; four hours after four hours pass, for three days."""
        self.receiver.answers.clear()
        db = self.press.archive
        await db.write(lambda db: outbox.enable_channel(db, "desk", self.press.clock()))
        await self.restart()
        for _ in range(6 * 3):
            await self.sending.drain()
            self.press.clock.now += timedelta(hours=4)


def told(receiver: FakeReceiver) -> Counter[str]:
    """Alert → how many accepted messages tell it."""
    counts: Counter[str] = Counter()
    for message in receiver.accepted:
        (body,) = receiver.bodies[message]
        data = json.loads(body)
        counts.update(digest.ids(data) if digest.is_digest(data) else [message])
    return counts


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_in_the_end_everybody_is_told_once(weather: list[tuple[str, Any]]) -> None:
    """Every alert by itself or in one message, each message with one text, the books in order."""
    asyncio.run(_live(weather))


async def _live(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        press = Press(Path(folder) / "archive.db")
        world = Weather(press)
        try:
            for step in steps:
                await world.step(*step)
            await world.clear_up()
            rows = [row for row in await press.rows("alert") if row["kind"] == "alert"]
            assert len(rows) == world.published
            assert {row["state"] for row in rows} <= {"delivered"}
            assert told(world.receiver) == {row["id"]: 1 for row in rows}
            assert await press.archive.read(lambda db: list(verify.problems(db))) == []
        finally:
            press.archive.close()
