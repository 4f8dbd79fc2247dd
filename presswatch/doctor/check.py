"""One thing that the doctor has looked at, and what a clock that is wrong comes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from presswatch.units import say_duration

#: A clock may differ from others by this much; at five minutes receivers refuse signatures.
DRIFT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    what: str  # of which group: "archive", "disk", …
    name: str
    fine: bool
    said: str
    todo: str = ""  # what to do about it, where it is not fine


def clock(offset: timedelta, host: str) -> Check:
    """What another machine's clock says of ours."""
    if abs(offset) > DRIFT:
        ahead = "ahead of" if offset > timedelta(0) else "behind"
        return wrong_clock(f"{say_duration(abs(offset))} {ahead} that of {host}")
    return Check(what="clock", name="clock", fine=True, said=f"agrees with that of {host}")


def wrong_clock(said: str) -> Check:
    """Where ours cannot be right."""
    todo = "set the clock, best by NTP: dates, schedules and signatures go by it"
    return Check(what="clock", name="clock", fine=False, said=said, todo=todo)
