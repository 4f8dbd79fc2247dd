"""Durations and sizes as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswatch.units import parse_duration, parse_size, say_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5s", 5), ("15m", 900), ("2h", 7200), ("3d", 259200), ("1w", 604800), ("500ms", 0.5),
     ("1.5h", 5400), (" 30 s ", 30)],
)  # fmt: skip
def test_durations(text: str, seconds: float) -> None:
    assert timedelta(seconds=seconds) == parse_duration(text)


@pytest.mark.parametrize(
    "text", ["", "5", "s", "-5s", "5 seconds", "5S", "1h30m", "٣s", "999999999w"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|century"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"), [("10MB", 10_000_000), ("512KiB", 524_288), ("1 gb", 10**9), ("7B", 7)]
)
def test_sizes(text: str, size: int) -> None:
    assert size == parse_size(text)


@pytest.mark.parametrize("text", ["10", "10 megabytes", "MB", "-1MB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0s"), (0.26, "0.3s"), (5, "5s"), (59, "59s"), (60, "1m"), (90, "90s"), (120, "2m"),
     (5400, "90m"), (7200, "2h"), (86400, "1d"), (259200, "3d")],
)  # fmt: skip
def test_durations_are_said_as_short_as_they_can_be(seconds: float, said: str) -> None:
    assert said == say_duration(timedelta(seconds=seconds))


@given(st.integers(1, 10**6), st.sampled_from("smhdw"))
def test_what_is_said_is_near_what_was_read(number: int, unit: str) -> None:
    """A value shown to people never misleads by more than half of its unit, a third at most."""
    span = min(parse_duration(f"{min(number, 5000)}{unit}"), timedelta(days=9999))

    said = parse_duration(say_duration(span))

    assert abs(said - span) <= span / 3
