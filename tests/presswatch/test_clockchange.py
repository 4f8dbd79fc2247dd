"""Digests and polls by cron, on the days when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.source import Source
from presswatch.polling.schedule import CronTimes, next_poll

NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"
#: The days of 2026 on which they go back and forward.
BACK = {NEW_YORK: date(2026, 11, 1), BERLIN: date(2026, 10, 25)}
FORWARD = {NEW_YORK: date(2026, 3, 8), BERLIN: date(2026, 3, 29)}
LORD_HOWE = "Australia/Lord_Howe"  # goes back by half an hour


def times(text: str, zone: str, day: date) -> list[str]:
    """The moments of a day until five, with their offset."""
    at = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) - timedelta(seconds=1)
    found: list[str] = []
    while True:
        at = CronTimes(text, zone).after(at)
        local = at.astimezone(ZoneInfo(zone))
        if local.date() != day or local.hour > 4:
            return found
        found.append(f"{local:%H:%M%z}")


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("30 2 * * *", BERLIN, ["02:30+0200"]),
        ("30 1 * * *", NEW_YORK, ["01:30-0400"]),
        ("30 1 * * sun", NEW_YORK, ["01:30-0400"]),
        ("0,30 1,2 * * *", NEW_YORK, ["01:00-0400", "01:30-0400", "02:00-0500", "02:30-0500"]),
        ("30 2 * * *", NEW_YORK, ["02:30-0500"]),
    ],
)
def test_an_hour_of_the_clock_comes_once_when_the_clocks_go_back(
    text: str, zone: str, expected: list[str]
) -> None:
    """The first time that the clock shows it, as RFC 5545 and cron have it."""
    assert times(text, zone, BACK[zone]) == expected


def test_what_comes_every_hour_comes_in_the_repeated_hour_too() -> None:
    """An hour without a poll would be one in which nobody looks."""
    hourly = ["00:00+0200", "01:00+0200", "02:00+0200", "02:00+0100", "03:00+0100", "04:00+0100"]
    assert times("0 * * * *", BERLIN, BACK[BERLIN]) == hourly
    assert len(times("*/15 1 * * *", NEW_YORK, BACK[NEW_YORK])) == 8


@pytest.mark.parametrize("zone", [NEW_YORK, BERLIN])
def test_an_hour_that_is_left_out_comes_an_hour_later_once(zone: str) -> None:
    """02:30 is never on that day; RFC 5545 reads it as it would be without the change."""
    summer = {NEW_YORK: "-0400", BERLIN: "+0200"}[zone]

    assert times("30 2 * * *", zone, FORWARD[zone]) == [f"03:30{summer}"]
    assert times("30 2,3 * * *", zone, FORWARD[zone]) == [f"03:30{summer}"]


def test_the_day_after_keeps_its_hour() -> None:
    """Asked within the repeated hour, too."""
    second = datetime(2026, 10, 25, 2, 45, tzinfo=ZoneInfo(BERLIN), fold=1)

    assert CronTimes("30 2 * * *", BERLIN).after(second) == datetime(
        2026, 10, 26, 1, 30, tzinfo=UTC
    )


def test_a_source_is_polled_once_too() -> None:
    daily = Source(name="s", url="https://example.org/", cron="30 2 * * *", timezone=BERLIN)
    first = datetime(2026, 10, 25, 0, 30, 1, tzinfo=UTC)

    at = next_poll(daily, failures=0, started=first, not_before=None)
    assert at == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@given(
    st.sampled_from(["30 2 * * *", "0 1-3 * * *", "15,45 2 * * *", "*/20 * * * *", "45 1 * * *"]),
    st.sampled_from([NEW_YORK, BERLIN, LORD_HOWE]),
    st.sampled_from([*BACK.values(), *FORWARD.values(), date(2026, 4, 5)]),
    st.integers(0, 48 * 60),
)
def test_times_go_forward_and_no_day_is_left_out(
    text: str, zone: str, day: datetime, minutes: int
) -> None:
    """However the clocks go, the next time is ahead, and no day is without one."""
    moment = datetime.combine(day, time(), UTC) + timedelta(minutes=minutes) - timedelta(days=1)
    following = CronTimes(text, zone).after(moment)

    assert timedelta() < following - moment <= timedelta(hours=25)
