"""Reading the pages of a poll: fetch, extract, file, and write down what became of each."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import structlog

from archive.article import Outcome, Raw
from archive.store import file_article
from archive.urls import origin
from crawler import ledger
from crawler.ask import request_for
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
from crawler.intake import incoming
from crawler.source import Fate, PageReport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scrapy.http import Response
    from sqlite_utils import Database

    from archive.article import Filed, Incoming
    from archive.store import Archive
    from crawler.extract import Extracted
    from crawler.listing import Fetches
    from crawler.settings import FetchOptions
    from crawler.source import Page, Source

log = structlog.get_logger()

#: Pages of one poll that are in work at once: one on the wire, the others in the workers.
AT_ONCE = 4

#: These concern the whole site: going on to its next page would only repeat them.
_SITE_WIDE = (ToldToWait, RobotsUnknown, Unreachable)


class Extracts(Protocol):
    """What reading needs of `crawler.workers.Workers`."""

    async def extract(self, page: HtmlPage) -> Extracted: ...


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
    ) -> None:
        self._transport = transport
        self._workers = workers
        self._archive = archive
        self._options = options
        self._on_filed = on_filed

    async def read_all(
        self,
        source: Source,
        pages: Sequence[Page],
        ready: Mapping[str, Response],
        reports: list[PageReport],
    ) -> CrawlError | None:
        """Read every page, appending what became of each to `reports` as it happens.

        `ready` holds responses that the listing brought along. Returns the error that closed a
        site, if one did: the other pages of that site stay on the list as they are.
        """
        closed: dict[str, CrawlError] = {}
        queue = iter(pages)

        async def work() -> None:
            for page in queue:
                if origin(page.url) in closed:
                    continue
                try:
                    report = await self._read(source, page, ready.get(page.url), closed)
                except Exception as error:
                    # The top of a loop: what we cannot handle in one page must not cost the next.
                    log.exception("page.broken", source=source.name, url=page.url)
                    report = await self._not_filed(
                        source, page, Broken(page.url, cause=_fault(error))
                    )
                if report is not None:
                    reports.append(report)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(pages))):
                group.create_task(work())
        return next(iter(closed.values()), None)

    async def _read(
        self,
        source: Source,
        page: Page,
        response: Response | None,
        closed: dict[str, CrawlError],
    ) -> PageReport | None:
        try:
            response = response or await self._fetch(source, page)
            offered = await self._extract(source, page, response)
        except CrawlError as error:
            if isinstance(error, _SITE_WIDE):
                closed[origin(page.url)] = error
            if isinstance(error, ToldToWait):
                return None  # it says when to come: no try was made
            return await self._not_filed(source, page, error)
        return await self._file(source, page, offered)

    async def _file(self, source: Source, page: Page, offered: Incoming) -> PageReport:
        filed, report = await self._archive.write(lambda db: _file(db, source, page, offered))
        if filed.outcome is not Outcome.SAME:
            self._on_filed()
            log.info(
                "article.filed", source=source.name, outcome=str(filed.outcome),
                article=filed.article, title=offered.title, url=offered.url, reason=filed.reason,
                poll=page.poll,
            )  # fmt: skip
        return report

    async def _fetch(self, source: Source, page: Page) -> Response:
        response = await self._transport.fetch(request_for(source, page.url))
        if response.status != 200:
            raise BadStatus(page.url, status=response.status)
        if source.kind != "watch" and _is_front_page(page.url, response.url):
            raise Unreadable(page.url, cause="it redirects to the front page")
        return response

    async def _extract(self, source: Source, page: Page, response: Response) -> Incoming:
        fetched_at = datetime.now(UTC)
        extracted = await self._workers.extract(
            HtmlPage(
                html=response.body,
                url=response.url,
                content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
                timezone=source.timezone,
                fetched_at=fetched_at,
                title=page.title,
                published=page.published,
                author=page.author,
            )
        )
        raw = Raw(
            url=response.url,
            status=response.status,
            headers=_headers(response),
            body=response.body,
            fetched_at=fetched_at,
        )
        return incoming(source, page, raw, extracted)

    async def _not_filed(self, source: Source, page: Page, error: CrawlError) -> PageReport:
        fate = Fate.FAILED if error.passing else Fate.DROPPED
        report = PageReport(url=page.url, fate=fate, reason=str(error), title=page.title)
        now = datetime.now(UTC)
        await self._archive.write(lambda db: ledger.settle_page(db, source.name, report, now=now))
        event = "page.failed" if error.passing else "page.dropped"
        log.info(event, source=source.name, url=page.url, reason=str(error), poll=page.poll)
        return report


def _file(db: Database, source: Source, page: Page, offered: Incoming) -> tuple[Filed, PageReport]:
    """File the article and settle its page, in the one transaction of the caller."""
    now = datetime.now(UTC)
    filed = file_article(db, offered, now)
    report = PageReport(
        url=page.url,
        fate=Fate.FILED,
        reason=filed.reason,
        outcome=str(filed.outcome),
        article=filed.article,
        title=offered.title,
    )
    ledger.settle_page(db, source.name, report, now=now)
    return filed, report


def _fault(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _headers(response: Response) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )


def _is_front_page(asked: str, landed: str) -> bool:
    """A page that is gone often leads to the front page, which is no article."""
    parts = urlsplit(landed)
    return asked != landed and parts.path in {"", "/"} and not parts.query
