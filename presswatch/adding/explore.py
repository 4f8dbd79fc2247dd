"""What a site could be polled by: `spiders.discover` says where to look, this looks there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from crawler.decode import decode
from crawler.errors import BadStatus, CrawlError, FetchError, NotAListing
from crawler.fetch.request import request_for
from crawler.listing import list_source
from crawler.source import Source
from spiders import discover
from spiders.kinds import KINDS
from spiders.listingparse import read_listing
from spiders.unzip import unzip

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scrapy.http import Response

    from crawler.fetch.transport import Transport
    from crawler.source import Link
    from spiders.discover import Candidate

T = TypeVar("T")

#: For looking everywhere; what has been found by then counts.
LIMIT = timedelta(minutes=2)

#: Requests for one candidate: an index of sitemaps and its newest children.
MOST_REQUESTS = 6


@dataclass(slots=True)
class Explored:
    """What was found, best first, and what came where nothing was found."""

    candidates: list[Candidate] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)


async def explore(
    transport: Transport, url: str, *, timezone: str, now: datetime, limit: timedelta = LIMIT
) -> Explored:
    """Look for feeds, news sitemaps and a listing at a URL; `timezone` is for dates without one.

    Raises CrawlError when the page itself cannot be had.
    """
    search = _Search(transport, timezone, now)
    try:
        async with asyncio.timeout(limit.total_seconds()):
            await search.look(url)
    except TimeoutError:
        search.misses.append(f"{url}: not all was tried within {limit.total_seconds():g} s")
    return Explored(discover.ranked(search.found), search.misses)


class _Search:
    def __init__(self, transport: Transport, timezone: str, now: datetime) -> None:
        self.found: list[Candidate] = []
        self.misses: list[str] = []
        self._transport = transport
        self._given: dict[str, Any] = {"timezone": timezone, "now": now}
        self._page = ""

    async def look(self, url: str) -> None:
        response = await self._fetch(url)
        self._page = url = response.url
        text = await self._tried(_text, response) or ""
        if kind := discover.listed_as(text):
            await self._try(kind, [url])
        else:
            await self._around(text, url)

    async def _fetch(self, url: str) -> Response:
        response = await self._transport.fetch(request_for(Source(name="new", url=url), url))
        if response.status != 200:
            raise BadStatus(response.url, status=response.status)
        return response

    async def _around(self, text: str, url: str) -> None:
        """A page: what it names, what usually stands beside it, and itself."""
        listing = await self._tried(read_listing, text, url) or []
        try:
            named = await self._tried(discover.on_page, text, url) or []
            if not await self._try("feed", named):
                usual = discover.usual_feeds(url)
                await self._try("feed", [place for place in usual if place not in named])
            await self._try("sitemap", await self._sitemaps(url))
        finally:  # also when time is up
            if listing:
                self._judge("listing", url, listing)

    async def _tried(self, reader: Callable[..., T], *given: Any) -> T | None:
        """What a reader makes of a page, off the loop; None, and the reason kept, if nothing."""
        try:
            return await asyncio.to_thread(reader, *given)
        except NotAListing as error:
            if str(error) not in self.misses:
                self.misses.append(str(error))
            return None

    async def _sitemaps(self, url: str) -> list[str]:
        try:
            named = await self._transport.sitemaps(url)
        except FetchError as error:
            self.misses.append(str(error))
            return []  # whoever cannot read robots.txt stays away
        return discover.sitemaps(named, url) or discover.well_known(url, discover.SITEMAP_PATHS)

    async def _try(self, kind: str, urls: list[str]) -> bool:
        """Whether one of the places lists something; requests to one site wait for each other."""
        given = await asyncio.gather(*(self._links(kind, url) for url in urls))
        for url, links in zip(urls, given, strict=True):
            if links:
                self._judge(kind, url, links)
        return any(given)

    async def _links(self, kind: str, url: str) -> list[Link]:
        source = Source(name="new", url=url, kind=kind, pages=1)
        try:
            listed = await list_source(self._transport, KINDS[kind], source, {}, most=MOST_REQUESTS)
        except CrawlError as error:
            self.misses.append(str(error))
            return []
        return listed.links

    def _judge(self, kind: str, url: str, links: list[Link]) -> None:
        self.found.append(discover.judge(kind, url, links, page=self._page, **self._given))


def _text(response: Response) -> str:
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return decode(unzip(response.body, response.url), content_type).text
