"""One poll of one source, as one coroutine under one time limit.

    lease ─▶ spider.start() ─▶ listing requests (conditional) ─▶ callbacks ─▶ links
          ─▶ ledger: which are new? ─▶ page ─▶ extract (worker process) ─▶ intake ─▶ archive
          ─▶ settle: report, next poll, validators, lease

The spider is an ordinary Scrapy spider; the engine drives it by itself through the one long-lived
crawler's downloader, so that no scheduler, duplicate filter or scraper stands between, and an
exception arrives where it belongs. Nothing here depends on this machine but the archive's file.
"""

from __future__ import annotations

import asyncio
import inspect
import uuid
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from scrapy import Request

from crawler import ledger
from crawler.errors import BadStatus, CrawlError, NotAListing, SourceUnknown, TimedOut
from crawler.pages import Extracts, Fetches, Pages
from crawler.source import Link, PollReport, Validators
from crawler.triage import triage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from scrapy import Spider
    from scrapy.http import Response

    from archive.store import Archive
    from crawler.settings import FetchOptions
    from crawler.source import PageReport, Source

log = structlog.get_logger()

#: Listing requests that one poll may make: index files and their children.
MAX_LISTINGS = 100

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
    links: list[Link] = field(default_factory=list)
    listings: int = 0
    unchanged: int = 0
    requests: int = 0
    found: int = 0
    pages: list[PageReport] = field(default_factory=list)
    validators: dict[str, Validators] = field(default_factory=dict)
    reason: str = ""
    error: str = ""
    not_before: datetime | None = None

    def failed_by(self, error: CrawlError) -> None:
        self.reason = str(error)
        self.error = type(error).__name__
        self.not_before = getattr(error, "until", None)

    def report(self, outcome: str) -> PollReport:
        return PollReport(
            id=self.id,
            source=self.source.name,
            started=self.started,
            took=datetime.now(UTC) - self.started,
            outcome=outcome,
            reason=self.reason,
            error=self.error,
            not_before=self.not_before,
            found=self.found,
            pages=tuple(self.pages),
            requests=self.requests,
            validators=tuple(self.validators.items()),
        )

    def outcome(self, *, listed: bool) -> str:
        if not listed:
            return "failed"
        if self.reason:
            return "partial"
        if self.unchanged and self.unchanged == self.listings and not self.pages:
            return "unchanged"
        return "ok"


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
    ) -> None:
        self._transport = transport
        self._archive = archive
        self._spiders = spiders
        self._options = options
        self._plan = plan
        self._pages = Pages(transport, workers, archive, options, on_filed=on_filed)

    async def poll(self, source: Source, *, owner: str) -> PollReport:
        """Poll a source once and settle the poll in the ledger.

        What goes wrong with the source is in the report; raises SourceBusy if another poll holds
        the source, SourceUnknown for a kind that has no spider.
        """
        if source.kind not in self._spiders:
            raise SourceUnknown(source.name, cause=f"there is no kind {source.kind!r}")
        poll = await self._begin(source, owner)
        listed = False
        try:
            async with asyncio.timeout(self._options.poll_limit.total_seconds()):
                await self._list(poll)
                listed = True
                await self._read(poll)
        except CrawlError as error:
            poll.failed_by(error)
        except TimeoutError:
            limit = f"the time limit of a poll, {self._options.poll_limit}, is over"
            poll.failed_by(TimedOut(source.url, cause=limit, hint="The rest follows next time"))
        except Exception as error:
            # The top of a loop: a fault of ours is the poll's reason, and ends no other poll.
            log.exception("poll.broken", source=source.name, poll=poll.id)
            poll.reason = f"fault in presswatch: {type(error).__name__}: {error}"
            poll.error = type(error).__name__
        except asyncio.CancelledError:
            poll.reason = "the service was stopped; the rest follows next time"
            await asyncio.shield(self._settle(poll, "partial" if listed else "failed"))
            raise
        return await self._settle(poll, poll.outcome(listed=listed))

    async def _begin(self, source: Source, owner: str) -> _Poll:
        started = datetime.now(UTC)
        until = started + self._options.poll_limit + LEASE_MARGIN
        lease = await self._archive.write(
            lambda db: ledger.lease(db, source, owner=owner, now=started, until=until)
        )
        return _Poll(id=uuid.uuid4().hex, source=source, started=started, lease=lease)

    # -------------------------------------------------------------- listing

    async def _list(self, poll: _Poll) -> None:
        """Collect the links of every listing; raises CrawlError if there are none to be had."""
        spider = self._spiders[poll.source.kind].from_crawler(
            self._transport.crawler, source=poll.source
        )
        requests = deque([request async for request in spider.start()])
        failure: CrawlError | None = None
        while requests and poll.listings < MAX_LISTINGS:
            try:
                requests.extend(await self._listing(poll, spider, requests.popleft()))
            except CrawlError as error:
                if not poll.listings:
                    raise
                failure = failure or error  # one child of an index: the others count
            poll.listings += 1
        if failure is not None:
            if not (poll.links or poll.unchanged):
                raise failure
            poll.failed_by(failure)

    async def _listing(self, poll: _Poll, spider: Spider, request: Request) -> list[Request]:
        """Fetch one listing, keep its links, return the requests that it leads to."""
        known = poll.lease.validators.get(request.url, Validators())
        if request.meta.get("listing"):
            _ask_conditionally(request, known)
        poll.requests += 1
        response = await self._transport.fetch(request)
        if response.status == 304:
            poll.unchanged += 1
            return []
        if response.status != 200:
            raise BadStatus(response.url, status=response.status)
        follow: list[Request] = []
        async for output in _outputs(spider, request, response):
            if isinstance(output, Link):
                poll.links.append(output)
            elif isinstance(output, Request):
                follow.append(output)
        if response.meta.get("listing"):
            poll.validators[request.url] = _validators(response)
        return follow

    # -------------------------------------------------------------- pages

    async def _read(self, poll: _Poll) -> None:
        """Write the links down, then read what waits: this poll's pages and older ones."""
        now = datetime.now(UTC)
        source, limit = poll.source, self._options.per_poll
        if poll.links:
            links, first = poll.links, poll.lease.first
            sorted_links = await self._archive.write(
                lambda db: triage(
                    db, source, links, poll=poll.id, now=now, first=first, limit=limit
                )
            )
            poll.found = sorted_links.listed
            poll.pages.extend(sorted_links.settled)
        ready = {link.url: link.page for link in poll.links if link.page is not None}
        waiting = await self._archive.read(
            lambda db: ledger.waiting(db, source.name, now=now, limit=limit)
        )
        if waiting:
            stopped_by = await self._pages.read_all(source, waiting, ready, poll.pages)
            poll.requests += len(poll.pages)
            if stopped_by is not None:
                poll.failed_by(stopped_by)

    # -------------------------------------------------------------- settling

    async def _settle(self, poll: _Poll, outcome: str) -> PollReport:
        failures = poll.lease.state.failures + 1 if outcome == "failed" else 0
        next_poll = self._plan(
            poll.source, failures=failures, started=poll.started, not_before=poll.not_before
        )
        report = replace(poll.report(outcome), next_poll=next_poll)
        await self._archive.write(
            lambda db: ledger.settle(db, report, poll.lease, next_poll=next_poll)
        )
        _tell(report)
        return report


def _tell(report: PollReport) -> None:
    if report.outcome == "failed":
        log.warning(
            "poll.failed", source=report.source, reason=report.reason, error=report.error,
            poll=report.id,
        )  # fmt: skip
        return
    tell = log.debug if report.outcome == "unchanged" else log.info
    tell(
        "poll.done", source=report.source, outcome=report.outcome, found=report.found,
        new=report.count("new"), revised=report.count("revised"), copies=report.count("copy"),
        same=report.count("same"), dropped=report.count("dropped"), failed=report.count("failed"),
        took_ms=report.took // timedelta(milliseconds=1), reason=report.reason, poll=report.id,
    )  # fmt: skip


def _ask_conditionally(request: Request, known: Validators) -> None:
    if known.etag:
        request.headers[b"If-None-Match"] = known.etag
    if known.last_modified:
        request.headers[b"If-Modified-Since"] = known.last_modified


def _validators(response: Response) -> Validators:
    return Validators(
        etag=(response.headers.get("ETag") or b"").decode("latin-1"),
        last_modified=(response.headers.get("Last-Modified") or b"").decode("latin-1"),
    )


async def _outputs(spider: Spider, request: Request, response: Response) -> AsyncIterator[Any]:
    """What a callback yields, whichever of Scrapy's four ways it is written in."""
    response.request = request
    callback = request.callback or spider.parse
    result = callback(response, **request.cb_kwargs)
    if inspect.iscoroutine(result):
        result = await result
    if result is None:
        return
    if hasattr(result, "__aiter__"):
        async for output in result:
            yield output
        return
    try:
        for output in result:
            yield output
    except TypeError as error:
        raise NotAListing(response.url, cause=f"the spider gave {type(result)!r}") from error
