from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channel import Outcome, Result
from alerts.retry import (
    DOUBTS,
    LONGEST,
    SCHEDULE,
    judge,
    patience,
    read_retry_after,
    wait_after,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = Result(outcome=Outcome.LATER, reason="HTTP 500", status=500)
UNKNOWN = Result(outcome=Outcome.UNKNOWN, reason="may have been received: no answer")


def test_the_schedule_is_the_documented_one() -> None:
    seconds = [wait.total_seconds() for wait in SCHEDULE]

    assert seconds == [0, 5, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]


@given(st.integers(1, len(SCHEDULE) - 1), st.integers())
def test_a_wait_is_the_scheduled_one_and_at_most_a_tenth_longer(tries: int, seed: int) -> None:
    wait = wait_after(tries, None, Random(seed))

    assert wait is not None
    assert SCHEDULE[tries] <= wait <= SCHEDULE[tries] * 1.1


@given(st.integers(1, len(SCHEDULE) - 1), st.timedeltas(), st.integers())
def test_retry_after_wins_if_it_is_later_and_never_beyond_a_day(
    tries: int, asked: timedelta, seed: int
) -> None:
    alone = wait_after(tries, None, Random(seed))
    wait = wait_after(tries, asked, Random(seed))

    assert alone is not None
    assert wait == max(alone, min(asked, LONGEST))


def test_every_try_of_the_schedule_is_made_and_then_no_more() -> None:
    rng, attempts, state = Random(1), 0, "due"
    while state == "due":
        verdict = judge(LATER, attempts, NOW, rng)
        attempts, state = verdict.attempts, verdict.state

    assert (attempts, state, verdict.due) == (len(SCHEDULE), "dead", None)
    assert verdict.reason == "given up after 11 tries: HTTP 500"


def test_what_may_have_been_received_is_sent_three_times_at_most() -> None:
    """Eleven times the same in a room is worse than to miss it once."""
    rng, waits, attempts = Random(1), [], 0
    for doubts in range(3):
        verdict = judge(UNKNOWN, attempts, NOW, rng, doubts=doubts)
        attempts = verdict.attempts
        waits.append(verdict.due and verdict.due - NOW)

    assert waits == [*DOUBTS, None]
    assert (verdict.state, verdict.attempts) == ("dead", 3)
    assert verdict.reason == "given up after 3 tries: may have been received: no answer"


def test_a_doubt_shortens_no_wait_and_ends_with_the_schedule() -> None:
    """Late in the schedule, and where the service asks for patience."""
    asked = replace(UNKNOWN, retry_after=timedelta(hours=6))
    late = judge(UNKNOWN, len(SCHEDULE) - 2, NOW, Random(1)).due

    assert judge(asked, 0, NOW, Random(1)).due == NOW + timedelta(hours=6)
    assert late is not None
    assert late - NOW >= SCHEDULE[-1]
    assert judge(UNKNOWN, len(SCHEDULE) - 1, NOW, Random(1)).state == "dead"


def test_retry_after_does_not_prolong_a_schedule_that_is_used_up() -> None:
    result = Result(outcome=Outcome.LATER, reason="HTTP 503", retry_after=timedelta(hours=1))

    assert judge(result, len(SCHEDULE) - 1, NOW, Random(0)).state == "dead"


def test_delivered_is_the_end() -> None:
    verdict = judge(Result(outcome=Outcome.DELIVERED, status=204), 3, NOW, Random(0))

    assert (verdict.state, verdict.attempts, verdict.due) == ("delivered", 4, None)


def test_a_refusal_for_ever_is_not_tried_again() -> None:
    verdict = judge(Result(outcome=Outcome.DEAD, reason="550 no such user"), 0, NOW, Random(0))

    assert (verdict.state, verdict.attempts, verdict.due) == ("dead", 1, None)
    assert verdict.reason == "550 no such user"


def test_a_channel_that_is_gone_costs_the_alert_no_try() -> None:
    gone = Result(outcome=Outcome.LATER, reason="HTTP 410", gone=True)
    last = len(SCHEDULE) - 1

    verdict = judge(gone, last, NOW, Random(0))

    assert (verdict.state, verdict.attempts, verdict.due) == ("due", last, NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("999999999999999999999999", 86400),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 20:01:00 +0800", 60),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(value: str, seconds: int) -> None:
    assert read_retry_after(value, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value",
    [
        *("", "soon", "-5", "1.5", "１２", "Sun, 99 Foo 2026 12:00 GMT"),
        *(f"Mon, 01 Jan 2026 {long}" for long in (f"00:00:00 +{'9' * 20}", f"{'9' * 20}:00 GMT")),
    ],
)
def test_what_is_no_retry_after_is_none(value: str) -> None:
    assert read_retry_after(value, NOW) is None


@given(st.text(max_size=40))
def test_no_retry_after_can_break_the_reader(value: str) -> None:
    wait = read_retry_after(value, NOW)

    assert wait is None or wait >= timedelta(0)
    assert timedelta(0) <= patience(wait) <= LONGEST
