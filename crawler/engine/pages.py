"""Reading the pages of a poll: fetch, extract, file, and write down what became of each."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from archive.article import Outcome, Raw
from archive.errors import ArchiveFull
from archive.urls import origin
from crawler import ledger
from crawler.engine.again import Again
from crawler.engine.manner import Manners
from crawler.engine.revisits import next_look
from crawler.engine.together import AT_ONCE, Together
from crawler.errors import (
    BadStatus,
    Broken,
    CrawlError,
    RobotsUnknown,
    ToldToWait,
    Unreachable,
    Unreadable,
)
from crawler.extract import Page as HtmlPage
from crawler.extract.lanes import Lanes
from crawler.extract.parts import missed
from crawler.fetch.request import make_conditional, request_for, validators_of
from crawler.intake import feedtext, incoming
from crawler.intake.habits import file_clean
from crawler.source import Fate, PageReport, Validators

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from scrapy.http import Response
    from sqlite_utils import Database

    from archive.article import Filed, Incoming
    from archive.store import Archive
    from crawler.extract.lanes import Extracts
    from crawler.listing import Fetches
    from crawler.settings import FetchOptions
    from crawler.source import Page, Parts, Source

log = structlog.get_logger()

#: These concern the whole site: going on to its next page would only repeat them.
_SITE_WIDE = (ToldToWait, RobotsUnknown, Unreachable)


class Pages:
    """Reads listed pages; one instance serves every source."""

    def __init__(
        self,
        transport: Fetches,
        workers: Extracts,
        archive: Archive,
        options: FetchOptions,
        *,
        on_filed: Callable[[], None],
        clock: Callable[[], datetime],
        clean: Callable[[str], str] = str,
    ) -> None:
        self._clean = clean
        self._transport = transport
        self._lanes = Lanes(workers)
        self._archive = archive
        self._options = options
        self._on_filed = on_filed
        self._clock = clock
        self._again = Again(archive, clock)
        self._manners = Manners(archive, self._lanes)

    def change(self, options: FetchOptions) -> None:
        """Go by other options from now on."""
        self._options = options

    def schedule(self, source: Source) -> tuple[timedelta, ...]:
        """How long after its filing a page of this source is looked at again."""
        if source.kind == "watch":  # it is read at every poll
            return ()
        return self._options.revisit if source.revisit is None else source.revisit

    async def read_all(
        self,
        source: Source,
        pages: Sequence[Page],
        ready: Mapping[str, Response],
        reports: list[PageReport],
    ) -> CrawlError | None:
        """Read every page, appending what became of each to `reports` as it happens.

        `ready` holds responses that the listing brought along. Returns the error that closed a
        site, if one did: the other pages of that site stay on the list as they are. Filed pages
        are looked at again, and reported only where that came to something.
        """
        together, queue = Together(), iter(pages)

        async def work() -> None:
            for page in queue:
                if origin(page.url) not in together.closed:
                    with together.reading():
                        report = await self._safely(source, page, ready.get(page.url), together)
                    if report is not None:
                        reports.append(report)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(pages))):
                group.create_task(work())
        return next(iter(together.closed.values()), None)

    async def _safely(
        self,
        source: Source,
        page: Page,
        response: Response | None,
        together: Together,
    ) -> PageReport | None:
        """As `_read`; what we cannot handle in one page must not cost the next."""
        try:
            return await self._read(source, page, response, together)
        except ArchiveFull:
            raise  # no fault of the page: it waits as it is
        except Exception as error:
            log.exception("page.broken", source=source.name, url=page.url)
            broken = Broken(page.url, cause=_fault(error))
            return await self._not_read(source, page, broken, together)

    async def _read(
        self,
        source: Source,
        page: Page,
        response: Response | None,
        together: Together,
    ) -> PageReport | None:
        try:
            response = response or await self._fetch(source, page)
            if page.fate == Fate.FILED and await self._again.is_same(page, response):
                return await self._again.unchanged(page, response, self.schedule(source))
            offered, quiet = await self._extract(source, page, response)
        except CrawlError as error:
            if isinstance(error, _SITE_WIDE):
                together.closed[origin(page.url)] = error
            if isinstance(error, ToldToWait):
                return None  # it says when to come: no try was made
            return await self._not_read(source, page, error, together)
        validators = validators_of(response)
        if page.fate == Fate.FILED:
            return await self._refile(source, page, offered, validators, quiet=quiet)
        if quiet:
            offered = replace(offered, quiet=True)
        return await self._file(source, page, offered, validators, together)

    async def _not_read(
        self, source: Source, page: Page, error: CrawlError, together: Together
    ) -> PageReport | None:
        if page.fate == Fate.FILED:
            return await self._again.missed(page, error, self.schedule(source))
        if page.content and (not error.passing or ledger.gives_up(page.attempts + 1)):
            try:
                offered = await self._read_feed(source, page, error)
            except CrawlError:
                log.debug("page.feed_unused", source=source.name, url=page.url, exc_info=True)
            else:
                return await self._file(source, page, offered, None, together)
        return await self._not_filed(source, page, error)

    async def _read_feed(self, source: Source, page: Page, error: CrawlError) -> Incoming:
        now = self._clock()
        extracted = await self._lanes.extract(
            source.name,
            _html_page(source, page, feedtext.document(page), feedtext.CONTENT_TYPE, now),
        )
        return feedtext.article(source, page, extracted, error, now)

    async def _refile(
        self,
        source: Source,
        page: Page,
        offered: Incoming,
        validators: Validators,
        *,
        quiet: bool,
    ) -> PageReport | None:
        schedule = self.schedule(source)
        done = await self._again.refile(page, offered, validators, schedule, quiet=quiet)
        if done.filed is not None and done.filed.outcome is not Outcome.SAME:
            self._tell(source, offered, done.filed)
        return done.report

    async def _file(
        self,
        source: Source,
        page: Page,
        offered: Incoming,
        validators: Validators | None,
        together: Together,
    ) -> PageReport:
        """File an article; `validators` None: its page could not be had, and is left alone."""
        now = self._clock()
        schedule = () if validators is None else self.schedule(source)

        def job(db: Database) -> tuple[Filed, PageReport]:
            filed, report = _file(db, page, offered, now)
            # Whoever filed an article looks at it again, and nobody else does.
            first = filed.outcome in {Outcome.NEW, Outcome.COPY}
            look = next_look(now, now, schedule) if first else None
            answered = validators or Validators()
            ledger.settle_page(db, source.name, report, now=now, validators=answered, look=look)
            return filed, report

        with together.filing() as company:
            filed, report = await self._archive.write(job, patient=company)
        if filed.outcome is not Outcome.SAME:
            self._tell(source, offered, filed)
        return report

    def _tell(self, source: Source, offered: Incoming, filed: Filed) -> None:
        self._on_filed()
        log.info(
            "article.filed", source=source.name, outcome=str(filed.outcome),
            article=filed.article, title=offered.title, url=offered.url, reason=filed.reason,
        )  # fmt: skip

    async def _fetch(self, source: Source, page: Page) -> Response:
        request = request_for(source, page.url)
        make_conditional(request, page.validators)  # of a filed page; others have none
        response = await self._transport.fetch(request)
        if response.status == 304 and page.fate == Fate.FILED:
            return response
        if response.status != 200:
            raise BadStatus(page.url, status=response.status)
        if _is_front_page(page.url, response.url):
            raise Unreadable(page.url, cause="it redirects to the front page")
        return response

    async def _extract(
        self, source: Source, page: Page, response: Response
    ) -> tuple[Incoming, bool]:
        """What the page says, and whether it differs from before only by how it is read."""
        fetched_at = self._clock()
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        html = _html_page(
            source, page, response.body, content_type, fetched_at,
            url=response.url, parts=source.parts,
        )  # fmt: skip
        extracted = await self._lanes.extract(source.name, html)
        if selector := missed(extracted.evidence):
            log.warning("page.text_missed", source=source.name, url=page.url, text=selector)
        raw = Raw(
            url=response.url,
            status=response.status,
            headers=_headers(response),
            body=response.body,
            fetched_at=fetched_at,
        )
        offered = incoming(source, page, raw, extracted)
        return offered, await self._manners.alone_changed(source, page, html, offered)

    async def _not_filed(self, source: Source, page: Page, error: CrawlError) -> PageReport:
        fate = Fate.FAILED if error.passing else Fate.DROPPED
        report = PageReport(
            url=page.url,
            fate=fate,
            reason=self._clean(str(error)),
            title=page.title,
            error=type(error).__name__,
        )
        now = self._clock()
        await self._archive.write(lambda db: ledger.settle_page(db, source.name, report, now=now))
        event = "page.failed" if error.passing else "page.dropped"
        log.info(event, source=source.name, url=page.url, reason=str(error))
        return report


def _html_page(
    source: Source,
    page: Page,
    html: bytes,
    content_type: str,
    fetched_at: datetime,
    *,
    url: str = "",
    parts: Parts | None = None,
) -> HtmlPage:
    """What the workers read: the document, where it came from, and what the listing said of it."""
    return HtmlPage(
        html=html,
        url=url or page.url,
        content_type=content_type,
        timezone=source.timezone,
        fetched_at=fetched_at,
        title=page.title,
        published=page.published,
        author=page.author,
        parts=parts,
    )


def _file(db: Database, page: Page, offered: Incoming, now: datetime) -> tuple[Filed, PageReport]:
    """File the article in the transaction of the caller, and what is to be said of its page."""
    filed = file_clean(db, offered, now)
    report = PageReport(
        url=page.url,
        fate=Fate.FILED,
        reason=filed.reason,
        outcome=str(filed.outcome),
        article=filed.article,
        title=offered.title,
        length=len(offered.text),
        dated=offered.published is not None,
    )
    return filed, report


def _fault(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _headers(response: Response) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in dict.items(response.headers)  # theirs looks each name up anew
        for value in values
    )


def _is_front_page(asked: str, landed: str) -> bool:
    """A page that is gone often leads to the front page, which is no article."""
    if asked == landed:
        return False
    parts = urlsplit(landed)
    return parts.path in {"", "/"} and not parts.query
