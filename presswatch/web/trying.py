"""Rules tried on the past for the page: the very matching of the service, for as long as it takes.

    look ─▶ is it under way or just done? ─▶ a thread of its own, one after the other ─▶ so far

A trial of thirty days may take longer than a page may: it goes on behind the page, which shows what
was found so far and looks again. It ends when nobody has looked for a while.
"""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final

from alerts.match import build, replay
from archive.connection import open_for_reading
from archive.lookup import count_revisions, last_revision, revision_before
from presswatch.views.trial import Tally
from presswatch.web.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, tzinfo
    from pathlib import Path

    from sqlite_utils import Database

    from alerts.rule import Rule

WAIT: Final = 0.7  # seconds that a page waits for a trial: nearly all are done by then
FORGOTTEN: Final = 30.0  # seconds without a look after which a trial is given up
KEPT: Final = 60.0  # seconds for which what was found counts
MOST: Final = 8  # trials that are remembered, under way or done


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What each rule would have sent, as far as the texts were looked at, the oldest first."""

    tallies: tuple[Tally, ...]
    texts: int  # that there are since then; of them the first `tallies[0].texts` were looked at
    since: datetime
    whole: bool  # all of them were


@dataclass(slots=True, kw_only=True)
class _Run:
    """A trial under way, or done."""

    rules: Sequence[Rule]
    since: datetime
    tallies: tuple[Tally, ...]
    looked: float  # when somebody looked last
    texts: int = 0
    ended: float | None = None
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def so_far(self) -> Trial:
        with self.lock:
            return Trial(
                tallies=tuple(tally.copy() for tally in self.tallies),
                texts=self.texts,
                since=self.since,
                whole=self.done.is_set(),
            )


class Trials:
    """The trials of a page; safe to use from any thread. `close` ends those under way."""

    def __init__(self, path: Path, clock: Callable[[], float] = monotonic) -> None:
        self._path, self._clock = path, clock
        self._lock, self._turn = threading.Lock(), threading.Lock()
        self._closing = threading.Event()
        self._runs: dict[object, _Run] = {}
        self._threads: set[threading.Thread] = set()

    def look(
        self, rules: Sequence[Rule], *, since: datetime, zone: tzinfo, wait: float = WAIT
    ) -> Trial:
        """What rules of different names would have sent for all that was archived since then.

        Begins where it is not under way. Raises Refused where too many are, and what reading the
        archive may raise.
        """
        key = since, tuple((rule.name, rule.query, rule.on, rule.sources) for rule in rules)
        with self._lock:
            self._tidy()
            run = self._runs.get(key)
            if run is None:
                run = self._runs[key] = self._begin(rules, since, zone)
            run.looked = self._clock()
        run.done.wait(wait)
        if run.error is not None:
            raise run.error
        return run.so_far()

    def close(self) -> None:
        """End all of them; within a batch of texts."""
        self._closing.set()
        for thread in list(self._threads):
            thread.join()

    def _tidy(self) -> None:
        now = self._clock()
        for key, run in list(self._runs.items()):
            if run.error is not None or (run.ended is not None and now - run.ended > KEPT):
                del self._runs[key]

    def _begin(self, rules: Sequence[Rule], since: datetime, zone: tzinfo) -> _Run:
        done = [key for key, run in self._runs.items() if run.done.is_set()]
        if len(self._runs) >= MOST and not done:
            raise Refused(cause="other rules are being tried; try again in a moment")
        if len(self._runs) >= MOST:
            del self._runs[done[0]]
        run = _Run(
            rules=rules,
            since=since,
            tallies=tuple(Tally(rule=rule.name, zone=zone) for rule in rules),
            looked=self._clock(),
        )
        thread = threading.Thread(target=self._run, args=(run, zone), name="web-trial", daemon=True)
        self._threads = {one for one in self._threads if one.is_alive()} | {thread}
        thread.start()
        return run

    def _run(self, run: _Run, zone: tzinfo) -> None:
        """In a thread of its own, while it is its turn: a trial takes a core."""
        try:
            with self._turn, closing(open_for_reading(self._path)) as db:
                self._try(run, zone, db)
        except Exception as error:  # noqa: BLE001 - as of a Future: whoever looks gets it
            run.error = error
        finally:
            run.ended = self._clock()
            run.done.set()

    def _try(self, run: _Run, zone: tzinfo, db: Database) -> None:
        run.texts = count_revisions(db, revision_before(db, run.since), last_revision(db))
        for step in replay.test(db, build(run.rules, zone), run.since):
            with run.lock:
                for tally in run.tallies:
                    tally.add(step)
            if self._closing.is_set() or self._clock() - run.looked > FORGOTTEN:
                raise Refused(cause="the trial was given up; try again")
