"""What all source spiders share.

    source → start(): a request for the listing → callback: Links, or requests for further listings

The crawl engine makes one instance for each poll inside one long-lived crawler; `scrapy crawl
feed -a url=…` makes one alone, prints the links as JSON lines and ends.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import scrapy

from crawler.decode import decode
from crawler.fetch.request import request_for
from spiders.arguments import source_from
from spiders.unzip import MAGIC, unzip

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.source import Source

T = TypeVar("T")

_AT_ONCE = 16 * 1024  # bytes; feedparser needs about 1 ms a KB of bare markup


class SourceSpider(scrapy.Spider):
    """A spider that lists the articles of one source."""

    #: Only `scrapy crawl` reads these: the engine's crawler belongs to no kind of source.
    custom_settings: ClassVar[dict[str, Any]] = {  # type: ignore[misc]
        "ITEM_PIPELINES": {"spiders.standalone.PrintLinks": 100}
    }

    source: Source  # set by from_crawler

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, *args: Any, source: Source | None = None, **arguments: Any
    ) -> Self:
        """A spider for `source`, or for a source made of ``-a`` arguments (url, select, …).

        Connects no signal: the crawler outlives its spiders by months.
        """
        spider = cls(*args)
        spider.source = source or source_from(cls.name, **arguments)
        spider.crawler = crawler
        spider.settings = crawler.settings
        return spider

    async def start(self) -> AsyncIterator[Any]:
        yield self.request(self.source.url, self.parse)

    def request(self, url: str, callback: Callable[..., Any], **more: Any) -> scrapy.Request:
        """A request for a listing; `more` goes to the callback."""
        request = request_for(self.source, url, callback=callback, listing=True)
        request.cb_kwargs.update(more)
        return request

    def leads_on(self, response: Response) -> None:
        """Mark a page that only leads to listings, so that it is never asked conditionally.

        Were its validators kept, an unchanged index would hide its changed children.
        """
        response.meta["listing"] = False

    def text(self, response: Response) -> str:
        """The body as text, whatever its headers claim; raises NotAListing for damaged gzip."""
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        return decode(unzip(response.body, response.url), content_type).text

    async def read(self, response: Response, reader: Callable[[str, str], T]) -> T:
        """``reader(text, url)``, in a thread where it would keep the loop waiting."""
        if len(response.body) <= _AT_ONCE and not response.body.startswith(MAGIC):
            return reader(self.text(response), response.url)
        return await asyncio.to_thread(lambda: reader(self.text(response), response.url))
