"""How long the loop waits while a feed of 6 MB is read: whatever else is due would be as late.

`python -m bench feed` prints it. A ticker in the loop notes the longest time between two turns of
its own, beyond the one that it asked for; of three rounds the best counts, since on a busy machine
others keep the loop waiting as well.
"""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, cast

from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings

from bench.figure import Figure
from bench.fold import CHINESE, ENGLISH
from crawler.source import Source
from spiders.kinds import KINDS

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

SIZE = 6_000_000  # bytes
LIMIT = 100  # milliseconds; read in the loop, the feed would stop it for a second
TICK = 0.001  # seconds
ROUNDS = 3
_HEAD = '<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>'
_ITEM = (
    "<item><title>Report {n}</title><link>https://news.example/{n}</link>"
    "<pubDate>Wed, 20 May 2026 08:00:00 +0000</pubDate>"
    "<description><![CDATA[{body}]]></description></item>"
)


class _NoCrawler:
    settings = Settings()


def run() -> list[Figure]:
    """The longest wait of the loop, and how long the reading takes, for three feeds."""
    feeds = {
        "English": (ENGLISH, "utf-8"),
        "Chinese": (CHINESE, "utf-8"),
        "Chinese, undeclared GBK": (CHINESE, "gbk"),
    }
    figures: list[Figure] = []
    for name, (text, coding) in feeds.items():
        body = _feed(text, coding)
        wait, took, links = min(asyncio.run(_read(body)) for _ in range(ROUNDS))
        note = f"{links} links in {took:.2f} s"
        figures.append(
            Figure(
                name=f"longest wait of the loop, {name}", value=wait * 1000, unit="ms",
                limit=f"<= {LIMIT}", note=note,
            )
        )  # fmt: skip
    return figures


def _feed(text: str, coding: str) -> bytes:
    chance = random.Random(6)  # the same feed in every run
    sentences = text.split("\n")[1:-1]
    items: list[str] = []
    size = 0
    while size < SIZE:
        body = "".join(f"<p>{line}</p>" for _ in range(3) for line in chance.sample(sentences, 6))
        items.append(_ITEM.format(n=len(items), body=body))
        size += len(items[-1].encode(coding, "replace"))
    return (_HEAD + "".join(items) + "</channel></rss>").encode(coding, "replace")


async def _read(body: bytes) -> tuple[float, float, int]:
    """Seconds that the loop waited at most, that it took in all, and the links."""
    source = Source(name="feed", url="https://news.example/feed", kind="feed")
    spider = KINDS["feed"].from_crawler(cast("Crawler", _NoCrawler()), source=source)
    response = Response(source.url, body=body, request=Request(source.url))
    waits: list[float] = []
    ticker = asyncio.create_task(_tick(waits))
    await asyncio.sleep(20 * TICK)
    waits.clear()
    began = time.perf_counter()
    links = [link async for link in spider.parse(response)]
    took = time.perf_counter() - began
    ticker.cancel()
    await asyncio.wait({ticker})
    return max(waits, default=took), took, len(links)


async def _tick(waits: list[float]) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(TICK)
        waits.append(time.perf_counter() - before - TICK)
