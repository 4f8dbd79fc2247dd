"""The simulated day: its clock, its plan, that its verdict sees, and a short one of four hours."""

from __future__ import annotations

import asyncio
import math
import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import linear_regression
from typing import TYPE_CHECKING, Any

import pytest

from bench import day, dayplan, moved
from bench.dayjudge import judge
from bench.daylife import Life, Sample, live
from bench.daymemory import memory
from bench.dayplan import Deed, Fault, Kill
from bench.daypress import Press
from bench.process import weight
from bench.trend import trend

if TYPE_CHECKING:
    from bench.dayplan import Plan
    from bench.figure import Figure

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)


def short() -> Plan:
    """Six sources for four hours: two of them fail, two receivers misbehave, a config is wrong."""
    return dayplan.plan(
        sources=6,
        length=4,
        rhythm=(1, 1, 1, 1),
        sites=(
            Fault(what="500", source=1, since=0.5, until=2, trouble="failing"),
            Fault(what="drop", source=2, since=0.7, until=2.2, trouble="failing"),
            Fault(what="pages 500", source=3, since=1, until=2, trouble="text"),
        ),
        receivers={
            "desk": (Fault(what="down", source=0, since=1, until=1.5),),
            "wire": (
                Fault(what="drops", source=0, since=2, until=3),
                Fault(what="400", source=0, since=3, until=3.2),
            ),
            "operator": (),
        },
        deeds=(
            Deed(hour=2.5, changes={"wrong": True}, trouble="config"),
            Deed(hour=2.75, changes={"wrong": False}),
        ),
        kills=(Kill(hour=0.4, awaiting="receipt"), Kill(hour=2.2, awaiting="page")),
    )


# ------------------------------------------------------------------ the clock


def test_who_sleeps_wakes_at_once_and_the_wall_clock_has_moved() -> None:
    """A day of sleeping takes no time; both clocks say that it is over."""

    async def main() -> tuple[timedelta, float]:
        loop, began = asyncio.get_running_loop(), datetime.now(UTC)
        at = loop.time()
        await asyncio.sleep(86_400)
        return datetime.now(UTC) - began, loop.time() - at

    real = time.monotonic()
    wall, looped = moved.run(main(), BEGIN)

    assert time.monotonic() - real < 30
    assert 86_400 <= wall.total_seconds() < 86_460
    assert 86_400 <= looped < 86_460


def test_the_clock_does_not_run_ahead_of_a_thread() -> None:
    """Work that is done elsewhere takes the time that it takes, whatever timers wait."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        timer = asyncio.create_task(asyncio.sleep(3600))
        at = loop.time()
        await asyncio.to_thread(time.sleep, 0.1)
        took = loop.time() - at
        timer.cancel()
        return took

    assert 0.1 <= moved.run(main(), BEGIN) < 60


# ------------------------------------------------------------------ the plan


def test_a_seed_is_a_day() -> None:
    assert dayplan.plan(7) == dayplan.plan(7)
    assert dayplan.plan(7).items != dayplan.plan(8).items


def test_days_in_a_row_are_days_of_the_same_size() -> None:
    """The troubles are of the first; what follows shows whether anything grows."""
    one = dayplan.plan(7)
    three = dayplan.plan(7, length=72, rhythm=dayplan.RHYTHM * 3)
    each = [sum(24 * day <= item.at < 24 * day + 24 for item in three.items) for day in range(3)]

    assert min(each) > 500
    assert max(each) < 1.25 * min(each)
    assert three.sites == one.sites


def test_reprints_say_what_others_said_before() -> None:
    """Else the day would not try that a story is told once."""
    plan = dayplan.plan()
    first = {item.text: item for item in plan.items if item.number == item.text}
    reprints = [item for item in plan.items if item.number != item.text]

    assert len(reprints) > 50
    for item in reprints:
        assert first[item.text].at <= item.at
        assert first[item.text].source != item.source
        assert first[item.text].told == item.told


# ------------------------------------------------------------------ what grows


def days(
    leak: float,
    *,
    blocks: float = 0,
    others: float = 0,
    taken: float = 0,
    length: float = 72,
    jump: float = 0,
) -> dict[str, Figure]:
    """The figures of days in which so many MB a day leak, with a rhythm and noise of a megabyte."""
    rng, samples = Random(7), []
    for look in range(1, round(length * 6)):
        hour = look / 6
        level = 100 + leak * hour / 24 + 0.3 * math.sin(hour * math.tau / 24) + rng.random()
        if hour % 24 > 18:
            level += jump
        cache = min(30.0, hour)
        held = {
            "blocks": round(8e5 * (1 + blocks * hour / 24)), "others": 250 + others * hour / 24,
            "taken": 35 + cache + taken * hour / 24,
        }  # fmt: skip
        samples.append(sample(hour, level, cache, **held))
    plan = replace(short(), length=length, kills=())
    return {one.name: one for one in memory(a_life(plan, samples))}


def a_life(plan: Plan, samples: list[Sample]) -> Life:
    return Life(begin=BEGIN, plan=plan, press=Press(plan, BEGIN), desks={}, folder=Path(),
                samples=samples)  # fmt: skip


def sample(hour: float, level: float, cache: float, **held: Any) -> Sample:
    return Sample(
        hour=hour, memory=level + cache, cache=cache, free=1, files=9,
        archive=1, journal=1, articles=0, waiting=0, oldest=0, troubles=0, polls=0, failed=0,
        **held,
    )  # fmt: skip


def missed(figures: dict[str, Figure]) -> set[str]:
    return {name.partition(",")[0] for name, one in figures.items() if one.ok is False}


def test_what_does_not_grow_is_flat_though_it_has_a_rhythm_and_a_peak() -> None:
    """A daily peak, caches that fill and a month of noise are no leak."""
    assert missed(days(0)) == set()
    assert missed(days(0, jump=5)) == set()


def test_a_leak_of_some_megabytes_is_seen_in_three_days() -> None:
    """Each thing that can grow is seen for itself."""
    assert missed(days(1.7)) == {"memory beside SQLite's caches grows"}
    assert "memory of the service's process grows on the last day" in missed(days(4))
    assert missed(days(0, taken=1)) == {
        "memory in use of C's allocator beside SQLite's caches grows"
    }
    assert missed(days(0, blocks=0.01)) == {"pieces of memory of Python's objects grow"}
    assert missed(days(0, others=2)) == {"memory of the other processes grows"}


def test_four_hours_have_no_slope() -> None:
    """Nothing is said of a growth that nobody can see."""
    assert not [name for name in days(50, length=4) if "grows" in name]


def test_the_slope_minds_no_peak_and_its_interval_holds_the_truth() -> None:
    """A third of the points elsewhere; by least squares the slope would be another."""
    rng = Random(1)
    points = [(look / 6, 2 * look / 144 + rng.gauss(0, 0.2)) for look in range(432)]
    peaked = [(hour, value + 40 * (60 < hour < 72)) for hour, value in points]

    plain, bent = trend(points), trend(peaked)

    assert plain.slope == pytest.approx(2, abs=0.1)
    assert plain.low <= 2 <= plain.high
    assert bent.slope == pytest.approx(2, abs=0.7)
    assert linear_regression(*zip(*peaked, strict=True)).slope * 24 > 8


def test_a_trend_wants_two_hours() -> None:
    with pytest.raises(ValueError, match="two hours"):
        trend([(1.2, 5.0), (1.4, 6.0)])


@pytest.mark.skipif("linux" not in sys.platform, reason="/proc")
def test_a_process_weighs_what_is_its_alone() -> None:
    """And not what it has of files, as libraries are, which depends on who else has them."""
    before = weight(os.getpid())
    held = bytearray(b"x" * 50_000_000)
    after = weight(os.getpid())

    assert 45 < after.own - before.own < 60
    assert after.own < after.proportional < after.resident
    assert held


# ------------------------------------------------------------------ a short day


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    return live(short(), tmp_path_factory.mktemp("day"), BEGIN)


@pytest.mark.service
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_four_hours_end_as_they_should(life: Life) -> None:
    """The whole service, killed twice: nothing missing, everything told once, troubles over."""
    found = {figure.name: figure for figure in day.figures(life, took=1)}

    assert {name for name, one in found.items() if one.ok is False} == set()
    assert found["troubles made"].value == 4
    assert found["alerts that are due"].value > 50
    assert len(life.deaths) == 2
    assert found["messages taken again, under their id"].value >= 1


@pytest.mark.service
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_verdict_sees_what_was_not_told_or_told_twice(life: Life) -> None:
    """The last message of a receiver is lost, or came under another id as well."""
    for desk in life.desks.values():
        last = desk.taken.pop()
        lost = judge(life)
        desk.taken += [last, type(last)("other", last.rule, last.url, last.notice)]
        twice = judge(life)
        desk.taken.pop()

        assert lost.untold + len(lost.mistold) == 1
        assert twice.two_ids + len(twice.mistold) == 1


@pytest.mark.service
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_verdict_sees_what_was_not_archived_and_what_nobody_noticed(life: Life) -> None:
    """An article more was published than anybody read, and a source failed that nobody missed."""
    items, sites = life.plan.items, life.plan.sites
    unread = replace(items[-1], number=9999, text=9999, told=False)
    unseen = replace(sites[0], source=5)
    blind = replace(life, plan=replace(life.plan, items=(*items, unread), sites=(*sites, unseen)))

    verdict = judge(blind)

    assert (verdict.missing, verdict.untold) == (1, 1)
    assert verdict.unseen == ("s5 failing",)
