"""Fetching for the whole service: one long-lived Scrapy crawler in the running loop, no reactor.

A request passes, at every hop of its redirects: robots.txt → the turn of its origin → one transfer
through the guard. What it may say about itself, in `request.meta`:

- `delay` (float, seconds): between two requests to one origin, in the place of the default.
- `source_headers_origin` (str, as `archive.urls.origin` writes it): whom the headers are meant for.
  A request to any other origin, the first or a redirect, goes without them: only If-None-Match and
  If-Modified-Since stay. Without it the headers are meant for the origin of the first request.
- `download_timeout` (seconds) and `download_maxsize` (bytes) of each transfer; with `cut` a longer
  body is cut off there and is no error.
- `robots` (False): do not ask robots.txt.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import scrapy
from scrapy.crawler import Crawler
from scrapy.logformatter import LogFormatter, LogFormatterResult
from scrapy.settings import default_settings

from crawler.errors import FetchError
from crawler.fetch.pace import STOPPING, PacedDownloader
from crawler.guard import Guard
from crawler.origins import origin_of
from crawler.robots import Robots, RobotsMiddleware
from crawler.settings import OPTIONS, scrapy_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from scrapy.http import Request, Response
    from twisted.python.failure import Failure

    from crawler.settings import FetchOptions, Live


class QuietLog(LogFormatter):
    """A poll's report says what was fetched; Scrapy need not say it again."""

    def crawled(self, request: Request, response: Response, spider: scrapy.Spider) -> Any:  # noqa: ARG002
        return None

    def download_error(
        self,
        failure: Failure,
        request: Request,
        spider: scrapy.Spider,
        errmsg: str | None = None,
    ) -> LogFormatterResult:
        """Where Scrapy drives: our errors are one sentence, bugs keep their traceback."""
        result = super().download_error(failure, request, spider, errmsg)
        if isinstance(failure.value, FetchError):
            logging.getLogger(__name__).error("%s", failure.value)
            result["level"] = logging.DEBUG
        return result


class _Anchor(scrapy.Spider):
    """Keeps the engine open: it starts, yields nothing and does not end by itself."""

    name = "presswatch"
    opened: asyncio.Event

    async def start(self) -> AsyncIterator[Any]:
        self.opened.set()
        await asyncio.Event().wait()
        yield  # Scrapy wants an asynchronous generator


class Transport:
    """Start it in a loop, fetch, and stop it in the same loop. It cannot be started again.

    `async with` does both, and closes what is open already where the start is cancelled.
    """

    crawler: Crawler

    def __init__(
        self, options: FetchOptions, *, on_fetched: Callable[[str, float], None] | None = None
    ) -> None:
        """`on_fetched`: as of `PacedDownloader`. Raises ValueError for options that cannot work."""
        _check(options)
        self.crawler = Crawler(_Anchor, scrapy_settings(options) | _ALONE)
        self._run: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._on_fetched = on_fetched

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:  # Ctrl-C while it opens
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the engine. Raises what Scrapy raises if it cannot be opened."""
        logging.getLogger("scrapy").setLevel(logging.WARNING)
        opened = asyncio.Event()
        self._run = asyncio.create_task(self.crawler.crawl_async(opened=opened))
        waiting = asyncio.create_task(opened.wait())
        try:
            await asyncio.wait({waiting, self._run}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if self._run.done():
            failed, self._run = self._run, None
            failed.result()
        elif self._on_fetched is not None:
            self._downloader().on_fetched = self._on_fetched

    async def stop(self, grace: timedelta = timedelta(seconds=2)) -> None:
        """Let what is under way finish within `grace`, then end it; returns in twice that."""
        if self._run is None or self._stopping.is_set():
            return
        self._stopping.set()
        await self._downloader().drain(grace.total_seconds())
        # Not wait_for: it would cancel the crawl, which then looks like a clean stop.
        tasks = {asyncio.create_task(self.crawler.stop_async()), self._run}
        _, pending = await asyncio.wait(tasks, timeout=grace.total_seconds())
        for task in pending:
            task.cancel()
        for task in tasks - pending:
            task.result()

    def change(self, options: FetchOptions) -> None:
        """Fetch by other options from now on; requests under way end by those of before.

        Turns, pauses and what is known of robots.txt stay. Raises ValueError for options that
        cannot work, and nothing has changed then.
        """
        _check(options)
        live: Live = self.crawler.settings[OPTIONS]
        live.change(options)

    async def fetch(self, request: Request) -> Response:
        """The response, whatever its status, after redirects; its body is decompressed.

        Raises `crawler.errors.FetchError`; anything else that it raises is a bug.
        """
        if self._run is None or self._stopping.is_set():
            raise FetchError(request.url, cause=STOPPING)
        return await self._downloader().get(request)

    async def sitemaps(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of a URL's origin names, be it obeyed or not.

        Raises FetchError where robots.txt cannot be read.
        """
        return await self._robots().sitemaps(origin_of(url))

    async def allows(self, url: str) -> bool:
        """Whether robots.txt allows a URL, be it obeyed or not.

        Raises FetchError where it cannot be read.
        """
        return (await self._robots().rules(origin_of(url))).allow(url)

    def _robots(self) -> Robots:
        asked = self.crawler.get_downloader_middleware(RobotsMiddleware)
        assert asked is not None  # also where it is not obeyed
        return asked.robots

    def _downloader(self) -> PacedDownloader:
        downloader = self.crawler.engine.downloader
        assert isinstance(downloader, PacedDownloader)
        return downloader


def _check(options: FetchOptions) -> None:
    Guard(options.allow_networks)  # Scrapy would only log what its handler raises
    if options.proxy and urlsplit(options.proxy).scheme not in {"http", "https"}:
        raise ValueError(f"not the address of an HTTP proxy: {options.proxy!r}")


#: The engine drives the spiders itself, so nothing passes Scrapy's scraper or its logs.
_ALONE: dict[str, Any] = {
    "LOG_ENABLED": False,
    "SPIDER_MIDDLEWARES": dict.fromkeys(default_settings.SPIDER_MIDDLEWARES_BASE),
}
