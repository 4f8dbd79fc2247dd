"""alerts.rate: never more than promised, in any window."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rate import Rate, free_at, parse, take
from archive.article import from_ms
from tests.alerts.press import START


@pytest.mark.parametrize(
    ("text", "count", "per"),
    [
        ("1/s", 1, timedelta(seconds=1)),
        ("30/m", 30, timedelta(minutes=1)),
        (" 10 / h ", 10, timedelta(hours=1)),
        ("5/15m", 5, timedelta(minutes=15)),
        ("1000/d", 1000, timedelta(days=1)),
    ],
)
def test_a_rate_is_read(text: str, count: int, per: timedelta) -> None:
    """As people write it."""
    assert parse(text) == Rate(count=count, per=per)


@pytest.mark.parametrize(
    "text", ["", "30", "0/m", "30/w", "-1/m", "1.5/s", "1001/m", "３/m", "1/0m"]
)
def test_what_is_no_rate_is_refused_with_an_example(text: str) -> None:
    """A rate of nothing would hold everything back for ever."""
    with pytest.raises(ValueError, match='write for example "1/s", "30/m" or "10/h"'):
        parse(text)


@given(
    st.integers(1, 5),
    st.lists(st.integers(0, 20_000), min_size=1, max_size=60),
)
def test_no_window_holds_more_than_the_rate(count: int, waits: list[int]) -> None:
    """Services shut out who sends one too many in any minute, whatever the average."""
    rate = Rate(count=count, per=timedelta(seconds=10))
    taken: tuple[int, ...] = ()
    sent: list[int] = []
    now = START
    for wait in waits:
        now += timedelta(milliseconds=wait)
        now = max(now, free_at(rate, taken) or now)
        taken = take(rate, taken, now)
        sent.append(taken[-1])

    assert len(taken) <= count
    for first, last in zip(sent, sent[count:], strict=False):
        assert from_ms(last) - from_ms(first) >= rate.per


def test_what_is_long_past_counts_no_more() -> None:
    """The first of a quiet hour goes at once."""
    rate = Rate(count=2, per=timedelta(minutes=1))
    taken = take(rate, take(rate, (), START), START)

    assert free_at(rate, taken) == START + timedelta(minutes=1)
    assert len(take(rate, taken, START + timedelta(hours=1))) == 1
