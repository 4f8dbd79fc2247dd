"""How everything stands, gathered once for all pages of a moment.

Every page says at its head whether all is well. Gathering that reads every source, so what was
gathered counts for `AGE`, or until something is done on the page. Only some pages want the sums of
the whole ledger. The head alone is content with what is `KEPT` times as old, and has it gathered
anew behind the page: who opens one now and then does not wait for ten thousand sources.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from presswatch.views.standing import gather

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from sqlite_utils import Database

    from presswatch.config.load import Outline
    from presswatch.views.standing import Standing

AGE: Final = timedelta(seconds=2)
KEPT: Final = 15


class Standings:
    """The last one that was gathered; safe to use from any thread."""

    def __init__(
        self,
        age: timedelta = AGE,
        *,
        behind: Callable[[Callable[[Database], None]], Future[None]] | None = None,
    ) -> None:
        """`behind` runs a look at the archive after the page; without it nothing is older."""
        self._age, self._behind = age, behind
        self._looking = False
        self._forgotten = 0  # times
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

    def of_head(self, db: Database, outline: Outline, now: datetime) -> Standing:
        """For the head of a page: what is known, if it is not too old; then another look begins."""
        with self._lock:
            known = [standing for config, standing in self._last.values() if config == outline]
            last = max(known, key=lambda standing: standing.now, default=None)
            fresh = last is not None and abs(now - last.now) < self._age
            if last is None or self._behind is None or abs(now - last.now) >= KEPT * self._age:
                last = None
            look = last is not None and not fresh and not self._looking
            self._looking = self._looking or look
            forgotten = self._forgotten
        if last is None or self._behind is None:
            return self.current(db, outline, now, sums=False)
        if look:
            self._behind(partial(self._look, outline, forgotten)).add_done_callback(self._looked)
        return last

    def _look(self, outline: Outline, forgotten: int, db: Database) -> None:
        """Gather for the next page, unless something was done on one meanwhile."""
        found = gather(db, outline, datetime.now(UTC), sums=False)
        with self._lock:
            if forgotten == self._forgotten:
                self._last[False] = outline, found

    def _looked(self, _: Future[None]) -> None:
        """Also where the archive could not be opened for it."""
        self._looking = False

    def forget(self) -> None:
        """Something was changed: who looks next sees it."""
        with self._lock:
            self._last = {}
            self._forgotten += 1
