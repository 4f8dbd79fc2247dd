"""How everything stands, gathered once for all pages of a moment.

Every page says at its head whether all is well. Gathering that reads every source and the sums of
the ledger, so what was gathered counts for `AGE`, or until something is done on the page.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from presswatch.standing import gather

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from presswatch.config.load import Outline
    from presswatch.standing import Standing

AGE: Final = timedelta(seconds=2)


class Standings:
    """The last one that was gathered; safe to use from any thread."""

    def __init__(self, age: timedelta = AGE) -> None:
        self._age = age
        self._lock = threading.Lock()
        self._last: tuple[Outline, Standing] | None = None

    def current(self, db: Database, outline: Outline, now: datetime) -> Standing:
        """As of now, or of a moment ago."""
        with self._lock:
            last = self._last
        if last and last[0] == outline and abs(now - last[1].now) < self._age:
            return last[1]
        found = gather(db, outline, now)
        with self._lock:
            self._last = outline, found
        return found

    def forget(self) -> None:
        """Something was changed: who looks next sees it."""
        with self._lock:
            self._last = None
