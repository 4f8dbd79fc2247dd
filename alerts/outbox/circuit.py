"""A receiver that is out of order is probed by one alert, not by all. Pure.

    closed ── OPENS tries fail in a row ──▶ open: nothing goes there for a pause,
      ▲                                     then one alert alone, the probe
      └── a try gets through ◀──────────────┤
                                            └── it fails: open for a longer pause

Tries of one alert count once while the circuit is closed. What a receiver refuses for what it is
counts against the alert, not against the receiver, unless it so refuses REFUSALS alerts and takes
none between them: then the fault is in whatever reads them there. An alert that waits for the
circuit is not tried, which costs it no try of its schedule. `Retry-After` is a pause that the
receiver asks for, in either state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.channel import Outcome
from alerts.retry import JITTER, patience

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from alerts.channel import Result

OPENS = 3  # failed tries in a row
REFUSALS = 10  # alerts in a row, each refused for what it is at its first try

#: How long after each failed try of an open circuit before the next; the last one for ever. So a
#: receiver that comes back is told within five and a half minutes.
PAUSES = (
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=5),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """What the last tries of a channel say about its receiver."""

    failures: int = 0  # in a row; while closed, of one alert once
    since: datetime | None = None  # when the first of them ended
    last: str = ""  # the alert that failed last; "" while what is counted are refusals
    reason: str = ""  # of that try
    probe_at: datetime | None = None  # open: nothing is sent before
    held_until: datetime | None = None  # the receiver asked for it

    @property
    def is_open(self) -> bool:
        return self.probe_at is not None

    def free_at(self) -> datetime | None:
        """When something may be sent; None: at once."""
        return _later(self.probe_at, self.held_until)


SOUND = Circuit()

#: Tries after which the alert still waits.
_FAILED = frozenset({Outcome.LATER, Outcome.REFUSED, Outcome.UNKNOWN})


def after(
    circuit: Circuit, alert: str, result: Result, now: datetime, rng: Random, *, first: bool = True
) -> Circuit:
    """The circuit after a try of this alert, its `first` or a later one, ended with `result`.

    A definite refusal comes from a receiver that works, and so does one of some recipients: a full
    mailbox must not hold up what the others are sent. One that is gone is disabled, which is
    another matter.
    """
    if result.gone:
        return circuit
    asked = now + patience(result.retry_after) if result.retry_after else None
    refused = result.outcome is Outcome.REFUSED and not circuit.is_open
    before = _like(circuit, refused=refused)
    counts = first if refused else before.is_open or alert != before.last
    failures = before.failures + counts
    if result.outcome not in _FAILED or result.partly or not failures:
        return replace(SOUND, held_until=_later(_still(circuit.held_until, now), asked))
    opens = failures >= (REFUSALS if refused else OPENS)
    failures = OPENS if refused and opens else failures
    return Circuit(
        failures=failures,
        since=before.since or now,
        last="" if refused else alert,
        reason=result.reason,
        probe_at=now + _pause(failures, rng) if opens else None,
        held_until=_later(circuit.held_until, asked),
    )


def _like(circuit: Circuit, *, refused: bool) -> Circuit:
    """What counts beside this try: a receiver that refuses works, and one that fails does not."""
    return circuit if circuit.is_open or refused is not bool(circuit.last) else SOUND


def _pause(failures: int, rng: Random) -> timedelta:
    """Up to a tenth longer than planned, so that what failed together is not probed together."""
    planned = PAUSES[min(failures - OPENS, len(PAUSES) - 1)]
    return planned * (1 + JITTER * rng.random())


def _later(*moments: datetime | None) -> datetime | None:
    return max((at for at in moments if at), default=None)


def _still(held: datetime | None, now: datetime) -> datetime | None:
    return held if held and held > now else None
