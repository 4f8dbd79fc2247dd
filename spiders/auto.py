"""A source of which only the address is known: what comes decides how it is read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from crawler.errors import CrawlError, NotAListing
from spiders.discover import advertised_feeds
from spiders.feed import read_any_feed
from spiders.listingparse import Listing, read_page
from spiders.page import parse_html
from spiders.paging import PagingSpider
from spiders.sitemap import SitemapSpider
from spiders.sitemapparse import Sitemap, read_sitemap
from spiders.sniff import Shape, shape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Request
    from scrapy.http import Response
    from twisted.python.failure import Failure


def read_anything(text: str, url: str, select: str = "") -> Sitemap | Listing | str:
    """What the text lists, or the URL of the feed that the page advertises; raises NotAListing.

    A selector asks for the links of the page itself, whatever feed it advertises.
    """
    came = shape(text)
    if came in {Shape.FEED, Shape.JSON}:
        return Sitemap(links=read_any_feed(text, url))
    if came in {Shape.SITEMAP, Shape.URLS}:
        return read_sitemap(text, url)
    feed = "" if select else next(advertised_feeds(parse_html(text, url), url), "")
    return feed or read_page(text, url, select)


class AutoSpider(SitemapSpider, PagingSpider):
    """Lists what a feed, a sitemap, the feed of a page, or the page itself lists."""

    name = "auto"

    async def parse(self, response: Response, depth: int = 0) -> AsyncIterator[Any]:
        """Links, and requests for what lists them; raises NotAListing."""
        if depth:
            found: Sitemap | Listing | str = await self.read(response, read_sitemap)
        else:
            select = self.source.select
            found = await self.read(response, partial(read_anything, select=select))
        if isinstance(found, str):
            self.leads_on(response)
            yield self._feed_request(found, response)
        elif isinstance(found, Listing):
            for one in self.page(found, response, 1):
                yield one
        else:
            for item in self.take(found, response, depth):
                yield item

    async def parse_feed(self, response: Response, page: Response) -> AsyncIterator[Any]:
        """Links of the feed that a page advertises, or of the page itself where that is none.

        So too where the feed is sound but empty: some systems advertise one that nobody feeds.
        Raises NotAListing where neither lists anything.
        """
        try:
            found: list[Any] = await self.read(response, read_any_feed)
        except NotAListing as error:
            found = await self._instead(page, error)
        if not found:
            self.leads_on(response)  # unchanged, it would hide what the page lists
            found = await self._beside(page)
        for one in found:
            yield one

    async def feed_failed(self, failure: Failure, page: Response) -> AsyncIterator[Any]:
        """Links of the page whose feed could not be fetched; raises NotAListing."""
        error = failure.value
        if not isinstance(error, CrawlError):
            failure.raiseException()
        for found in await self._instead(page, error):
            yield found

    def _feed_request(self, url: str, page: Response) -> Request:
        request = self.request(url, self.parse_feed, page=page)
        return request.replace(errback=partial(self.feed_failed, page=page))

    async def _beside(self, page: Response) -> list[Any]:
        """What the page of an empty feed lists; nothing is no error, since the feed is sound."""
        try:
            return list(self.page(await self.read(page, read_page), page, 1))
        except NotAListing:
            return []

    async def _instead(self, page: Response, error: CrawlError) -> list[Any]:
        try:
            return list(self.page(await self.read(page, read_page), page, 1))
        except NotAListing as none:
            cause = f"{none.cause}; and the feed that it advertises failed ({error})"
            raise NotAListing(none.which, cause=cause, hint=none.hint) from error
