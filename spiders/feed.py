"""A source that is an RSS, Atom or JSON feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spiders.base import SourceSpider
from spiders.feedparse import read_feed
from spiders.jsonfeed import read_json_feed
from spiders.sniff import Shape, shape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response

    from crawler.source import Link


def read_any_feed(text: str, url: str) -> list[Link]:
    """The entries of a feed of either family; raises NotAListing."""
    return read_json_feed(text, url) if shape(text) is Shape.JSON else read_feed(text, url)


class FeedSpider(SourceSpider):
    """Lists what a feed lists."""

    name = "feed"

    async def parse(self, response: Response) -> AsyncIterator[Link]:
        """Links to the entries; raises NotAListing."""
        for link in await self.read(response, read_any_feed):
            yield link
