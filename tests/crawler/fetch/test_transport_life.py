"""Starting, stopping and cancelling leave nothing behind; and the spiders run alone."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request

from crawler.errors import FetchError
from crawler.fetch.transport import Transport
from tests.support.fetching import LOOPBACK, fetch, options, run, transport
from tests.support.site import (
    Recorded,
    Site,
    Wire,
    hang,
)

ROOT = Path(__file__).parents[2]


def test_nothing_is_left_behind(site: Site) -> None:
    async def main() -> Any:
        before = asyncio.all_tasks()
        async with transport() as opened:
            await opened.fetch(Request(site.url("/page")))
        return asyncio.all_tasks() - before

    threads = set(threading.enumerate())
    assert run(main()) == set()
    # The site answers in threads too, and one may take a moment to end.
    ours = ("asyncio", "archive", "resolve")
    left = [
        thread.name
        for thread in set(threading.enumerate()) - threads
        if thread.name.startswith(ours)
    ]
    assert left == []


def test_stopping_does_not_wait_for_ever(site: Site) -> None:
    site.behave("/robots.txt", hang)
    with Site() as other:
        other.behave("/hang", hang)

        async def main() -> Any:
            opened = Transport(options(timeout=timedelta(seconds=60)))
            await opened.start()
            before = asyncio.all_tasks()
            urls = [site.url("/a"), site.url("/b"), *([other.url("/hang")] * 3)]
            requests = [Request(url, meta={"robots": "hang" not in url}) for url in urls]
            tasks = [asyncio.create_task(opened.fetch(request)) for request in requests]
            await asyncio.to_thread(other.wait_for, lambda s: bool(s.requests))
            await asyncio.to_thread(site.wait_for, lambda s: bool(s.requests))
            began = time.monotonic()
            await opened.stop(grace=timedelta(seconds=0.2))
            took = time.monotonic() - began
            errors = await asyncio.gather(*tasks, return_exceptions=True)
            return took, errors, asyncio.all_tasks() - {asyncio.current_task()} - before

        took, errors, left = run(main())
    assert took < 2
    assert [type(error) for error in errors] == [FetchError] * 5
    assert all("stopping" in str(error) for error in errors)
    assert left == set()


def test_stopping_lets_what_is_nearly_done_finish(site: Site) -> None:
    def behave(_: Recorded, wire: Wire) -> None:
        if not wire.wait(0.2):
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    site.behave("/late", behave)

    async def main() -> Any:
        async with transport(robots=False) as opened:
            task = asyncio.create_task(opened.fetch(Request(site.url("/late"))))
            await asyncio.to_thread(site.wait_for, lambda s: bool(s.requests))
            await opened.stop(grace=timedelta(seconds=10))
            return (await task).body

    assert run(main()) == b"hi"


def test_a_stopped_transport_says_so(site: Site) -> None:
    async def main() -> None:
        opened = Transport(options())
        with pytest.raises(FetchError):
            await opened.fetch(Request(site.url("/page")))
        await opened.stop()
        await opened.start()
        await opened.stop()
        await opened.stop()
        await opened.fetch(Request(site.url("/page")))

    with pytest.raises(FetchError, match="stopping"):
        run(main())


def test_a_start_that_is_cancelled_leaves_nothing_open(caplog: pytest.LogCaptureFixture) -> None:
    """Ctrl-C at once: no session is left that says on the terminal that it was not closed."""

    async def main(turns: int) -> None:
        async def opening() -> None:
            async with transport():
                await asyncio.Event().wait()

        task = asyncio.create_task(opening())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})

    for turns in range(12):
        run(main(turns))

    assert "Unclosed" not in caplog.text


def test_a_cancelled_fetch_is_cancelled_and_not_an_error(site: Site) -> None:
    site.behave("/hang", hang)

    async def main() -> Any:
        async with transport(robots=False) as opened:
            task = asyncio.create_task(opened.fetch(Request(site.url("/hang"))))
            await asyncio.to_thread(site.wait_for, lambda s: bool(s.requests))
            task.cancel()
            await asyncio.wait({task})
            return task.cancelled()

    assert run(main())


def test_cancelling_at_any_moment_leaves_nothing_behind(site: Site) -> None:
    site.redirect("/move", "/page")

    async def main() -> tuple[int, int, int]:
        async with transport() as opened:
            engine = opened.crawler.engine
            for moment in range(25):
                paths = ["/page", "/move", "/missing"]
                tasks = [asyncio.create_task(opened.fetch(Request(site.url(p)))) for p in paths]
                for _ in range(moment):
                    await asyncio.sleep(0)
                tasks[moment % 3].cancel()
                await asyncio.wait(tasks)
            alive = await opened.fetch(Request(site.url("/page")))
            return len(engine.downloader.active), len(engine.downloader.slots), alive.status

    assert run(main()) == (0, 0, 200)


def test_options_that_cannot_work_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Transport(options(allow_networks=("nonsense",)))
    with pytest.raises(ValueError, match="socks5"):
        Transport(options(proxy="socks5://127.0.0.1:1080"))


def test_two_at_the_same_time(site: Site) -> None:
    async def main() -> Any:
        async with transport() as first, transport() as second:
            a, b = await asyncio.gather(
                *(one.fetch(Request(site.url("/page"))) for one in (first, second))
            )
            return a.status, b.status

    assert run(main()) == (200, 200)


def test_an_idle_connection_that_the_server_closed_is_no_error(site: Site) -> None:
    async def main() -> Any:
        async with transport(robots=False) as opened:
            await opened.fetch(Request(site.url("/page")))
            site._server.close_connections()
            return (await opened.fetch(Request(site.url("/page")))).status

    assert run(main()) == 200


def test_scrapy_has_nothing_to_say(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        fetch(site, "/page")
    assert [record for record in caplog.records if record.name.startswith("scrapy")] == []


def crawl(url: str, **environment: str) -> tuple[str, str]:
    """``scrapy crawl feed`` on the URL; what it printed and what it complained about."""
    command = [sys.executable, "-m", "scrapy", "crawl", "feed", "-a", f"url={url}"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **environment}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout, done.stderr


FEED = """<rss version="2.0"><channel><title>t</title>
<item><title>One</title><link>https://news.example/1</link></item></channel></rss>"""


def test_scrapy_crawl_stands_under_the_same_rules(site: Site) -> None:
    site.page("/feed.xml", FEED, content_type="text/xml")
    site.redirect("/old", "/feed.xml")
    networks = {"PRESSWATCH_ALLOW_NETWORKS": ",".join(LOOPBACK)}
    printed, _ = crawl(site.url("/old"), **networks)
    assert "https://news.example/1" in printed
    assert site.asked("/robots.txt")

    asked = len(site.requests)
    printed, complaints = crawl(site.url("/feed.xml"))
    assert not printed
    assert "127.0.0.1 is not a public address" in complaints
    assert "Traceback" not in complaints
    assert len(site.requests) == asked

    _, complaints = crawl(site.url("/missing"), **networks)
    assert "HTTP 404" in complaints
    assert "Traceback" not in complaints
