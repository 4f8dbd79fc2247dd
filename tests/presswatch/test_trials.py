"""A bar a day: aligned, in proportion, and never too long."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from presswatch.cli.common import Clock
from presswatch.cli.trials import MOST_DAYS, WIDTH, bars

CLOCK = Clock("UTC")
TODAY = CLOCK.today()


def drawn(days: dict[date, int], first: date) -> list[str]:
    return [line.plain for line in bars(days, first, CLOCK)]


def test_every_day_has_its_line() -> None:
    first = TODAY - timedelta(days=3)
    days = {first: 1, TODAY - timedelta(days=1): 3}

    assert drawn(days, first) == [
        f"{first}  # 1",
        f"{TODAY - timedelta(days=2)}  ·",
        f"{TODAY - timedelta(days=1)}  ### 3",
        f"{TODAY}  ·",
    ]


def test_of_a_long_time_only_the_days_with_something() -> None:
    first = TODAY - timedelta(days=MOST_DAYS + 1)

    assert drawn({first: 2, TODAY: 1}, first) == [f"{first}  ## 2", f"{TODAY}  # 1"]


@given(st.dictionaries(st.integers(0, 30), st.integers(1, 5000), min_size=1))
def test_bars_are_in_proportion(ago: dict[int, int]) -> None:
    days = {TODAY - timedelta(days=days): count for days, count in ago.items()}
    lines = drawn(days, min(days))
    lengths = {date.fromisoformat(line[:10]): line.count("#") for line in lines}

    assert list(lengths) == sorted(lengths)
    assert {day: n for day, n in lengths.items() if n} == {
        day: -(-count * WIDTH // max(WIDTH, *days.values())) for day, count in days.items()
    }
    assert max(lengths.values()) <= WIDTH
