"""What all source spiders share.

    source → start(): a request for the listing → callback: Links, or requests for further listings

The crawl engine makes one instance for each poll inside one long-lived crawler; `scrapy crawl
feed -a url=…` makes one alone, prints the links as JSON lines and ends.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

import scrapy

from archive.urls import origin
from crawler.decode import decode
from spiders.arguments import source_from

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from typing import Self

    from crawler.source import Source

P = ParamSpec("P")
T = TypeVar("T")

_AT_ONCE = 64 * 1024  # bytes; parsed in the loop in a few milliseconds


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
        """A request for a listing: conditional, with the source's own delay and headers.

        The source's headers may be keys to it, so they are for its own origin alone.
        """
        home = origin(self.source.url)
        meta: dict[str, Any] = {"listing": True, "source_headers_origin": home}
        if self.source.delay is not None:
            meta["delay"] = self.source.delay.total_seconds()
        headers = dict(self.source.headers) if origin(url) == home else {}
        return scrapy.Request(
            url, callback=callback, headers=headers, meta=meta, dont_filter=True, cb_kwargs=more
        )

    def leads_on(self, response: Response) -> None:
        """Mark a page that only leads to listings, so that it is never asked conditionally.

        Were its validators kept, an unchanged index would hide its changed children.
        """
        response.meta["listing"] = False

    def text(self, response: Response) -> str:
        """The body as text, whatever its headers claim."""
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        return decode(response.body, content_type).text

    async def apart(
        self, response: Response, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``read(…)``, in a thread when the response is so large that the loop would wait."""
        if len(response.body) <= _AT_ONCE:
            return read(*args, **kwargs)
        return await asyncio.to_thread(read, *args, **kwargs)
