"""Quiet hours and throttles at work: nothing is lost, and nothing goes twice."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts import digest, outbox
from alerts.channel import Outcome, Result
from alerts.history import verify
from tests.alerts.planned import deliverer, plan
from tests.alerts.press import START, FakeReceiver, Press, rule
from tests.alerts.work import REFUSED

if TYPE_CHECKING:
    from datetime import datetime

    from alerts.digest.plan import Plan

NIGHT = plan(quiet="22:00-07:00")
HOUR = timedelta(hours=1)


async def publish(press: Press, count: int = 1, *, urgent: bool = False) -> list[str]:
    """Articles that alert the desk; the ids."""
    start = len(await press.rows("article"))
    for number in range(start, start + count):
        await press.publish(f"{number}", f"Patent reform number {number}.")
    return [row["id"] for row in await press.match(rule("patent", urgent=urgent))]


async def problems(press: Press) -> list[str]:
    return await press.archive.read(lambda db: list(verify.problems(db)))


def go_to(press: Press, hour: int, minute: int = 0, *, day: int = 0) -> None:
    press.clock.now = START.replace(hour=hour, minute=minute) + timedelta(days=day)


# Quiet hours


def test_what_comes_at_night_goes_in_the_morning_in_order(press: Press) -> None:
    """Nothing rings at three; at seven all is there, the oldest first."""
    receiver = FakeReceiver()

    async def go() -> None:
        sending = deliverer(press, receiver, NIGHT)
        ids = []
        for hour in (22, 23):
            go_to(press, hour)
            ids += await publish(press, 2)
            await sending.drain()
        go_to(press, 6, 59, day=1)
        ids += await publish(press)
        await sending.drain()
        assert receiver.tries == []
        go_to(press, 7, day=1)
        await sending.drain()

        assert receiver.accepted == ids

    asyncio.run(go())


def test_what_is_urgent_rings_at_night(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        go_to(press, 23)
        await publish(press)
        urgent = await publish(press, urgent=True)
        await deliverer(press, receiver, NIGHT).drain()

        assert receiver.accepted == urgent

    asyncio.run(go())


def test_a_retry_at_night_waits_for_the_morning_and_so_does_a_late_start(press: Press) -> None:
    """Queued by day, and due at night: failed before, or the machine was off."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED]

    async def go() -> None:
        go_to(press, 21, 59)
        ids = await publish(press, 2)
        sending = deliverer(press, receiver, NIGHT)
        await sending.drain()
        assert len(receiver.tries) == 2
        go_to(press, 22, 30)
        ids += await publish(press)
        await deliverer(press, receiver, NIGHT).drain()
        assert len(receiver.tries) == 2
        go_to(press, 7, day=1)
        await sending.drain()

        assert sorted(receiver.accepted) == sorted(ids)

    asyncio.run(go())


def test_a_receiver_that_is_back_at_night_is_left_in_peace(press: Press) -> None:
    """Enabling a channel hurries what it was behind with, not what waits for the morning."""
    receiver = FakeReceiver()

    async def go() -> None:
        go_to(press, 23)
        await publish(press)
        sending = deliverer(press, receiver, NIGHT)
        await press.archive.write(lambda db: outbox.disable_channel(db, "desk", "", START))
        await press.archive.write(lambda db: outbox.enable_channel(db, "desk", press.clock()))
        await sending.drain()

        assert receiver.tries == []

    asyncio.run(go())


def test_the_hours_are_those_of_the_channel(press: Press) -> None:
    """16:00 UTC is midnight in Shanghai."""
    receiver = FakeReceiver()
    night = plan(quiet="22:00-07:00", zone=ZoneInfo("Asia/Shanghai"))

    async def go() -> None:
        go_to(press, 16)
        await publish(press)
        await deliverer(press, receiver, night).drain()
        assert receiver.tries == []
        go_to(press, 23)
        await deliverer(press, receiver, night).drain()

        assert len(receiver.accepted) == 1

    asyncio.run(go())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 900), st.booleans(), st.booleans()), max_size=8))
def test_nothing_but_the_urgent_ever_goes_in_quiet_hours(
    steps: list[tuple[int, bool, bool]],
) -> None:
    """Whatever comes when and fails how often; and in the end all of it has arrived."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED for _, _, fails in steps if fails]

    async def go(press: Press) -> None:
        sending = deliverer(press, receiver, NIGHT)
        urgent: set[str] = set()
        for minutes, is_urgent, _ in steps:
            press.clock.move(minutes=minutes)
            ids = await publish(press, urgent=is_urgent)
            urgent |= set(ids) if is_urgent else set()
            await sending.drain()
        while {row["state"] for row in await press.rows("alert")} - {"delivered"}:
            press.clock.move(minutes=50)
            await sending.drain()

        times = zip(receiver.times, receiver.tries, strict=True)
        assert not [
            at for at, (_, alert) in times if alert not in urgent and NIGHT.release(at) != at
        ]

    with tempfile.TemporaryDirectory() as folder:
        press = Press(Path(folder) / "archive.db")
        try:
            asyncio.run(go(press))
        finally:
            press.archive.close()


# Throttles


async def live(press: Press, receiver: FakeReceiver, what: Plan, minutes: list[int]) -> list[str]:
    """An article at each of these minutes, then an hour and a half without; the alerts' ids."""
    sending = deliverer(press, receiver, what)
    ids = []
    for minute in minutes:
        press.clock.now = max(press.clock(), START + timedelta(minutes=minute))
        ids += await publish(press)
        await sending.drain()
    for _ in range(9):
        press.clock.move(minutes=10)
        await sending.drain()
    return ids


async def told(press: Press, receiver: FakeReceiver) -> Counter[str]:
    """How often each alert was told: by itself, or in a message."""
    rows = {row["id"]: row for row in await press.rows("alert")}
    told: Counter[str] = Counter()
    for alert in receiver.accepted:
        (body,) = receiver.bodies[alert]
        kind = rows[alert]["kind"]
        told.update([alert] if kind == "alert" else digest.ids(_read(body)))
    return told


def _read(body: str) -> dict[str, object]:
    import json

    found: dict[str, object] = json.loads(body)
    return found


def test_beyond_the_throttle_there_is_one_summary_when_the_hour_is_over(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        ids = await live(press, receiver, plan(throttle="2/h"), [0, 5, 10, 20, 59])
        rows = {row["id"]: row for row in await press.rows("alert")}

        assert receiver.accepted[:2] == ids[:2]
        (summary,) = receiver.accepted[2:]
        assert rows[summary]["kind"] == "summary"
        assert {rows[alert]["via"] for alert in ids[2:]} == {summary}
        assert {rows[alert]["state"] for alert in ids} == {"delivered"}
        sent = receiver.times[receiver.tries.index(("desk", summary))]
        assert sent == START + timedelta(minutes=69), "the first look after the hour is over"
        assert await told(press, receiver) == Counter(ids)
        assert await problems(press) == []

    asyncio.run(go())


def test_what_is_urgent_passes_the_throttle_and_does_not_count(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        sending = deliverer(press, receiver, plan(throttle="1/h"))
        first = await publish(press, 1)
        urgent = await publish(press, 2, urgent=True)
        await sending.drain()
        assert receiver.accepted == first + urgent
        urgent += await publish(press, 1, urgent=True)
        await publish(press)
        await sending.drain()

        assert receiver.accepted == first + urgent

    asyncio.run(go())


def test_one_that_was_tried_keeps_its_id_and_waits_for_its_turn(press: Press) -> None:
    """The receiver may have it: it goes by itself again, in no summary, when there is room."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * 5

    async def go() -> None:
        sending = deliverer(press, receiver, plan(throttle="1/h"))
        tried = await publish(press)
        for _ in range(50):
            await sending.drain()
            press.clock.move(minutes=1)
        assert len(receiver.tries) == 5
        press.clock.move(hours=1, minutes=40)
        other = await publish(press)
        for _ in range(15):
            await sending.drain()
            press.clock.move(minutes=10)

        assert receiver.accepted == other + tried
        assert receiver.times[-1] - receiver.times[-2] >= HOUR
        assert {row["kind"] for row in await press.rows("alert")} == {"alert"}

    asyncio.run(go())


MINUTES = st.lists(st.integers(0, 200), max_size=10).map(sorted)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MINUTES, st.integers(1, 3), st.lists(st.booleans(), max_size=6))
def test_no_window_has_more_than_its_number_and_all_is_told_once(
    minutes: list[int], count: int, fails: list[bool]
) -> None:
    """Whatever comes when, and however the receiver answers."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [
        REFUSED if bad else Result(outcome=Outcome.DELIVERED) for bad in fails
    ]

    async def go(press: Press) -> None:
        throttled = plan(throttle=f"{count}/h")
        ids = await live(press, receiver, throttled, minutes)
        while {row["state"] for row in await press.rows("alert")} - {"delivered"}:
            press.clock.move(hours=1)
            await deliverer(press, receiver, throttled).drain()
        rows = {row["id"]: row for row in await press.rows("alert")}
        singles = [
            (at, alert)
            for at, (_, alert) in zip(receiver.times, receiver.tries, strict=True)
            if rows[alert]["kind"] == "alert"
        ]

        assert await told(press, receiver) == Counter(ids)
        assert all(len(_within(singles, at)) <= count for at, _ in singles)
        assert await problems(press) == []

    with tempfile.TemporaryDirectory() as folder:
        press = Press(Path(folder) / "archive.db")
        try:
            asyncio.run(go(press))
        finally:
            press.archive.close()


def _within(singles: list[tuple[datetime, str]], start: datetime) -> set[str]:
    return {alert for at, alert in singles if start <= at < start + HOUR}
