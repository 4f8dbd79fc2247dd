"""Matching and delivery die at every point, in every order.

Nothing is lost, and no alert has two ids.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import match
from alerts.deliver import Deliverer
from alerts.retry import SCHEDULE
from tests.alerts.fuses import FusedSender
from tests.alerts.press import FakeReceiver, Press, channels, rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

    from alerts.channel import Channel, Sender

NAMES = ("desk", "mail")
RULES = (rule("patent", *NAMES, name="one"), rule("reform", "desk", name="two", on="article"))


class Crash(BaseException):
    """The process is gone: nothing of ours may catch it."""


@dataclass
class Fuse:
    """Kills a process at its `step`-th write or send: before it, in it, or before it returns."""

    step: int = -1
    where: str = ""
    steps: int = 0
    dead: bool = False

    def check(self, where: str) -> None:
        if self.dead or (self.steps == self.step and self.where == where):
            self.dead = True
            raise Crash


class MortalArchive:
    """The archive as a process sees it that may die."""

    def __init__(self, press: Press, fuse: Fuse) -> None:
        self._archive = press.archive
        self._fuse = fuse

    async def read(self, job: Callable[[Database], Any]) -> Any:
        if self._fuse.dead:
            raise Crash
        return await self._archive.read(job)

    async def write(self, job: Callable[[Database], Any]) -> Any:
        fuse = self._fuse
        fuse.steps += 1
        fuse.check("before")

        def carried_out(db: Database) -> Any:
            value = job(db)
            fuse.check("inside")
            return value

        value = await self._archive.write(carried_out)
        fuse.check("after")
        return value


@dataclass
class World:
    press: Press
    receiver: FakeReceiver = field(default_factory=FakeReceiver)
    published: int = 0

    async def publish(self) -> None:
        self.published += 1
        await self.press.publish(f"{self.published}", f"Patent reform number {self.published}.")

    async def match(self, fuse: Fuse) -> None:
        archive: Any = MortalArchive(self.press, fuse)
        await match.match_pending(archive, match.build(RULES), self.press.clock())

    async def drain(self, fuse: Fuse) -> None:
        def mortal(channel: Channel) -> Sender:
            return FusedSender(self.receiver.sender(channel), fuse)

        archive: Any = MortalArchive(self.press, fuse)
        deliverer = Deliverer(
            archive, channels(*NAMES), clock=self.press.clock, rng=Random(1), senders=mortal
        )
        await deliverer.drain()

    async def live(self, what: str, fuse: Fuse) -> None:
        """One process: does one thing, and may die over it with all its tasks."""
        try:
            await (self.match(fuse) if what == "match" else self.drain(fuse))
        except Crash:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def heal(self) -> None:
        """No more deaths: everything that waits is dealt with."""
        while await match.match_pending(self.press.archive, match.build(RULES), self.press.clock()):
            pass
        for _ in SCHEDULE:
            self.press.clock.move(days=2)
            await self.drain(Fuse())


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["publish", "match", "drain", "drain", "a minute"]),
        st.integers(1, 8),
        st.sampled_from(["before", "inside", "after", "never"]),
    ),
    max_size=14,
)


async def run(world: World, steps: list[tuple[str, int, str]]) -> None:
    for what, step, where in steps:
        if what == "publish":
            await world.publish()
        elif what == "a minute":
            world.press.clock.move(seconds=61)
        else:
            await world.live(what, Fuse(step=step, where=where))
    await world.heal()


async def check(world: World) -> None:
    alerts = {row["id"]: row for row in await world.press.rows("alert")}
    ids: dict[tuple[int, str, str], set[str]] = defaultdict(set)
    for channel, alert in world.receiver.tries:
        article = json.loads(alerts[alert]["payload"])["article"]["id"]
        ids[article, alerts[alert]["rule"], channel].add(alert)
    wanted = {
        (article, each.name, channel)
        for article in range(1, world.published + 1)
        for each in RULES
        for channel in each.channels
    }

    assert set(ids) == wanted, "lost, or about something else"
    assert all(len(found) == 1 for found in ids.values()), "an alert under two ids"
    assert {row["state"] for row in alerts.values()} <= {"delivered"}
    assert set(world.receiver.accepted) == set(alerts)
    assert all(len(bodies) == 1 for bodies in world.receiver.bodies.values())
    assert {row["claimed_by"] for row in alerts.values()} <= {None}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_whatever_dies_when_nothing_is_lost_and_no_alert_has_two_ids(
    steps: list[tuple[str, int, str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        press = Press(Path(folder) / "archive.db")
        try:
            world = World(press)
            asyncio.run(run(world, steps))
            asyncio.run(check(world))
        finally:
            press.archive.close()


def test_a_death_between_acceptance_and_the_books_repeats_the_same_id(press: Press) -> None:
    async def go() -> None:
        world = World(press)
        await world.publish()
        await world.match(Fuse())
        await world.live("drain", Fuse(step=3, where="after"))
        first = list(world.receiver.accepted)
        await world.drain(Fuse())
        assert set(world.receiver.accepted[len(first) :]).isdisjoint(first), "the lease holds"
        await world.heal()
        await check(world)

        assert first
        assert all(world.receiver.accepted.count(alert) == 2 for alert in first)

    asyncio.run(go())
