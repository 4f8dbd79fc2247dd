"""Turning the pages of a listing: how far, and when a calendar or a ring of pages ends."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from archive.urls import tidy
from crawler.errors import CrawlError, NotAListing
from crawler.fetch.request import request_for
from spiders.base import SourceSpider
from spiders.listingparse import read_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy import Request
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.source import Link
    from spiders.listingparse import Listing


class PagingSpider(SourceSpider):
    """A spider that follows a listing to its next pages, `pages` of its source at most.

    It turns no page twice, and stops at one that lists nothing that an earlier one did not: a
    calendar goes on for ever, but lists nothing. Requests for next pages say so in their meta
    (`next_page`), for whoever drives the spider may know that what they list is known.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.turned: set[str] = set()
        self.listed: set[str] = set()

    def page(self, listing: Listing, response: Response, number: int) -> Iterator[Link | Request]:
        """The links of a page that are on no earlier one, then the request for the next."""
        self.turned |= {tidy(response.url), tidy(self.source.url)}
        fresh = [link for link in listing.links if tidy(link.url) not in self.listed]
        self.listed |= {tidy(link.url) for link in fresh}
        yield from fresh
        turns = listing.following and tidy(listing.following) not in self.turned
        if fresh and turns and number < self.source.pages:
            self.turned.add(tidy(listing.following))
            yield self._turn(listing.following, number + 1)

    async def parse_next(self, response: Response, number: int) -> list[Link | Request]:
        """As `page`; a page that lists nothing is behind the last one."""
        read = partial(read_page, select=self.source.select, number=number)
        try:
            return list(self.page(await self.read(response, read), response, number))
        except NotAListing:
            return []

    def no_next(self, failure: Failure) -> None:
        """A page that is not there was the one behind the last; raises what is no CrawlError."""
        if not isinstance(failure.value, CrawlError):
            failure.raiseException()

    def _turn(self, url: str, number: int) -> Request:
        # Never asked conditionally: it is wanted when the page before it has changed.
        request = request_for(
            self.source, url, callback=self.parse_next, next_page=True, listing=False
        )
        request.cb_kwargs["number"] = number
        return request.replace(errback=self.no_next)
