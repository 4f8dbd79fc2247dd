"""How often a receiver may be sent something: so many in any span of so long. Pure.

A sliding window over the moments of the last alerts, not a bucket of tokens: services that count
(twenty a minute is common) shut a sender out who sends a burst and refills meanwhile.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from archive.article import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MOST = 1000  # moments are remembered one by one
#: The units of a span of time, as rates and throttles write them.
SPANS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_RATE = re.compile(r"([1-9]\d{0,3})\s?/\s?([1-9]\d{0,2})?\s?([smhd])", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `count` in any span of `per`."""

    count: int
    per: timedelta


def parse(text: str) -> Rate:
    """Read "1/s", "30/m", "5/15m" or "100/d". Raises ValueError saying what to write."""
    found = _RATE.fullmatch(text.strip())
    if not found or int(found[1]) > MOST:
        message = f'not a rate: "{text}"; write for example "1/s", "30/m" or "10/h", at most {MOST}'
        raise ValueError(message)
    return Rate(count=int(found[1]), per=int(found[2] or 1) * SPANS[found[3]])


def free_at(rate: Rate, taken: Sequence[int]) -> datetime | None:
    """When the next may be taken, after those taken at these moments (in ms); None: at once."""
    if len(taken) < rate.count:
        return None
    return from_ms(sorted(taken)[-rate.count]) + rate.per


def take(rate: Rate, taken: Sequence[int], now: datetime) -> tuple[int, ...]:
    """The moments with `now` behind them, without those that count no more."""
    recent = [moment for moment in taken if from_ms(moment) + rate.per > now]
    return (*sorted(recent), to_ms(now))[-rate.count :]
