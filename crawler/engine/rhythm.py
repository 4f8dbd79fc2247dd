"""How long to wait until the next look at a source, by its own rhythm. Pure.

    finds of four weeks ─▶ finds to be expected in each hour ─▶ wait until half a find is expected

Hours are told apart by the source's clock, weekdays from weekends, and each is smoothed with its
neighbours: a ministry that publishes from nine to five is looked at then, and rarely at night. What
the source itself says of its age (`Cache-Control: max-age`, `<ttl>`) is no less than the wait, and
the operator's bounds hold above all. Since several links of one poll are one find, the wait settles
where about half of the polls find something.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from math import sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import tzinfo

#: As much of the past as counts.
WINDOW: Final = timedelta(weeks=4)

#: So many finds are expected when it is worth a look.
_WORTH = 0.5

#: What is believed before anything is known, in hours of observation: it fades within days.
_BELIEF = 3.0

_HOUR = timedelta(hours=1)
_AROUND = (-1, 0, 1)

_Slot = tuple[bool, int]  # on a weekend, hour of the day


def wait(
    finds: Iterable[datetime],
    now: datetime,
    *,
    since: datetime,
    least: timedelta,
    most: timedelta,
    hint: timedelta | None = None,
    zone: tzinfo = UTC,
) -> timedelta:
    """The time to the next look, from `least` to `most`.

    `finds` are the moments at which something new was found, watched `since` then; `hint` is what
    the source says of itself (`crawler.listing`).
    """
    begun = max(since, now - WINDOW)
    counted = Counter(_slot(at, zone) for at in finds if begun <= at <= now)
    watched = _watched(begun, now, zone)
    believed = _WORTH / (sqrt(least / most) * (most / _HOUR))

    def rate(at: datetime) -> float:
        around = list(_near(_slot(at, zone)))
        found, hours = (sum(of[slot] for slot in around) for of in (counted, watched))
        return (found + believed * _BELIEF) / (hours + _BELIEF)

    return min(max(_worth(now, most, rate), hint or timedelta(), least), most)


def _worth(now: datetime, most: timedelta, rate: Callable[[datetime], float]) -> timedelta:
    """The time until so much is expected that it is worth a look; `rate` is finds an hour."""
    expected, at = 0.0, now
    while at - now < most:
        left = _HOUR - timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
        hourly = rate(at)
        missing = timedelta(hours=min((_WORTH - expected) / hourly, 24.0))
        if missing <= left:
            return at + missing - now
        expected += hourly * (left / _HOUR)
        at += left
    return at - now


def _slot(at: datetime, zone: tzinfo) -> _Slot:
    local = at.astimezone(zone)
    return local.weekday() >= 5, local.hour


def _near(slot: _Slot) -> Iterator[_Slot]:
    """An hour and its neighbours, of the same kind of day."""
    weekend, hour = slot
    return ((weekend, (hour + off) % 24) for off in _AROUND)


def _watched(since: datetime, now: datetime, zone: tzinfo) -> Counter[_Slot]:
    """How many hours of each slot have been watched."""
    hours = int((now - since) / _HOUR)
    return Counter(_slot(now - number * _HOUR, zone) for number in range(hours))
