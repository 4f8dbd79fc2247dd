"""A source that is a page with links to articles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from spiders.listingparse import read_page
from spiders.paging import PagingSpider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Request
    from scrapy.http import Response

    from crawler.source import Link


class ListingSpider(PagingSpider):
    """Lists the links that `select` hits, else those that look like articles."""

    name = "listing"

    async def parse(self, response: Response) -> AsyncIterator[Link | Request]:
        """Links, and perhaps a request for the next page; raises NotAListing."""
        listing = await self.read(response, partial(read_page, select=self.source.select))
        for found in self.page(listing, response, 1):
            yield found
