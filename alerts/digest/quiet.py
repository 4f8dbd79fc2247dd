"""Quiet hours: when a receiver is left in peace, and when it may be told again. Pure.

The hours are those of clocks on the wall, so a change of the clocks moves both ends of the window
with it: where 02:30 is twice or never, it is the clock that people read that counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_WINDOW = re.compile(rf"({_CLOCK})\s?-\s?({_CLOCK}|24:00)")
_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """From `start` up to and without `end`; over midnight where `end` is the earlier one."""

    start: time
    end: time

    def holds(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether the clocks of the zone stand within the window."""
        clock = moment.astimezone(zone).time().replace(fold=0)
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def release(self, moment: datetime, zone: tzinfo) -> datetime:
        """The moment itself outside of the window, else the next end of the window, in UTC.

        In a gap of the clocks the end is where it would have been without the change.
        """
        if not self.holds(moment, zone):
            return moment
        today = moment.astimezone(zone).date()
        ends = (
            datetime.combine(today + days * _DAY, self.end, zone).replace(fold=fold)
            for days in range(3)
            for fold in (0, 1)
        )
        later = (end.astimezone(UTC) for end in ends)
        return min(end for end in later if end > moment and not self.holds(end, zone))


def parse_quiet(text: str) -> Quiet:
    """Read "22:00-07:00"; raises ValueError saying what to write."""
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        message = f'not a window of a day: "{text}"; write for example "22:00-07:00"'
        raise ValueError(message)
    start, end = found.groups()
    last = _MIDNIGHT if end == "24:00" else time.fromisoformat(end)
    window = Quiet(start=time.fromisoformat(start), end=last)
    if window.start == window.end:
        message = f'"{text}" is no window: it begins when it ends'
        raise ValueError(message)
    return window
