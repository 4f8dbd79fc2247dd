"""A throttle: so many single messages within a time, and one summary of what is beyond. Pure.

    throttle = "10/h":  1 … 10 go by themselves; 11, 12, … are collected, and go with a summary
                        when the hour since the first of the ten is over

The window slides, so no hour has more than ten, whenever it is taken to begin. A message counts
from its latest try: whether a receiver that answers badly has shown it, nobody knows. Summaries
are as far apart as the window is long, so that a steady flood does not become a flood of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.rate import SPANS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_THROTTLE = re.compile(r"(\d{1,6})\s?/\s?(\d{0,4})\s?([smhd])", re.ASCII)
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """At most `count` messages in any `window`."""

    count: int
    window: timedelta

    def full(self, tries: Sequence[datetime], now: datetime) -> bool:
        """Whether one more would be too many, after these latest tries of other messages."""
        return len(self.counting(tries, now)) >= self.count

    def counting(self, tries: Sequence[datetime], now: datetime) -> list[datetime]:
        """Those of the tries that are within the window which ends now."""
        return [at for at in tries if at > now - self.window]

    def free(self, tries: Sequence[datetime], now: datetime) -> datetime:
        """When the next message may go: now, or when the first of the tries has left the window."""
        counting = sorted(self.counting(tries, now))
        if len(counting) < self.count:
            return now
        return counting[len(counting) - self.count] + self.window

    def summary(self, tries: Sequence[datetime], last: datetime | None, now: datetime) -> datetime:
        """When to say what is beyond; `last` is when the latest summary went."""
        after = self.free(tries, now)
        return after if last is None else max(after, last + self.window)


def parse_throttle(text: str) -> Throttle:
    """Read "10/h", "5/15m", "100/d"; raises ValueError saying what to write."""
    found = _THROTTLE.fullmatch(text.strip())
    if found is None:
        message = f'not a throttle: "{text}"; write for example "10/h", "5/15m" or "100/d"'
        raise ValueError(message)
    number, times, unit = found.groups()
    window = int(times or 1) * SPANS[unit]
    if int(number) == 0:
        message = f'"{text}" would let nothing through; `digest` collects everything'
        raise ValueError(message)
    if not _SHORTEST <= window <= _LONGEST:
        message = f'"{text}": the time must be between a minute and a week'
        raise ValueError(message)
    return Throttle(count=int(number), window=window)
