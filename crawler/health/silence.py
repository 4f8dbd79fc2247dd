"""Whether a time without news is silence, by the finds of the same source before. Pure.

Finds are the moments at which a poll brought new links, ascending: what comes at one moment is one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)

WEEKS = 8  # of past that are looked at
_ENOUGH_WEEKS = 2
_A_MONTH = 4
#: Finds that a gap of this weekday and hour had in past weeks: were they left to chance, one gap
#: in e^12 would have none. In the leanest week but one, and in the last, there were some.
_MISSED = 12
_SOME = 4
#: For those that bring much at once and seldom: the longest gap so far, so many times.
_LONGER = 2.5
_ENOUGH_FINDS = 10
_LONG_SPAN = 4 * WEEK
_SHORTEST_GAP = 2 * DAY


def is_silence(finds: Sequence[datetime], until: datetime, first: datetime) -> bool:
    """Whether the gap from the last find to `until` is none that this source has; `first` poll."""
    return _missed(finds, until, first) or _overdue(finds, until, first)


def a_day(finds: Sequence[datetime], links: int) -> float:
    """Links a day; of a source that rests at weekends, on the days on which it does not."""
    span = (finds[-1] - finds[0]) / DAY + 1
    active = len({find.date() for find in finds})
    return links / (active if active > span / 2 else span)


def _missed(finds: Sequence[datetime], until: datetime, first: datetime) -> bool:
    """Whether the same days and hours of past weeks had finds, all of them."""
    gap = until - finds[-1]
    weeks = [
        bisect_left(finds, until - n * WEEK) - bisect_right(finds, finds[-1] - n * WEEK)
        for n in range(-(-gap // WEEK), WEEKS + 1)
        if finds[-1] - n * WEEK >= first
    ]
    if len(weeks) < _ENOUGH_WEEKS:
        return False
    lean = sorted(weeks)[1 if len(weeks) >= _A_MONTH else 0]  # one holiday in a month
    return median(weeks) >= _MISSED and lean >= _SOME and weeks[0] >= _SOME


def _overdue(finds: Sequence[datetime], until: datetime, first: datetime) -> bool:
    """Whether the gap is far longer than any before."""
    gap, span = until - finds[-1], finds[-1] - max(first, until - WEEKS * WEEK)
    if len(finds) < _ENOUGH_FINDS or span < _LONG_SPAN or gap < _SHORTEST_GAP:
        return False
    longest = max(later - earlier for earlier, later in pairwise(finds))
    return gap >= _LONGER * longest
