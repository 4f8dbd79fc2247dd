"""When to try again: a pure function of how a try ended and how many went before.

No sleeping and no I/O here, so a test of three days takes no time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from alerts.channel import Outcome

if TYPE_CHECKING:
    from random import Random

    from alerts.channel import Result

#: How long after the try before each try is due; the first is due at once. About four days in all.
SCHEDULE = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.1  # up to this part later, so that what failed together is not tried together
LONGEST = timedelta(hours=24)  # no receiver may ask for more patience than this

#: How long after each try that may have been received; the last of them is the last try. A room
#: that reads the same three times forgives that rather than to have missed it.
DOUBTS = (timedelta(minutes=30), timedelta(hours=5))

#: What is said of such a try.
IN_DOUBT = "may have been received"

#: Client errors (RFC 9110, 15.5) that speak of the way, of a right or of the moment.
_NOT_OF_IT = frozenset({401, 402, 403, 404, 405, 407, 408, 410, 421, 423, 425, 426, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of an alert after a try; the values of its row."""

    state: str  # due | delivered | dead
    attempts: int  # tries that count against the schedule
    due: datetime | None  # None: never again
    reason: str


def judge(result: Result, attempts: int, now: datetime, rng: Random, *, doubts: int = 0) -> Verdict:
    """What becomes of an alert whose try number `attempts + 1` ended with `result`.

    `doubts` of the tries before may have been received. A channel that is gone costs the alert no
    try: it waits until the channel is enabled.
    """
    tries = attempts + 1
    if result.outcome is Outcome.DELIVERED:
        return Verdict(state="delivered", attempts=tries, due=None, reason=result.reason)
    if result.gone:
        return Verdict(state="due", attempts=attempts, due=now, reason=result.reason)
    if result.outcome is Outcome.DEAD:
        return Verdict(state="dead", attempts=tries, due=None, reason=result.reason)
    wait = wait_after(tries, result.retry_after, rng)
    if result.outcome is Outcome.UNKNOWN:
        wait = _in_doubt(doubts, wait)
    if wait is None:
        reason = f"given up after {tries} tries: {result.reason}"
        return Verdict(state="dead", attempts=tries, due=None, reason=reason)
    return Verdict(state="due", attempts=tries, due=now + wait, reason=result.reason)


def wait_after(tries: int, retry_after: timedelta | None, rng: Random) -> timedelta | None:
    """How long to wait after `tries` failed tries; None when the schedule is used up.

    `Retry-After` wins where it asks for longer, up to 24 h.
    """
    if tries >= len(SCHEDULE):
        return None
    wait = SCHEDULE[tries] * (1 + JITTER * rng.random())
    return max(wait, patience(retry_after))


def _in_doubt(doubts: int, wait: timedelta | None) -> timedelta | None:
    """The longer of the two waits; None where either schedule is used up."""
    return None if wait is None or doubts >= len(DOUBTS) else max(wait, DOUBTS[doubts])


def patience(retry_after: timedelta | None) -> timedelta:
    """How long a receiver that answered `Retry-After` is left alone; nothing without one."""
    return min(max(retry_after or timedelta(0), timedelta(0)), LONGEST)


def failed_as(status: int) -> Outcome:
    """What an HTTP status that is no success says: of what was sent, or of whoever answers.

    Either is tried again: what refuses may be a release of the receiver that is soon mended.
    """
    refused = 400 <= status < 500 and status not in _NOT_OF_IT
    return Outcome.REFUSED if refused else Outcome.LATER


def read_retry_after(value: str, now: datetime) -> timedelta | None:
    """The header `Retry-After`, in seconds or as an HTTP date; None if it is neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), LONGEST.total_seconds()))
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # of a zone or an hour of twenty digits
        return None
    if moment.tzinfo is None:  # "-0000": UTC of unknown origin
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))
