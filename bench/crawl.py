"""What a crawled page costs beside the same pages fetched by bare Scrapy, and read by the peers."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.store import Archive
from bench.figure import Figure
from bench.press import page, press
from crawler.engine import Engine
from crawler.extract import Page as HtmlPage
from crawler.extract import extract
from crawler.extract.workers import Workers
from crawler.fetch.transport import Transport
from crawler.settings import FetchOptions
from crawler.source import Source
from presswatch.polling.schedule import next_poll
from spiders.kinds import KINDS

PAGES = 2000
READ_BY_EACH = 200
PEERS = Path(__file__).parent.parent / ".venv-peers" / "bin" / "python"
_PER_PAGE = "ms CPU/page"
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


# ------------------------------------------------------------------ reading alone


def _readers() -> list[Figure]:
    """What reading costs, page by page in one process: ours here, the peers' in their own."""
    pages = [page(number).encode() for number in range(READ_BY_EACH)]
    figures = [Figure(name="presswatch, extraction", value=_extraction(pages), unit=_PER_PAGE,
                      note="reading only")]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for number, html in enumerate(pages):
            (Path(folder) / f"{number:04}.html").write_bytes(html)
        for name in ("trafilatura", "news-please"):
            if PEERS.is_file():
                command = [str(PEERS), str(Path(__file__).parent / "peer.py"), name, folder]
                cost = float(subprocess.run(command, check=True, capture_output=True).stdout)
                figures.append(Figure(name=name, value=cost, unit=_PER_PAGE, note="reading only"))
    return figures


def _extraction(pages: list[bytes]) -> float:
    now = datetime.now(UTC)
    read = [HtmlPage(html=html, url="http://127.0.0.1/a.html", fetched_at=now) for html in pages]
    extract(read[0])
    before = time.process_time()
    for one in read[1:]:
        extract(one)
    return (time.process_time() - before) * 1000 / (len(read) - 1)
