"""How long from the fetched page to the accepted webhook: one source, an idle machine."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from alerts.channel import WebhookChannel
from alerts.rule import Rule
from archive.query import parse
from bench.figure import Figure
from bench.press import feed, page
from crawler.settings import FetchOptions
from crawler.source import Source
from presswatch.config.records import Config, ServiceOptions
from presswatch.service import Service
from tests.support.receiver import SECRET, Received, Receiver
from tests.support.site import Site

ARTICLES = 100


def run() -> list[Figure]:
    """Milliseconds from the end of the page's request to the receiver's answer."""
    with tempfile.TemporaryDirectory() as folder, Site() as site, Receiver() as receiver:
        for number in range(ARTICLES):
            site.page(f"/page/{number}.html", page(number))
        site.page("/feed.xml", feed(site.url(""), 0, 0))
        config = _config(Path(folder), site, receiver)
        asyncio.run(_serve(config, site, receiver))
        waits = sorted(_waits(site, receiver))
    assert len(waits) == ARTICLES, len(waits)
    return [
        Figure(name="fetched → accepted, median", value=statistics.median(waits), unit="ms"),
        Figure(name="fetched → accepted, p99", value=waits[round(0.99 * len(waits)) - 1],
               unit="ms", limit="<= 1000"),
    ]  # fmt: skip


def _config(folder: Path, site: Site, receiver: Receiver) -> Config:
    source = Source(
        name="s", url=site.url("/feed.xml"), kind="feed", every=timedelta(milliseconds=300)
    )
    return Config(
        path=folder / "config.toml",
        service=ServiceOptions(),
        archive_path=folder / "a.db",
        fetch=FetchOptions(delay=timedelta(0), allow_networks=("127.0.0.0/8",)),
        sources=(source,),
        channels=(WebhookChannel(name="hook", url=receiver.hook, secrets=(SECRET,)),),
        rules=(Rule(name="all", query=parse("source:s"), channels=("hook",), on="article"),),
    )


async def _serve(config: Config, site: Site, receiver: Receiver) -> None:
    stop = asyncio.Event()
    service = asyncio.create_task(Service(config).run(stop))
    loop = asyncio.get_running_loop()

    def publish() -> None:
        # What the first poll of a source finds is backlog, and nobody is told.
        site.wait_for(lambda site: len(site.asked("/feed.xml")) > 1, timeout=30)
        for number in range(ARTICLES):
            site.page("/feed.xml", feed(site.url(""), 0, number + 1))
            end = time.monotonic() + 30
            while len(receiver.received) <= number and time.monotonic() < end:
                time.sleep(0.01)
        loop.call_soon_threadsafe(stop.set)

    publisher = threading.Thread(target=publish)
    publisher.start()
    await service
    await asyncio.to_thread(publisher.join)


def _waits(site: Site, receiver: Receiver) -> list[float]:
    """The page's request was recorded when it came; the page is small and on loopback."""
    fetched: dict[str, datetime] = {
        site.url(request.path): request.at
        for request in site.requests
        if request.path.startswith("/page/")
    }
    return [_wait(delivery, fetched) for delivery in receiver.received]


def _wait(delivery: Received, fetched: dict[str, datetime]) -> float:
    url = delivery.payload["article"]["url"]
    return (delivery.request.at - fetched[url]) / timedelta(milliseconds=1)
