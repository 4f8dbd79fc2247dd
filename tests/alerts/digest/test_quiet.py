"""Quiet hours by the clock on the wall, over midnight and over changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.digest.quiet import parse_quiet

BERLIN = ZoneInfo("Europe/Berlin")
SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = parse_quiet("22:00-07:00")


def local(*when: int, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("now", "release"),
    [
        ((2026, 3, 1, 21, 59), (2026, 3, 1, 21, 59)),
        ((2026, 3, 1, 22, 0), (2026, 3, 2, 7, 0)),
        ((2026, 3, 2, 0, 0), (2026, 3, 2, 7, 0)),
        ((2026, 3, 2, 6, 59), (2026, 3, 2, 7, 0)),
        ((2026, 3, 2, 7, 0), (2026, 3, 2, 7, 0)),
    ],
)
def test_a_night_ends_in_the_morning(now: tuple[int, ...], release: tuple[int, ...]) -> None:
    """The window goes over midnight; its end is no longer quiet."""
    assert NIGHT.release(local(*now), BERLIN) == local(*release)


def test_a_window_within_a_day_and_one_that_ends_at_midnight() -> None:
    lunch, evening = parse_quiet("12:00-13:30"), parse_quiet("18:00-24:00")

    assert lunch.release(local(2026, 3, 1, 12, 10), BERLIN) == local(2026, 3, 1, 13, 30)
    assert lunch.release(local(2026, 3, 1, 22), BERLIN) == local(2026, 3, 1, 22)
    assert evening.release(local(2026, 3, 1, 20), BERLIN) == local(2026, 3, 2)
    assert not evening.holds(local(2026, 3, 1), BERLIN)


def test_the_zone_is_that_of_the_reader() -> None:
    """23:00 in Shanghai is an afternoon in Berlin."""
    late = local(2026, 3, 1, 23, zone=SHANGHAI)

    assert NIGHT.release(late, SHANGHAI) == local(2026, 3, 2, 7, zone=SHANGHAI)
    assert NIGHT.release(late, BERLIN) == late


def test_seven_in_the_morning_is_seven_on_the_clock_whatever_the_clocks_do() -> None:
    """Berlin goes forward on 29 March 2026 and back on 25 October."""
    spring, autumn = local(2026, 3, 28, 23), local(2026, 10, 24, 23)

    assert NIGHT.release(spring, BERLIN) - spring == timedelta(hours=7)
    assert NIGHT.release(autumn, BERLIN) - autumn == timedelta(hours=9)


def test_an_end_that_no_clock_shows_and_one_that_it_shows_twice() -> None:
    """02:30 is never on 29 March, and comes twice on 25 October: it is quiet twice."""
    early = parse_quiet("01:00-02:30")

    assert early.release(local(2026, 3, 29, 1, 10), BERLIN) == local(2026, 3, 29, 3, 30)
    first, second = (local(2026, 10, 25, 2, 30, fold=fold) for fold in (0, 1))
    assert early.release(local(2026, 10, 25, 2, 10), BERLIN) == first
    assert early.release(local(2026, 10, 25, 2, 10, fold=1), BERLIN) == second


CLOCKS = st.times().map(lambda clock: f"{clock:%H:%M}")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe",
                         "America/St_Johns", "Africa/Casablanca"]).map(ZoneInfo)  # fmt: skip


@given(st.tuples(CLOCKS, CLOCKS).filter(lambda ends: ends[0] != ends[1]), MOMENTS, ZONES)
def test_the_release_is_never_within_the_window_and_never_earlier(
    ends: tuple[str, str], now: datetime, zone: ZoneInfo
) -> None:
    """Whatever the window, the zone and the moment; and nothing waits longer than two days."""
    window = parse_quiet("-".join(ends))
    release = window.release(now, zone)

    assert not window.holds(release, zone)
    assert now <= release <= now + timedelta(days=2)
    assert release == now or window.holds(now, zone)
    assert window.release(release, zone) == release


@pytest.mark.parametrize("text", ["22-7", "", "22:00", "7:00-9:00", "24:00-07:00", "22:00-25:00",
                                  "22:60-07:00", "22:00-07:00 mon"])  # fmt: skip
def test_what_is_no_window_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        parse_quiet(text)


def test_a_window_of_no_time_is_refused() -> None:
    """It could mean never, or the whole day."""
    with pytest.raises(ValueError, match="begins when it ends"):
        parse_quiet("07:00-07:00")
