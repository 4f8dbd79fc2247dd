"""A deliverer at work: what the tests of delivery share."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from alerts.channel import Outcome, Result
from alerts.deliver import Deliverer
from tests.alerts.press import FakeReceiver, Press, channels, rule

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest


REFUSED = Result(outcome=Outcome.LATER, reason="HTTP 500", status=500)
WAIT = Result(
    outcome=Outcome.LATER, reason="HTTP 429", status=429, retry_after=timedelta(minutes=10)
)
GONE = Result(outcome=Outcome.LATER, reason="HTTP 410", status=410, gone=True)


class Running:
    """A deliverer at work, with its events."""

    def __init__(self, deliverer: Deliverer) -> None:
        self.stop = asyncio.Event()
        self.wake = asyncio.Event()
        self.task = asyncio.create_task(deliverer.run(self.stop, self.wake))

    async def end(self) -> None:
        self.stop.set()
        await self.task


@contextlib.asynccontextmanager
async def running(deliverer: Deliverer) -> AsyncIterator[Running]:
    work = Running(deliverer)
    try:
        yield work
    finally:
        await work.end()


def deliverer(press: Press, receiver: FakeReceiver, *names: str, **more: Any) -> Deliverer:
    return Deliverer(
        press.archive,
        channels(*(names or ("desk",))),
        clock=press.clock,
        rng=Random(1),
        senders=receiver.sender,
        **more,
    )


async def queue(press: Press, *names: str, count: int = 1) -> list[str]:
    """Publish articles that alert these channels; the alerts' ids."""
    start = len(await press.rows("article"))
    for number in range(start, start + count):
        await press.publish(f"{number}", f"Patent reform number {number}.")
    alerts = await press.match(rule("patent", *(names or ("desk",))))
    return [alert["id"] for alert in alerts]


async def states(press: Press) -> list[str]:
    return [alert["state"] for alert in await press.rows("alert")]


def count_jobs(press: Press, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every read and write of the archive from here on, by name."""
    jobs: list[str] = []

    def counted(what: str, real: Any) -> Any:
        def call(job: Any) -> Any:
            jobs.append(what)
            return real(job)

        return call

    for what in ("read", "write"):
        monkeypatch.setattr(press.archive, what, counted(what, getattr(press.archive, what)))
    return jobs


async def never(_: str) -> None:
    """What a receiver does that never answers."""
    await asyncio.Event().wait()
