"""When an article is looked at again, and whether what came is still that article. Pure.

The schedule counts from the filing. Visits happen at polls: what has become due since the last
poll is one visit, and what a long pause has missed is not made up for.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from archive.urls import same_site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: A last visit that came to nothing is tried again so often, for so long after the schedule.
_AGAIN = timedelta(hours=6)
_GRACE = timedelta(hours=24)


def next_look(
    filed: datetime, now: datetime, schedule: Sequence[timedelta], *, seen: bool = True
) -> datetime | None:
    """The first visit of the schedule after `now`; None when it is over.

    Not `seen`, the page was gone or could not be had: then the last visit is repeated for a day,
    since what is gone by mistake comes back, and what only failed has not been looked at.
    """
    coming = [filed + after for after in schedule if filed + after > now]
    if coming:
        return min(coming)
    if seen or not schedule or now >= filed + max(schedule) + _GRACE:
        return None
    return now + _AGAIN


def moved_only(before: str, after: str) -> bool:
    """Whether a URL is the other with only scheme or ``www.`` changed."""
    one, other = urlsplit(before), urlsplit(after)
    return same_site(before, after) and (one.path, one.query) == (other.path, other.query)
