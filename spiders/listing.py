"""A source that is a page with links to articles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from spiders.base import SourceSpider
from spiders.listingparse import read_listing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response

    from crawler.source import Link


class ListingSpider(SourceSpider):
    """Lists the links that `select` hits, else those that look like articles."""

    name = "listing"

    async def parse(self, response: Response) -> AsyncIterator[Link]:
        """Links; raises NotAListing."""
        for link in await self.read(response, partial(read_listing, select=self.source.select)):
            yield link
