"""kill -9 at every step of matching and of delivering, one after the other, to a real receiver.

The steps are reads and writes of the archive, and requests. A process dies before one of them, in
it (a write: with its transaction open), or when it is done and nobody knows yet; the next process
finds what it left.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import signal
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alerts import match
from alerts.channel import WebhookChannel
from alerts.deliver import Deliverer, sender_for
from alerts.history.verify import problems
from archive.store import Archive, open_for_reading
from tests.alerts.fuses import FusedSender
from tests.alerts.press import Press, rule
from tests.support.receiver import SECRET, Receiver

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

    from alerts.channel import Channel, Sender

RULES = (rule("patent", name="one"), rule("reform", name="two", on="article"))
ALERTS = 2  # an article, two rules

#: A process costs some 30 ms: it is forked from one that has everything imported.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


@dataclass
class Fuse:
    """Kills this process at its `step`-th step."""

    step: int
    where: str  # before | inside | after
    steps: int = 0

    def check(self, where: str) -> None:
        if (self.steps, where) == (self.step, self.where):
            os.kill(os.getpid(), signal.SIGKILL)


class FusedArchive:
    """The archive, with a fuse before, in and after every read and write."""

    def __init__(self, archive: Archive, fuse: Fuse) -> None:
        self._archive = archive
        self._fuse = fuse

    async def read(self, job: Callable[[Database], Any]) -> Any:
        return await self._do(self._archive.read, job)

    async def write(self, job: Callable[[Database], Any]) -> Any:
        return await self._do(self._archive.write, job)

    async def _do(self, do: Callable[..., Any], job: Callable[[Database], Any]) -> Any:
        self._fuse.steps += 1
        self._fuse.check("before")

        def carried_out(db: Database) -> Any:
            value = job(db)
            self._fuse.check("inside")
            return value

        value = await do(carried_out)
        self._fuse.check("after")
        return value


def live(path: Path, hook: str, fuse: Fuse, now: datetime) -> None:
    """One life of a process: match all, deliver all."""
    channel = WebhookChannel(name="desk", url=hook, secrets=(SECRET,))

    def fused(channel: Channel) -> Sender:
        return FusedSender(sender_for(channel), fuse)

    async def go() -> None:
        archive = Archive.open(path)
        mortal: Any = FusedArchive(archive, fuse)
        while await match.match_pending(mortal, match.build(RULES), now):
            pass
        await Deliverer(mortal, [channel], clock=lambda: now, senders=fused).drain()
        archive.close()

    asyncio.run(go())


def in_a_process(path: Path, hook: str, fuse: Fuse, now: datetime) -> bool:
    """Whether it came to its end."""
    process = PROCESSES.Process(target=live, args=(path, hook, fuse, now))
    process.start()
    process.join(120)  # a busy machine: nothing here is about speed
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode == 0


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """An archive with an article that nothing has looked at."""
    path = tmp_path / "published.db"

    async def go() -> None:
        press = Press(path)
        await press.publish("1", "Patent reform.")
        press.archive.close()

    asyncio.run(go())
    return path


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("where", ["before", "inside", "after"])
def test_whatever_step_it_dies_at_nothing_is_lost_and_no_alert_has_two_ids(
    published: Path, where: str
) -> None:
    """Until a life is over before its step comes: then every step has killed one."""
    died, repeated = 0, 0
    for step in range(1, 100):
        path = published.with_name(f"{step}.db")
        shutil.copy(published, path)
        with Receiver() as receiver:
            now = datetime.now(UTC)
            survived = in_a_process(path, receiver.hook, Fuse(step, where), now)
            later = now + timedelta(seconds=61)  # the lease of the dead one is over
            assert in_a_process(path, receiver.hook, Fuse(-1, ""), later)
            again = check(path, receiver)
            assert again <= 1
            repeated += again
        died += not survived
        if survived and step > died + ALERTS:  # a request is never died in: only at its ends
            break

    assert died >= 2 * ALERTS
    assert 0 < repeated <= 2 * ALERTS, "only the request in flight is repeated"


def check(path: Path, receiver: Receiver) -> int:
    """What must hold in the end; how many requests were repeats."""
    with open_for_reading(path) as db:
        queued = {alert for (alert,) in db.execute("SELECT id FROM alert").fetchall()}
        assert db.execute("SELECT count(*) FROM alert WHERE state = 'delivered'").fetchone() == (
            ALERTS,
        )
        assert list(problems(db)) == []
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    accepted = Counter(delivery.id for delivery in receiver.accepted())
    assert set(accepted) == queued
    assert len(queued) == ALERTS
    assert all(delivery.valid for delivery in receiver.received)
    assert len({(one.id, one.request.body) for one in receiver.received}) == ALERTS
    return accepted.total() - ALERTS


def test_who_hangs_up_before_answering_is_told_again_under_the_same_id(press: Press) -> None:
    """It may have the alert or not: whoever remembers ids deals with it once."""

    def hang_up(*_: object) -> None:
        receiver.before = None
        raise ConnectionResetError

    async def go() -> None:
        await press.publish("1", "Patent reform.")
        await press.match(rule("patent"))
        channel = WebhookChannel(name="desk", url=receiver.hook, secrets=(SECRET,))
        press.clock.now = datetime.now(UTC)
        sending = Deliverer(press.archive, [replace(channel)], clock=press.clock)
        assert await sending.drain() == 0
        press.clock.move(seconds=6)
        assert await sending.drain() == 1
        first, second = receiver.received
        assert (first.id, first.request.body) == (second.id, second.request.body)
        assert (
            first.request.headers["webhook-timestamp"]
            != (second.request.headers["webhook-timestamp"])
        )
        lost, accepted = await press.rows("attempt")
        assert (lost["outcome"], lost["status"], accepted["status"]) == ("later", None, 204)
        assert lost["answer"].startswith("no answer: ")

    with Receiver() as receiver:
        receiver.before = hang_up
        asyncio.run(go())
