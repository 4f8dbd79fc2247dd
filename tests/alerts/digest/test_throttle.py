"""How many single messages a throttle lets through, and when the rest is summed up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.digest.throttle import Throttle, parse_throttle

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
TWO = Throttle(count=2, window=HOUR)


def at(*minutes: int) -> list[datetime]:
    return [START + timedelta(minutes=each) for each in minutes]


@pytest.mark.parametrize(
    ("text", "count", "window"),
    [
        ("10/h", 10, HOUR),
        ("5/15m", 5, timedelta(minutes=15)),
        ("100 / d", 100, timedelta(days=1)),
        ("1/90s", 1, timedelta(seconds=90)),
    ],
)
def test_it_is_read_as_it_is_written(text: str, count: int, window: timedelta) -> None:
    assert parse_throttle(text) == Throttle(count=count, window=window)


@pytest.mark.parametrize("text", ["0/h", "10", "h", "10/w", "-1/h", "10/30s", "1/9999d", "10/0m"])
def test_nonsense_is_refused(text: str) -> None:
    """A throttle that lets nothing through would be a channel that is silent for ever."""
    with pytest.raises(ValueError, match=r"write for example|let nothing|between a minute"):
        parse_throttle(text)


def test_it_is_full_until_the_first_has_left_the_window() -> None:
    tries = at(0, 30)

    assert TWO.full(tries, *at(59))
    assert not TWO.full(tries, *at(60))
    assert TWO.free(tries, *at(40)) == at(60)[0]
    assert TWO.free(at(0), *at(40)) == at(40)[0]
    assert TWO.free(at(0, 10, 20), *at(40)) == at(70)[0], "one too many: the second must leave"


def test_a_summary_comes_when_the_hour_is_over_and_not_twice_an_hour() -> None:
    assert TWO.summary(at(0, 30), None, *at(40)) == at(60)[0]
    assert TWO.summary(at(30, 60), at(60)[0], *at(61)) == at(120)[0]
    assert TWO.summary(at(110, 115), at(60)[0], *at(116)) == at(170)[0]


@given(st.lists(st.integers(0, 300), max_size=60).map(sorted), st.integers(1, 5))
def test_no_window_ever_has_more_than_its_number(minutes: list[int], count: int) -> None:
    """Whenever the hour is taken to begin."""
    throttle = Throttle(count=count, window=HOUR)
    sent: list[datetime] = []
    for now in at(*minutes):
        if not throttle.full(sent, now):
            assert throttle.free(sent, now) == now
            sent.append(now)
        else:
            assert not throttle.full(sent, throttle.free(sent, now))

    assert all(len([each for each in sent if start <= each < start + HOUR]) <= count
               for start in sent)  # fmt: skip
