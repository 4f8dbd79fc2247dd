"""What a fetch of an unchanged page costs, from robots.txt to the transfer, beside its parts."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import scrapy
from scrapy.crawler import Crawler

from bench.figure import Figure
from bench.press import press
from crawler.fetch.transport import Transport
from crawler.settings import FetchOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

FETCHES = 3000
HOSTS = 20
LIMIT = 0.8  # ms: what leaves the rest of a poll its half of 1.5
_TAG = {"If-None-Match": '"unchanged"'}


def run() -> list[Figure]:
    """CPU milliseconds a fetch that answers 304, twenty at a time; the connections are kept."""
    with press(HOSTS) as port:
        many = [f"http://127.0.0.{n + 2}:{port}/feed.xml" for n in range(HOSTS)]
        ours = asyncio.run(_cost(_transport, many))
        one = asyncio.run(_cost(_transport, [f"http://127.0.0.1:{port}/feed.xml"]))
        bare = asyncio.run(_cost(_scrapy, many))
        least = asyncio.run(_cost(_aiohttp, many))
    limit = f"<= {LIMIT}"
    return [
        Figure(name=f"fetch, {HOSTS} origins", value=ours, unit="ms CPU", limit=limit),
        Figure(name="fetch, one origin", value=one, unit="ms CPU", limit=limit),
        Figure(name="the same by bare Scrapy", value=bare, unit="ms CPU"),
        Figure(name="the same by bare aiohttp", value=least, unit="ms CPU"),
    ]


async def _cost(client: Callable[[], AbstractAsyncContextManager[Any]], urls: list[str]) -> float:
    async with client() as fetch:

        async def worker(url: str, count: int) -> None:
            for _ in range(count):
                assert await fetch(url) == 304

        await asyncio.gather(*(worker(url, 10) for url in urls))
        before = time.process_time()
        await asyncio.gather(*(worker(url, FETCHES // len(urls)) for url in urls))
        return (time.process_time() - before) * 1000 / FETCHES


@asynccontextmanager
async def _transport() -> AsyncIterator[Any]:
    transport = Transport(FetchOptions(delay=timedelta(0), allow_networks=("127.0.0.0/8",)))
    await transport.start()

    async def fetch(url: str) -> int:
        return (await transport.fetch(scrapy.Request(url, headers=_TAG))).status

    try:
        yield fetch
    finally:
        await transport.stop()


class _Idle(scrapy.Spider):
    name = "idle"
    opened: asyncio.Event

    async def start(self) -> AsyncIterator[Any]:
        self.opened.set()
        await asyncio.Event().wait()
        yield


@asynccontextmanager
async def _scrapy() -> AsyncIterator[Any]:
    settings = {
        "TWISTED_REACTOR_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_ENABLED": False,
        "CONCURRENT_REQUESTS": HOSTS,
    }
    crawler, opened = Crawler(_Idle, settings), asyncio.Event()
    running = asyncio.create_task(crawler.crawl_async(opened=opened))
    await opened.wait()

    async def fetch(url: str) -> int:
        request = scrapy.Request(url, headers=_TAG)
        return (await crawler.engine.download_async(request)).status

    try:
        yield fetch
    finally:
        await crawler.stop_async()
        await running


@asynccontextmanager
async def _aiohttp() -> AsyncIterator[Any]:
    async with aiohttp.ClientSession() as session:

        async def fetch(url: str) -> int:
            async with session.get(url, headers=_TAG) as answer:
                await answer.read()
                return answer.status

        yield fetch
