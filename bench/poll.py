"""What a poll of an unchanged feed costs: fetch, ledger, report, everything but APScheduler."""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from archive.store import Archive
from bench.figure import Figure
from bench.press import press
from crawler.engine import Engine
from crawler.extract.workers import Workers
from crawler.fetch.transport import Transport
from crawler.settings import FetchOptions
from crawler.source import Source
from presswatch.polling.schedule import next_poll
from spiders.kinds import KINDS

POLLS = 1500
OPTIONS = FetchOptions(delay=timedelta(0), allow_networks=("127.0.0.0/8",), robots=True)


def run() -> list[Figure]:
    """CPU milliseconds a poll, of this process with all its threads."""
    with press() as port, tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{port}/feed.xml?n=0&tag=1"
        alone = asyncio.run(_polls(Path(folder) / "one.db", [url], at_once=1))
        together = asyncio.run(_polls(Path(folder) / "ten.db", [f"{url}&s={n}" for n in range(10)],
                                      at_once=10))  # fmt: skip
    return [
        Figure(name="unchanged feed, one at a time", value=alone, unit="ms CPU", limit="<= 1.5"),
        Figure(name="unchanged feeds, ten at once", value=together, unit="ms CPU", limit="<= 1.5"),
    ]


async def _polls(path: Path, urls: list[str], *, at_once: int) -> float:
    archive = Archive.open(path)
    transport = Transport(OPTIONS)
    await transport.start()
    workers = Workers(1, timedelta(seconds=20), 1024)
    engine = Engine(transport, workers, archive, KINDS, OPTIONS, plan=next_poll)
    sources = [Source(name=f"s{n}", url=url, kind="feed") for n, url in enumerate(urls)]
    try:
        for source in sources:
            for _ in range(20):
                report = await engine.poll(source, owner="bench")
        assert report.outcome == "unchanged", report
        before = time.process_time()
        done = 0
        while done < POLLS:
            await asyncio.gather(*(engine.poll(s, owner="bench") for s in sources[:at_once]))
            done += at_once
        return (time.process_time() - before) * 1000 / done
    finally:
        await transport.stop()
        workers.close()
        archive.close()
