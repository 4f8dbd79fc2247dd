"""What a crawled page costs beside the same pages fetched by bare Scrapy, and read by the peers."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from archive.store import Archive
from bench.figure import Figure
from bench.press import page, press
from crawler.engine import Engine
from crawler.settings import FetchOptions
from crawler.source import Source
from crawler.transport import Transport
from crawler.workers import Workers
from presswatch.schedule import next_poll
from spiders.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = 2000
READ_BY_EACH = 200
FACTOR = 2.5  # of bare Scrapy: what everything but extraction may cost

_BARE = """
import json, sys, time
import scrapy
from scrapy.crawler import CrawlerProcess
base, pages = sys.argv[1], int(sys.argv[2])
class Bare(scrapy.Spider):
    name = "bare"
    start_urls = [f"{base}/page/{n}.html" for n in range(pages)]
    def parse(self, response):
        yield {"url": response.url, "size": len(response.body)}
count = 0
def done(*_, **__):
    global count
    count += 1
process = CrawlerProcess({"LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False})
crawler = process.create_crawler(Bare)
crawler.signals.connect(done, scrapy.signals.item_scraped)
process.crawl(crawler)
before = time.process_time()
process.start()
print(json.dumps({"cpu": time.process_time() - before, "pages": count}))
"""


def run() -> list[Figure]:
    """CPU milliseconds a page, over 2,000 pages of about 12 KB on loopback."""
    with press() as port:
        base = f"http://127.0.0.1:{port}"
        bare = _bare(base)
        with tempfile.TemporaryDirectory() as folder:
            ours = asyncio.run(_ours(Path(folder) / "a.db", base))
    figures = [
        Figure(name="bare Scrapy, fetching only", value=bare, unit="ms CPU/page"),
        Figure(name="presswatch, all but extraction", value=ours, unit="ms CPU/page",
               limit=f"<= {FACTOR * bare:.3f}", note=f"{ours / bare:.2f} × bare Scrapy"),
    ]  # fmt: skip
    return figures + _readers()


def _bare(base: str) -> float:
    command = [sys.executable, "-c", _BARE, base, str(PAGES)]
    result = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert result["pages"] == PAGES, result
    return float(result["cpu"]) * 1000 / PAGES


async def _ours(path: Path, base: str) -> float:
    options = FetchOptions(
        delay=timedelta(0), allow_networks=("127.0.0.0/8",), per_poll=PAGES, robots=True
    )
    archive = Archive.open(path)
    transport = Transport(options)
    await transport.start()
    workers = Workers(2, timedelta(seconds=20), 1024)
    engine = Engine(transport, workers, archive, KINDS, options, plan=next_poll)
    try:
        warm = Source(name="warm", url=f"{base}/feed.xml?first=900000&n=20", kind="feed")
        await engine.poll(warm, owner="bench")
        before = time.process_time()
        source = Source(name="s", url=f"{base}/feed.xml?n={PAGES}", kind="feed")
        report = await engine.poll(source, owner="bench")
        assert report.count("new") == PAGES, report.reason
        return (time.process_time() - before) * 1000 / PAGES
    finally:
        await transport.stop()
        workers.close()
        archive.close()


# ------------------------------------------------------------------ the peers


def _readers() -> list[Figure]:
    """What reading alone costs, page by page in this process: ours and the peers'."""
    pages = [page(number).encode() for number in range(READ_BY_EACH)]
    readers = {
        "presswatch, extraction": _extraction(),
        "trafilatura alone": _trafilatura(),
        "news-please": _news_please(),
    }
    return [
        Figure(name=name, value=_cost(reader, pages), unit="ms CPU/page", note="reading only")
        for name, reader in readers.items()
        if reader is not None
    ]


def _cost(reader: Callable[[bytes], object], pages: list[bytes]) -> float:
    reader(pages[0])
    before = time.process_time()
    for html in pages[1:]:
        reader(html)
    return (time.process_time() - before) * 1000 / (len(pages) - 1)


def _extraction() -> Callable[[bytes], object]:
    from crawler.extract import Page, extract

    now = datetime.now(UTC)
    return lambda html: extract(Page(html=html, url="http://127.0.0.1/a.html", fetched_at=now))


def _trafilatura() -> Callable[[bytes], object]:
    import trafilatura

    return lambda html: trafilatura.bare_extraction(html, with_metadata=True)


def _news_please() -> Callable[[bytes], object] | None:
    """Only where it is installed: `make bench-peers` does that, apart from what we depend on."""
    if importlib.util.find_spec("newsplease") is None:
        return None
    from newsplease import NewsPlease

    return lambda html: NewsPlease.from_html(html.decode(), url="http://127.0.0.1/a.html")
