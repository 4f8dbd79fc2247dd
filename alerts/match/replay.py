"""The past once more, through the very matching that the live loop does.

    test       what rules would have sent, had they been there from `since` on   (Memory)
    preview    what a replay would send now, after all that was told already     (Memory + ledger)
    send       that, queued: one transaction a batch                             (Ledger)

All three read the archive's revisions in the order of commit, `match.BATCH` at a time, and settle
them with `alerts.match.settle`; the dry ones only those that the index does not rule out. Roots of
stories are those of now, the only ones that are kept: two stories that were told apart and joined
later are one in a trial.

A replay ends at the cursor of the live loop: what stands behind it has not been matched yet and is
matched as news. Replaying again queues nothing, since the ledger knows what was told.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from alerts import matches, mute
from alerts.match import firing
from alerts.match.books import Ledger, Memory
from archive.lookup import (
    count_revisions,
    last_revision,
    revision_before,
    revisions_after,
    revisions_of,
)
from archive.screen import possible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlite_utils import Database

    from alerts.decide import Told
    from alerts.match.books import Books
    from alerts.match.candidate import Candidate, Written
    from alerts.match.firing import Matcher
    from alerts.rule import Rule
    from archive.article import Revision
    from archive.store import Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A stretch of the past: how many texts it has, read or ruled out, and what came of it."""

    texts: int
    written: tuple[Written, ...]


def test(db: Database, matcher: Matcher, since: datetime) -> Iterator[Step]:
    """What the rules would have sent for all that was archived since, by themselves alone."""
    return _dry(db, matcher, since, last_revision(db), Memory())


def preview(
    db: Database, matcher: Matcher, since: datetime, now: datetime | None = None
) -> Iterator[Step]:
    """What `send` would queue now; nothing is written."""
    now = now or datetime.now(UTC)

    def told(rule: Rule, revision: Revision, root: int) -> Told:
        return matches.told(db, rule.name, revision, root)

    def muted(rule: Rule, revision: Revision, root: int) -> bool:
        return mute.covering(db, rule.name, revision.source, root, now) is not None

    return _dry(db, matcher, since, matches.cursor(db), Memory(before=told, mutes=muted))


async def send(
    archive: Archive, matcher: Matcher, since: datetime, now: datetime
) -> AsyncIterator[Step]:
    """Queue what was not told, marked as replayed, for all that the live loop has passed.

    Each step is committed when it comes. May run beside the service and beside itself.
    """
    after, stop = await archive.read(lambda db: (revision_before(db, since), matches.cursor(db)))
    while revisions := await archive.read(partial(_batch, after=after, stop=stop)):
        after = revisions[-1].id
        fresh = [revision for revision in revisions if revision.seen >= since]
        candidates = await asyncio.to_thread(matcher.candidates, fresh)

        def job(db: Database, candidates: list[Candidate] = candidates) -> list[Written]:
            books = Ledger(db=db, zone=matcher.zone, now=now, replayed=True)
            return firing.settle(candidates, books)

        yield Step(texts=len(fresh), written=tuple(await archive.write(job)))


def _dry(
    db: Database, matcher: Matcher, since: datetime, stop: int, books: Books
) -> Iterator[Step]:
    passed = revision_before(db, since)
    for revisions in _screened(db, matcher, passed, stop):
        fresh = [revision for revision in revisions if revision.seen >= since]
        written = firing.settle(matcher.candidates(fresh), books)
        last = revisions[-1].id
        yield Step(texts=count_revisions(db, passed, last), written=tuple(written))
        passed = last
    if ruled_out := count_revisions(db, passed, stop):
        yield Step(texts=ruled_out, written=())


def _screened(db: Database, matcher: Matcher, after: int, stop: int) -> Iterator[list[Revision]]:
    """The revisions that a rule may hold for, a batch at a time."""
    ids = possible(db, matcher.queries, after, stop)
    if ids is None:
        while revisions := _batch(db, after=after, stop=stop):
            after = revisions[-1].id
            yield revisions
        return
    for start in range(0, len(ids), firing.BATCH):
        revisions = revisions_of(db, ids[start : start + firing.BATCH])
        if revisions:  # some may have been let go of meanwhile
            yield revisions


def _batch(db: Database, *, after: int, stop: int) -> list[Revision]:
    revisions = revisions_after(db, after, firing.BATCH)
    return [revision for revision in revisions if revision.id <= stop]
