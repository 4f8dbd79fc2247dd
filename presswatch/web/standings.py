"""How everything stands, gathered once for all pages of a moment.

Every page says at its head whether all is well. Gathering that reads every source, so what was
gathered counts for `AGE`, or until something is done on the page. Only some pages want the sums of
the whole ledger.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from presswatch.views.standing import gather

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from presswatch.config.load import Outline
    from presswatch.views.standing import Standing

AGE: Final = timedelta(seconds=2)


class Standings:
    """The last one that was gathered; safe to use from any thread."""

    def __init__(self, age: timedelta = AGE) -> None:
        self._age = age
        self._lock = threading.Lock()
        self._last: dict[bool, tuple[Outline, Standing]] = {}  # with sums, and without

    def current(
        self, db: Database, outline: Outline, now: datetime, *, sums: bool = True
    ) -> Standing:
        """As of now, or of a moment ago; without `sums` as its `gather` has it."""
        with self._lock:
            known = [self._last[kind] for kind in {True, sums} if kind in self._last]
        for config, standing in known:
            if config == outline and abs(now - standing.now) < self._age:
                return standing
        found = gather(db, outline, now, sums=sums)
        with self._lock:
            self._last[sums] = outline, found
        return found

    def forget(self) -> None:
        """Something was changed: who looks next sees it."""
        with self._lock:
            self._last = {}
