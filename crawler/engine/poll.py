"""One poll of one source, as one coroutine under one time limit.

    lease ─▶ listing: the spider's requests ─▶ links ─▶ triage: which are new?
          ─▶ pages: fetch ─▶ extract (worker process) ─▶ intake ─▶ archive
          ─▶ settle: report, next poll, validators, lease

Nothing here depends on this machine but the archive's file.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

import structlog

from archive.errors import ArchiveFull
from crawler import ledger
from crawler.engine import rhythm
from crawler.engine.pages import Pages
from crawler.engine.triage import goes_on, triage
from crawler.errors import CrawlError, SourceUnknown, TimedOut
from crawler.listing import Listed, list_source
from crawler.source import PollReport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scrapy import Spider
    from sqlite_utils import Database

    from archive.store import Archive
    from crawler.engine.triage import Triaged
    from crawler.extract.lanes import Extracts
    from crawler.listing import Fetches
    from crawler.settings import FetchOptions
    from crawler.source import Link, Page, PageReport, Source

log = structlog.get_logger()

#: How long after the time limit of a poll its lease ends, should the process die.
LEASE_MARGIN = timedelta(minutes=1)


class Plans(Protocol):
    """When to poll next: `(source, failures in a row, started, not before)` → time."""

    def __call__(
        self, source: Source, *, failures: int, started: datetime, not_before: datetime | None
    ) -> datetime: ...


@dataclass(slots=True)
class _Poll:
    """What one poll has come to so far; becomes its report."""

    id: str
    source: Source
    started: datetime
    lease: ledger.Lease
    todo: list[Page]  # what waited when the lease was taken
    listed: Listed | None = None  # None until the source has answered
    noted: bool = False  # the links are in the ledger: the listing need not be read again
    found: int = 0
    read: int = 0  # pages that were asked for
    pages: list[PageReport] = field(default_factory=list)
    reason: str = ""
    error: str = ""
    not_before: datetime | None = None
    ended: datetime | None = None

    def failed_by(self, error: CrawlError) -> None:
        self.reason = str(error)
        self.error = type(error).__name__
        self.not_before = getattr(error, "until", None)

    def broken_by(self, error: Exception) -> bool:
        """A fault of ours, or of the disk, which counts where both are there; True if it is."""
        full = _full_in(error)
        if full is not None:
            self.reason = f"no room ({full.cause}); the rest follows"
            self.error = type(full).__name__
            return True
        self.reason = f"fault in presswatch: {type(error).__name__}: {error}"
        self.error = type(error).__name__
        return False

    def outcome(self) -> str:
        if self.listed is None:
            return "failed"
        if self.reason:
            return "partial"
        return "unchanged" if self.listed.nothing_changed and not self.pages else "ok"

    def report(self, next_poll: datetime) -> PollReport:
        listed = self.listed or Listed()
        return PollReport(
            id=self.id,
            source=self.source.name,
            started=self.started,
            took=(self.ended or self.started) - self.started,
            outcome=self.outcome(),
            reason=self.reason,
            error=self.error,
            not_before=self.not_before,
            next_poll=next_poll,
            found=None if self.listed and self.listed.nothing_changed else self.found,
            pages=tuple(self.pages),
            requests=listed.requests + self.read,
            hint=listed.hint,
            validators=tuple(listed.validators.items()) if self.noted else (),
        )


class Engine:
    """Polls sources; `spiders` maps a kind to its spider class."""

    def __init__(
        self,
        transport: Fetches,
        workers: Extracts,
        archive: Archive,
        spiders: Mapping[str, type[Spider]],
        options: FetchOptions,
        *,
        plan: Plans,
        on_filed: Callable[[], None] = lambda: None,
        on_change: Callable[[FetchOptions], None] = lambda _: None,
        clean: Callable[[str], str] = str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._transport = transport
        self._on_change = on_change
        self._archive = archive
        self._spiders = spiders
        self._options = options
        self._plan = plan
        self._clock = clock
        self._clean = clean
        self._pages = Pages(
            transport, workers, archive, options, on_filed=on_filed, clean=clean, clock=clock
        )

    def change(self, options: FetchOptions) -> None:
        """Go by other options from the next poll, request and page on.

        Raises what `on_change` raises, and nothing has changed then.
        """
        self._on_change(options)
        self._options = options
        self._pages.change(options)

    async def poll(self, source: Source, *, owner: str) -> PollReport:
        """Poll a source once and settle the poll in the ledger.

        What goes wrong with the source is in the report; raises SourceBusy if another poll holds
        the source, SourceUnknown for a kind that has no spider.
        """
        if source.kind not in self._spiders:
            raise SourceUnknown(source.name, cause=f"there is no kind {source.kind!r}")
        poll = await self._begin(source, owner)
        named = structlog.contextvars.bind_contextvars(poll=poll.id)
        try:
            return await self._carry_out(poll)
        finally:
            structlog.contextvars.reset_contextvars(**named)

    async def _carry_out(self, poll: _Poll) -> PollReport:
        """List, read and settle. What is logged meanwhile names the poll, in its tasks as well."""
        source = poll.source
        try:
            async with asyncio.timeout(self._options.poll_limit.total_seconds()):
                poll.listed = await self._list(poll)
                await self._read(poll, poll.listed)
        except CrawlError as error:
            poll.failed_by(error)
        except TimeoutError:
            limit = f"the time limit of a poll, {self._options.poll_limit}, is over"
            poll.failed_by(TimedOut(source.url, cause=limit, hint="The rest follows next time"))
        except Exception as error:
            # The top of a loop: a fault of ours is the poll's reason, and ends no other poll.
            if not poll.broken_by(error):
                log.exception("poll.broken", source=source.name)
        except asyncio.CancelledError:
            poll.reason = "the service was stopped; the rest follows next time"
            await asyncio.shield(self._settle(poll))
            raise
        return await self._settle(poll)

    async def _begin(self, source: Source, owner: str) -> _Poll:
        started = self._clock()
        until = started + self._options.poll_limit + LEASE_MARGIN

        def take(db: Database) -> tuple[ledger.Lease, list[Page]]:
            lease = ledger.lease(db, source, owner=owner, now=started, until=until)
            return lease, self._waiting(db, source, started)

        # Without power nobody polls, and every lease is over.
        lease, todo = await self._archive.write(take, durable=False)
        return _Poll(id=uuid.uuid4().hex, source=source, started=started, lease=lease, todo=todo)

    async def _list(self, poll: _Poll) -> Listed:
        """What the source lists; the next pages of a listing only while it is news to us.

        Or after a poll that came to no end, for it may have been a next page that failed. Spiders
        pass over what is older than the backlog; what happened while we were away is not.
        """
        away = poll.started - (poll.lease.state.last_ok or poll.started)
        source = poll.source
        if away > source.backlog:
            source = replace(source, backlog=away)
        unfinished = poll.lease.state.last_outcome == "partial"

        async def turns(links: Sequence[Link]) -> bool:
            return unfinished or await self._archive.read(lambda db: goes_on(db, source, links))

        spider, validators = self._spiders[source.kind], poll.lease.validators
        if source.kind == "watch" and poll.todo:  # nobody else can bring what waits: see `_read`
            validators = {}
        return await list_source(self._transport, spider, source, validators, turns=turns)

    # -------------------------------------------------------------- pages

    async def _read(self, poll: _Poll, listed: Listed) -> None:
        """Write the links down, then read what waits: this poll's pages and older ones.

        What is left of the limit goes to filed pages that are to be looked at again. A watched
        page is what its spider brought: the page as it is fetched is more than the selected part.
        """
        waiting = await self._noted(poll, listed.links) if listed.links else poll.todo
        poll.noted = True
        ready = {link.url: link.page for link in listed.links if link.page is not None}
        if poll.source.kind == "watch":
            waiting = [page for page in waiting if page.url in ready]
        failure = listed.failure
        if waiting:
            poll.read = sum(page.url not in ready for page in waiting)
            closed = await self._pages.read_all(poll.source, waiting, ready, poll.pages)
            failure = closed or failure
        if failure is not None:
            poll.failed_by(failure)

    async def _noted(self, poll: _Poll, links: Sequence[Link]) -> list[Page]:
        """Write the links down; the pages that wait then."""
        now, source, limit = self._clock(), poll.source, self._options.per_poll

        def note(db: Database) -> tuple[Triaged, list[Page]]:
            first = poll.lease.first
            triaged = triage(db, source, links, poll=poll.id, now=now, first=first, limit=limit)
            return triaged, self._waiting(db, source, now)

        triaged, waiting = await self._archive.write(note)
        poll.found = triaged.listed
        poll.pages.extend(triaged.settled)
        return waiting

    def _waiting(self, db: Database, source: Source, now: datetime) -> list[Page]:
        limit = self._options.per_poll
        pages = ledger.waiting(db, source.name, now=now, limit=limit)
        left = limit - len(pages)
        if left and self._pages.schedule(source):
            pages += ledger.due(db, source.name, now=now, limit=left)
        return pages

    async def _paced(self, poll: _Poll) -> Source:
        """The source with the interval that its rhythm asks for now, where it is paced by that."""
        source, state, now = poll.source, poll.lease.state, poll.started
        least, most = source.every_min, source.every_max
        if least is None or most is None:
            return source
        hint = poll.listed.hint if poll.listed else None
        finds = await self._archive.read(lambda db: ledger.finds(db, source, now - rhythm.WINDOW))
        every = rhythm.wait(
            finds,
            now,
            since=state.first_polled or now,
            least=least,
            most=most,
            hint=hint or state.hint,
            zone=ZoneInfo(source.timezone),
        )
        return replace(source, every=every)

    async def _settle(self, poll: _Poll) -> PollReport:
        poll.ended = self._clock()
        poll.reason = self._clean(poll.reason)
        failures = poll.lease.state.failures + 1 if poll.outcome() == "failed" else 0
        source = await self._paced(poll)
        next_poll = self._plan(
            source, failures=failures, started=poll.started, not_before=poll.not_before
        )
        report = poll.report(next_poll)
        await self._archive.write(
            lambda db: ledger.settle(db, report, poll.lease, next_poll=next_poll),
            durable=report.outcome != "unchanged",  # which would at worst be polled once more
        )
        _tell(report)
        return report


def _full_in(error: BaseException) -> ArchiveFull | None:
    """The want of room in an error, or in a group of them."""
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(_full_in, error.exceptions)), None)
    return error if isinstance(error, ArchiveFull) else None


def _tell(report: PollReport) -> None:
    if report.outcome == "failed":
        log.warning(
            "poll.failed", source=report.source, reason=report.reason, error=report.error,
            poll=report.id,
        )  # fmt: skip
        return
    tell = log.debug if report.outcome == "unchanged" else log.info
    tell(
        "poll.done", source=report.source, outcome=report.outcome, found=report.found or 0,
        new=report.count("new"), revised=report.count("revised"), copies=report.count("copy"),
        same=report.count("same"), dropped=report.count("dropped"), failed=report.count("failed"),
        took_ms=report.took // timedelta(milliseconds=1), reason=report.reason, poll=report.id,
    )  # fmt: skip
