"""A source is looked at as often as it has something to say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from crawler.engine.rhythm import WINDOW, wait

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=UTC)  # a Wednesday
LEAST, MOST = timedelta(minutes=5), timedelta(hours=6)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def look(
    *finds: datetime,
    now: datetime = NOW,
    since: datetime = NOW - 2 * WINDOW,
    hint: timedelta | None = None,
    zone: str = "UTC",
) -> timedelta:
    return wait(finds, now, since=since, least=LEAST, most=MOST, hint=hint, zone=ZoneInfo(zone))


def office(zone: str = "UTC") -> list[datetime]:
    """Something new each half hour from nine to five, Mondays to Fridays."""
    noon = datetime(2026, 3, 4, 12, tzinfo=ZoneInfo(zone))
    days = (noon - number * DAY for number in range(56))
    return [
        day.replace(hour=hour, minute=minute).astimezone(UTC)
        for day in days
        if day.weekday() < 5
        for hour in range(9, 17)
        for minute in (5, 35)
    ]


moments = st.lists(
    st.integers(0, 60 * 24 * 28).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    max_size=200,
)


@given(moments, moments, st.integers(0, 60), st.none() | st.integers(1, 10**6))
def test_never_outside_its_bounds_and_never_slower_for_more_news(
    finds: list[datetime], more: list[datetime], days: int, hint: int | None
) -> None:
    """Whatever the past and whatever the source claims; and another find is no reason to rest."""
    since = NOW - days * DAY
    told_age = None if hint is None else timedelta(seconds=hint)

    slow = look(*finds, since=since, hint=told_age)
    quick = look(*finds, *more, since=since, hint=told_age)

    assert LEAST <= quick <= slow <= MOST
    assert slow >= min(told_age or LEAST, MOST)


def test_a_silent_source_is_looked_at_rarely_and_a_busy_one_often() -> None:
    busy = [NOW - timedelta(minutes=6 * number) for number in range(6000)]

    assert look() == MOST
    assert look(*busy) == LEAST


def test_it_waits_for_half_a_find() -> None:
    """A find each hour, day and night: half an hour."""
    hourly = [NOW - number * HOUR for number in range(28 * 24)]

    assert timedelta(minutes=28) < look(*hourly) < timedelta(minutes=33)


def test_at_night_it_sleeps_and_is_there_when_the_day_begins() -> None:
    """Rarely in the night; but the first look of the day does not wait for the longest interval."""
    finds = office()
    evening = NOW.replace(hour=20, minute=0)
    dawn = NOW.replace(hour=5, minute=0)

    by_day = look(*finds, now=NOW)
    assert by_day < timedelta(minutes=25)
    assert look(*finds, now=evening) == MOST
    assert timedelta(hours=2.5) < look(*finds, now=dawn) < timedelta(hours=4.5)


def test_weekends_are_days_of_their_own() -> None:
    """A Saturday at noon is no Wednesday at noon."""
    saturday = NOW + 3 * DAY

    assert look(*office(), now=saturday, since=saturday - 2 * WINDOW) == MOST


def test_the_clock_is_that_of_the_source() -> None:
    """Ten in Lanzhou is two in the morning here."""
    finds = office("Asia/Shanghai")
    there = datetime(2026, 3, 4, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)

    assert look(*finds, now=there, zone="Asia/Shanghai") < timedelta(minutes=25)
    assert look(*finds, now=there, zone="America/New_York") > timedelta(minutes=14)


def test_a_new_source_begins_in_the_middle_and_learns() -> None:
    """Nothing is known: neither the shortest nor the longest; a silent month says enough."""
    first = look(since=NOW)

    assert LEAST * 3 < first < MOST / 3
    assert first < look(since=NOW - 2 * DAY) <= look(since=NOW - 20 * DAY)


def test_the_source_s_own_word_holds_within_the_bounds() -> None:
    """It may ask for patience, and not for more than the operator allows."""
    busy = [NOW - timedelta(minutes=6 * number) for number in range(6000)]

    assert look(*busy, hint=HOUR) == HOUR
    assert look(*busy, hint=30 * DAY) == MOST
