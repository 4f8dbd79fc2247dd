"""Fetching for the whole service: one long-lived Scrapy crawler in the running loop, no reactor.

A request passes, at every hop of its redirects: robots.txt → the turn of its origin → one transfer
through the guard. What it may say about itself, in `request.meta`:

- `delay` (float, seconds): between two requests to one origin, in the place of the default.
- `source_headers_origin` (str, as `archive.urls.origin` writes it) and `source_headers` (names):
  a request to any other origin, first hop or later, goes without the headers of these names.
- `download_timeout` (seconds), `download_maxsize` (bytes): of this transfer.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.crawler import Crawler
from scrapy.logformatter import LogFormatter, LogFormatterResult

from crawler.errors import FetchError
from crawler.pace import PacedDownloader
from crawler.settings import FetchOptions, scrapy_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Request, Response


class QuietLog(LogFormatter):
    """What was fetched is on the poll's report; Scrapy need not say it again."""

    def crawled(self, *_: Any, **__: Any) -> LogFormatterResult | None:  # type: ignore[override]
        return None


class _Anchor(scrapy.Spider):
    """Keeps the engine open: it starts, yields nothing and never ends by itself."""

    name = "presswatch"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.open = asyncio.Event()

    async def start(self) -> AsyncIterator[Any]:
        self.open.set()
        await asyncio.Event().wait()
        yield  # an asynchronous generator, as Scrapy wants it


class Transport:
    """Start it in the loop, fetch, stop it in the same loop."""

    crawler: Crawler

    def __init__(self, options: FetchOptions) -> None:
        self._options = options
        self._run: asyncio.Task[None] | None = None
        self._stopping = False
        self.crawler = Crawler(_Anchor, {**scrapy_settings(options), **_ALONE})

    async def start(self) -> None:
        """Open the engine. Raises what Scrapy raises if it cannot be opened."""
        logging.getLogger("scrapy").setLevel(logging.WARNING)
        self._run = asyncio.create_task(self.crawler.crawl_async())
        while self.crawler.spider is None and not self._run.done():
            await asyncio.sleep(0)
        if isinstance(self.crawler.spider, _Anchor):
            opened = asyncio.create_task(self.crawler.spider.open.wait())
            await asyncio.wait({opened, self._run}, return_when=asyncio.FIRST_COMPLETED)
            opened.cancel()
        if self._run.done():
            await self._run

    async def stop(self, grace: timedelta = timedelta(seconds=2)) -> None:
        """Let what is under way finish within `grace`, then end it."""
        if self._run is None or self._stopping:
            return
        self._stopping = True
        # Not wait_for: it would cancel the crawl and look like a clean stop.
        stop = asyncio.create_task(self.crawler.stop_async())
        _, pending = await asyncio.wait({stop, self._run}, timeout=grace.total_seconds())
        if pending:
            self._downloader().abort()
            _, pending = await asyncio.wait(pending, timeout=grace.total_seconds())
        for task in pending:
            task.cancel()
        await asyncio.gather(stop, self._run)

    async def fetch(self, request: Request) -> Response:
        """The response, whatever its status, after redirects.

        Raises `crawler.errors.FetchError`; anything else that it raises is a bug.
        """
        if self._run is None or self._stopping:
            raise FetchError(request.url, cause="presswatch is stopping")
        return await self.crawler.engine.download_async(request)

    def _downloader(self) -> PacedDownloader:
        downloader = self.crawler.engine.downloader
        assert isinstance(downloader, PacedDownloader)
        return downloader


#: Nothing goes through the scheduler or a spider's callbacks, so nothing of theirs need run.
_ALONE: dict[str, Any] = {
    "LOG_ENABLED": False,
}
