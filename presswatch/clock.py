"""Times and numbers as people are shown them, on the terminal and on the page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from presswatch.units import say_duration

if TYPE_CHECKING:
    from datetime import date, tzinfo


class Clock:
    """Times in the operator's zone, as of one moment."""

    def __init__(self, timezone: str, now: datetime | None = None) -> None:
        try:
            self.zone: tzinfo = ZoneInfo(timezone)
        except (KeyError, ValueError, OSError):
            self.zone = UTC  # `presswatch check` names the mistake
        self.now = now or datetime.now(UTC)

    def today(self) -> date:
        """The day that it is there."""
        return self.now.astimezone(self.zone).date()

    def time(self, moment: datetime | None) -> str:
        """To the second, "–" for never."""
        return "–" if moment is None else f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def short(self, moment: datetime | None, *, precise: bool = True) -> str:
        """To the minute, or the day alone where no time is known: midnight says nothing."""
        if moment is None:
            return "–"
        local = moment.astimezone(self.zone)
        known = precise and (local.hour, local.minute, local.second) != (0, 0, 0)
        return f"{local:%Y-%m-%d %H:%M}" if known else f"{local:%Y-%m-%d}"

    def away(self, moment: datetime | None) -> str:
        """From now: "5m ago", "in 2h"."""
        if moment is None:
            return "–"
        if moment > self.now:
            return f"in {say_duration(moment - self.now)}"
        return f"{say_duration(self.now - moment)} ago"

    def due(self, moment: datetime | None) -> str:
        """When something is to come: "in 2h", and "due" when its time has come."""
        return "due" if moment is not None and moment <= self.now else self.away(moment)


def plural(number: int, what: str) -> str:
    """Count things: "1 rule", "2 rules", "2 matches", "1,200 stories"."""
    if number == 1:
        return f"1 {what}"
    if what.endswith("y") and what[-2:-1] not in "aeiou":
        return f"{number:,} {what[:-1]}ies"
    return f"{number:,} {what}{'es' if what.endswith('ch') else 's'}"


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with its offset, for machines."""
    return None if moment is None else moment.isoformat()
