"""A source that is a sitemap, or an index of sitemaps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from spiders.base import SourceSpider
from spiders.sitemapparse import (
    MOST_CHILDREN,
    MOST_LINKS,
    Sitemap,
    choose,
    fresh,
    read_sitemap,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from scrapy.http import Response

DEEPEST = 3  # an index of indexes of sitemaps


class SitemapSpider(SourceSpider):
    """Lists what a sitemap and its recently changed children list."""

    name = "sitemap"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked: set[str] = set()
        self.room = MOST_LINKS

    async def parse(self, response: Response, depth: int = 0) -> AsyncIterator[Any]:
        """Links, and requests for child sitemaps; raises NotAListing."""
        sitemap = await self.read(response, read_sitemap)
        for found in self.take(sitemap, response, depth):
            yield found

    def take(self, sitemap: Sitemap, response: Response, depth: int) -> Iterator[Any]:
        """What to do with one sitemap, within the limits of the whole poll."""
        now, backlog = datetime.now(UTC), self.source.backlog
        links = fresh(sitemap, now, backlog)[: self.room]
        self.room -= len(links)
        yield from links
        if sitemap.children:
            self.leads_on(response)
        if depth >= DEEPEST:
            return
        for child in choose(sitemap.children, now, backlog):
            if len(self.asked) < MOST_CHILDREN and child.url not in self.asked:
                self.asked.add(child.url)
                yield self.request(child.url, self.parse, depth=depth + 1)
