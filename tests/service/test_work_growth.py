"""Polls, articles, refusals and deliveries leave no object behind, whatever came of them."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bench import dayplan, moved
from bench.daylife import Life, Operator
from bench.dayplan import Fault
from bench.daypress import Desk, Press
from presswatch.config.load import load
from presswatch.demo.record import recording
from presswatch.service import Service
from tests.support.census import census

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bench.dayplan import Plan

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(600)]

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
FROM, UNTIL = 2.5, 5.0  # hours between which nothing may grow

#: What asyncio, re, abc, yarl and sqlite3 (its statements, 128 a connection) keep with a bound.
BOUNDED = {"Pattern", "ReferenceType", "Context", "TimerHandle", "URL", "_SplitResult", "Statement"}

#: Objects of a type that may be there by chance: connections, tasks, timers.
CHANCE = 12


def busy() -> Plan:
    """Most of thirty sources fail in their ways, now and then; a receiver that hangs up.

    Who fails all the time is soon asked seldom.
    """
    ways = ("500", "drop", "garbled", "pages 500")
    sites = [
        Fault(what=what, source=number, since=third / 3, until=third / 3 + 0.2)
        for third in range(1, 15)
        for number in range(24)
        for what in ways[number % 4 : number % 4 + 1]
    ]
    return dayplan.plan(
        sources=30, length=UNTIL, rhythm=(1,) * 5, sites=tuple(sites), deeds=(), kills=(),
        receivers={
            "desk": (),
            "wire": (Fault(what="drops", source=0, since=0, until=9),),
            "operator": (),
        },
    )  # fmt: skip


async def settled() -> Counter[str]:
    """The least that there is of each type within a quarter of an hour: what is under way ends."""
    least = census()
    for _ in range(5):
        await asyncio.sleep(180)
        least &= census()
    return least


async def _work(life: Life) -> Counter[str]:
    """What is more in the end than it was in the middle."""
    async with AsyncExitStack() as stack:
        for server in (life.press, *life.desks.values()):
            await server.come()
            stack.push_async_callback(server.go)
        operator, stop = Operator(life, life.folder / "config.toml", 0), asyncio.Event()
        operator.write()
        running = asyncio.create_task(Service(load(operator.path, os.environ)).run(stop))
        await asyncio.sleep(FROM * 3600)
        before = await settled()
        await asyncio.sleep((UNTIL - FROM) * 3600)
        grown = await settled()
        grown.subtract(before)
        stop.set()
        await running
    return grown


def test_work_leaves_nothing_behind(tmp_path: Path) -> None:
    """One object kept for each poll, failure, article or delivery is seen, by its type."""
    plan = busy()
    desks = {name: Desk(name, how, BEGIN, tmp_path) for name, how in plan.receivers.items()}
    life = Life(begin=BEGIN, plan=plan, press=Press(plan, BEGIN), desks=desks, folder=tmp_path)
    heard: list[tuple[datetime, str]] = []

    with recording(tmp_path / "log.jsonl", lambda event: heard.append(_said(event))):
        grown = moved.run(_work(life), BEGIN)

    assert {kind: n for kind, n in grown.items() if n > CHANCE and kind not in BOUNDED} == {}
    meanwhile = Counter(event for at, event in heard if at >= BEGIN + timedelta(hours=FROM))
    for event in ("poll.done", "poll.failed", "article.filed", "alert.delivered", "alert.later"):
        assert meanwhile[event] > CHANCE, event


def _said(event: Mapping[str, object]) -> tuple[datetime, str]:
    return datetime.now(UTC), str(event["event"])
