"""The pace that is kept with real sites: a turn at a time, pauses, and origins that are closed."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scrapy import Request

from crawler.errors import ToldToWait
from tests.support.fetching import run, transport
from tests.support.site import Answer, Site, hang, slow


def test_one_slow_site_does_not_hold_up_another(site: Site) -> None:
    site.behave("/hang*", hang)
    with Site("127.0.0.2") as other:
        other.page("/page", "quick")

        async def main() -> Any:
            async with transport(robots=False, transfers=2) as opened:
                urls = [site.url(f"/hang/{n}") for n in range(30)]
                queue = [asyncio.create_task(opened.fetch(Request(url))) for url in urls]
                await asyncio.to_thread(site.wait_for, lambda s: bool(s.requests))
                began = time.monotonic()
                response = await opened.fetch(Request(other.url("/page")))
                took = time.monotonic() - began
                for task in queue:
                    task.cancel()
                await asyncio.wait(queue)
                return response.body, took

        body, took = run(main())
    assert body == b"quick"
    assert took < 2
    assert len(site.requests) == 1


def test_the_port_is_part_of_the_origin(site: Site) -> None:
    site.behave("/hang", hang)
    with Site() as neighbour:  # the same host
        neighbour.page("/page", "here")

        async def main() -> Any:
            async with transport(robots=False) as opened:
                hung = asyncio.create_task(opened.fetch(Request(site.url("/hang"))))
                await asyncio.to_thread(site.wait_for, lambda s: bool(s.requests))
                response = await opened.fetch(Request(neighbour.url("/page")))
                hung.cancel()
                await asyncio.wait({hung})
                return response.body

        assert run(main()) == b"here"


def test_a_cancelled_fetch_frees_its_origin(site: Site) -> None:
    site.behave("/hang", hang)

    async def main() -> Any:
        async with transport(robots=False) as opened:
            hung = asyncio.create_task(opened.fetch(Request(site.url("/hang"))))
            queued = asyncio.create_task(opened.fetch(Request(site.url("/never"))))
            await asyncio.to_thread(site.wait_for, lambda s: bool(s.requests))
            queued.cancel()
            hung.cancel()
            await asyncio.wait({hung, queued})
            assert hung.cancelled()
            assert queued.cancelled()
            return (await opened.fetch(Request(site.url("/page")))).body

    assert run(main()) == "<p>页</p>".encode()
    assert not site.asked("/never")


@pytest.mark.parametrize("where", ["options", "meta"])
def test_the_delay_comes_from_the_source_or_the_options(site: Site, where: str) -> None:
    changes = {"delay": timedelta(seconds=0.2 if where == "options" else 0)}
    meta = {"delay": 0.2} if where == "meta" else {"delay": None}

    async def main() -> None:
        async with transport(robots=False, **changes) as opened:
            for _ in range(2):
                await opened.fetch(Request(site.url("/page"), meta=meta))

    run(main())
    first, second = site.requests
    assert second.at - first.at >= timedelta(seconds=0.199)


def test_a_slow_answer_does_not_shorten_the_pause(site: Site) -> None:
    site.behave("/slow", slow(0.15, Answer(b"late")))
    ended = []

    async def main() -> None:
        async with transport(robots=False, delay=timedelta(seconds=0.2)) as opened:
            await opened.fetch(Request(site.url("/slow")))
            ended.append(datetime.now(UTC))
            await opened.fetch(Request(site.url("/page")))

    run(main())
    assert site.asked("/page")[0].at - ended[0] >= timedelta(seconds=0.19)


@pytest.mark.parametrize("status", [429, 503])
def test_told_to_wait(site: Site, status: int) -> None:
    site.page("/busy", "later", status=status, headers={"Retry-After": "120"})

    async def main() -> Any:
        async with transport() as opened:
            urls = ["/busy", "/page", "/page"]
            return await asyncio.gather(
                *(opened.fetch(Request(site.url(url))) for url in urls), return_exceptions=True
            )

    before = datetime.now(UTC)
    errors = run(main())
    assert [type(error) for error in errors] == [ToldToWait] * 3
    wait = errors[0].until - before
    assert timedelta(seconds=119) < wait < timedelta(seconds=130)
    assert not site.asked("/page")


def test_told_to_wait_by_robots_txt(site: Site) -> None:
    site.page("/robots.txt", "", status=429, headers={"Retry-After": "120"})

    async def main() -> None:
        async with transport() as opened:
            await opened.fetch(Request(site.url("/page")))

    with pytest.raises(ToldToWait):
        run(main())
    assert not site.asked("/page")
