"""What a site could be polled by: `spiders.discover` says where to look, this looks there."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from crawler.decode import decode
from crawler.errors import BadStatus, CrawlError, FetchError, NotAListing
from crawler.fetch.request import request_for
from crawler.listing import Fetches, list_source
from crawler.source import Source
from presswatch.adding.explored import Explored
from spiders import discover
from spiders.kinds import KINDS
from spiders.listingparse import read_listing
from spiders.unzip import unzip

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from scrapy.http import Response

    from crawler.source import Link

T = TypeVar("T")

#: For looking everywhere; what has been found by then counts.
LIMIT = timedelta(minutes=2)

#: Requests for one candidate: an index of sitemaps and its newest children.
MOST_REQUESTS = 6


class Looks(Fetches, Protocol):
    """What exploring needs of `crawler.fetch.transport.Transport`."""

    async def sitemaps(self, url: str) -> tuple[str, ...]: ...


async def explore(
    transport: Looks,
    url: str,
    *,
    timezone: str,
    now: datetime,
    limit: timedelta = LIMIT,
    found: Explored | None = None,
) -> Explored:
    """Look for feeds, news sitemaps and a listing at a URL; `timezone` is for dates without one.

    `found` is filled while it looks, for whoever watches, and returned. Raises CrawlError when
    the page itself cannot be had.
    """
    explored = Explored() if found is None else found
    search = _Search(transport, explored, timezone, now)
    try:
        async with asyncio.timeout(limit.total_seconds()):
            await search.look(url)
    except TimeoutError:
        said = f"{url}: not all was tried within {limit.total_seconds():g} s"
        explored.misses.append(said)
    explored.candidates = discover.ranked(explored.candidates)
    return explored


class _Search:
    def __init__(self, transport: Looks, found: Explored, timezone: str, now: datetime) -> None:
        self._found, self.misses = found, found.misses
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
        self._found.asked.append(url)
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
                await self._judge("listing", url, listing)

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
                await self._judge(kind, url, links)
        return any(given)

    async def _links(self, kind: str, url: str) -> list[Link]:
        if url not in self._found.asked:
            self._found.asked.append(url)
        source = Source(name="new", url=url, kind=kind, pages=1)
        try:
            listed = await list_source(self._transport, KINDS[kind], source, {}, most=MOST_REQUESTS)
        except CrawlError as error:
            self.misses.append(str(error))
            return []
        return listed.links

    async def _judge(self, kind: str, url: str, links: list[Link]) -> None:
        """Off the loop: the dates of five hundred links take their time."""
        judge = partial(discover.judge, kind, url, links, page=self._page, **self._given)
        self._found.candidates.append(await asyncio.to_thread(judge))


def _text(response: Response) -> str:
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    return decode(unzip(response.body, response.url), content_type).text
