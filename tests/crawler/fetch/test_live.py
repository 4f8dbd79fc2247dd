"""Options that change while something is under way."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from scrapy import Request

from crawler.errors import Disallowed, Forbidden
from tests.support.fetching import options, run, transport
from tests.support.site import Answer, Recorded, Site, Wire


def test_what_is_under_way_ends_as_it_began_and_the_next_goes_by_the_new(site: Site) -> None:
    """Also where its address is forbidden by then; afterwards nothing of it is left open."""
    answers = threading.Event()

    def late(_: Recorded, wire: Wire) -> None:
        answers.wait(20)
        wire.answer(Answer(b"late"))

    site.behave("/late", late)
    with Site() as other:
        other.page("/page", "here")

        async def main() -> Any:
            async with transport(robots=False) as opened:
                waiting = asyncio.create_task(opened.fetch(Request(site.url("/late"))))
                await asyncio.to_thread(site.wait_for, lambda s: bool(s.requests))
                opened.change(options(robots=False, allow_networks=()))
                with pytest.raises(Forbidden):
                    await opened.fetch(Request(other.url("/page")))
                answers.set()
                return (await waiting).body

        assert run(main()) == b"late"
        assert other.requests == []


def test_a_kept_connection_serves_nobody_who_may_not_have_it(site: Site) -> None:
    """What was allowed a moment ago is connected still."""
    site.page("/page", "here")

    async def main() -> None:
        async with transport(robots=False) as opened:
            await opened.fetch(Request(site.url("/page")))
            opened.change(options(robots=False, allow_networks=()))
            with pytest.raises(Forbidden):
                await opened.fetch(Request(site.url("/page")))

    run(main())
    assert len(site.requests) == 1


def test_robots_may_be_obeyed_and_not_and_obeyed_again(site: Site) -> None:
    """It is read once: what is known of it stays."""
    site.page("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    site.page("/page", "here")

    async def main() -> None:
        async with transport() as opened:
            for obeyed in (True, False, True):
                opened.change(options(robots=obeyed))
                if obeyed:
                    with pytest.raises(Disallowed):
                        await opened.fetch(Request(site.url("/page")))
                else:
                    await opened.fetch(Request(site.url("/page")))

    run(main())
    assert [request.path for request in site.requests] == ["/robots.txt", "/page"]


def test_what_was_forbidden_for_a_whole_site_is_asked_again(site: Site) -> None:
    """Its robots.txt could not be had; that answer must not outlive its cause."""
    site.page("/page", "here")

    async def main() -> int:
        async with transport(allow_networks=()) as opened:
            with pytest.raises(Forbidden):
                await opened.fetch(Request(site.url("/page")))
            opened.change(options())
            return (await opened.fetch(Request(site.url("/page")))).status

    assert run(main()) == 200


def test_options_that_cannot_work_change_nothing(site: Site) -> None:
    site.page("/page", "here")

    async def main() -> int:
        async with transport() as opened:
            with pytest.raises(ValueError, match="proxy"):
                opened.change(options(proxy="socks://there:1", allow_networks=()))
            return (await opened.fetch(Request(site.url("/page")))).status

    assert run(main()) == 200
