"""A page whose advertised feed is dead, on a real site through the real transport."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from crawler.errors import BadStatus, NotAListing
from crawler.listing import Listed, list_source
from crawler.source import Source
from spiders.kinds import KINDS
from tests.spiders import pages
from tests.spiders.test_crawl import crawl
from tests.support.fetching import run, transport
from tests.support.site import Site, drop

if TYPE_CHECKING:
    from collections.abc import Iterator

RSS = "<rss version='2.0'><channel><item><title>One</title><link>/1</link></item></channel></rss>"
TITLES = [title for _, title, _ in pages.BLOG_LINKS]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        site.page("/", pages.BLOG, etag=True)
        yield site


def listed(site: Site, times: int = 1) -> Listed:
    """What the last of so many polls listed, each asking conditionally as the engine does."""

    async def polls() -> Listed:
        source = Source(name="s", url=site.url("/"))
        async with transport() as opened:
            found = await list_source(opened, KINDS["auto"], source, {})
            for _ in range(times - 1):
                found = await list_source(opened, KINDS["auto"], source, found.validators)
            return found

    return run(polls())


def titles(found: Listed) -> list[str]:
    return [link.title for link in found.links]


def test_a_feed_that_lives_is_read(site: Site) -> None:
    site.page("/feed/", RSS, etag=True)

    assert titles(listed(site)) == ["One"]
    again = listed(site, times=2)
    assert (again.links, again.unchanged, again.failure) == ([], 1, None)


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_feed_that_is_gone_leaves_the_page(site: Site, status: int) -> None:
    site.page("/feed/", "no", status=status)

    found = listed(site)

    assert titles(found) == TITLES
    assert found.failure is None


@pytest.mark.parametrize("body", ["<html><a href='/x'>Moved</a>", "", "<rss><channel><item>"])
def test_a_feed_that_is_none_leaves_the_page(site: Site, body: str) -> None:
    site.page("/feed/", body)

    assert titles(listed(site)) == TITLES


def test_the_page_is_read_anew_at_each_poll(site: Site) -> None:
    """Were it asked conditionally, its 304 would hide the articles of a dead feed's page."""
    assert titles(listed(site, times=2)) == TITLES
    assert [len(site.asked(path)) for path in ("/", "/feed/")] == [2, 2]


def test_a_feed_that_fails_for_now_leaves_the_page_and_is_not_kept_silent(site: Site) -> None:
    site.page("/feed/", "busy", status=500)

    found = listed(site)

    assert titles(found) == TITLES
    assert isinstance(found.failure, BadStatus)


def test_a_feed_whose_host_is_gone_leaves_the_page(site: Site) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    site.page("/", pages.BLOG.replace('href="/feed/"', f'href="http://127.0.0.1:{port}/feed/"'))

    found = listed(site)

    assert titles(found) == TITLES
    assert found.failure is not None


EMPTY = "<rss version='2.0'><channel><title>News</title></channel></rss>"


@pytest.mark.parametrize("times", [1, 2])
def test_a_feed_that_is_sound_but_empty_leaves_the_page(site: Site, times: int) -> None:
    """Nobody feeds it; and its 304 at the next poll must not hide what the page lists."""
    site.page("/feed/", EMPTY, etag=True)

    found = listed(site, times)

    assert titles(found) == TITLES
    assert (found.unchanged, found.failure) == (0, None)


def test_an_empty_feed_over_an_empty_page_is_a_source_without_news(site: Site) -> None:
    """A young blog: nothing is wrong, and there is nothing."""
    site.page("/", "<link rel='alternate' type='application/rss+xml' href='/feed/'><p>Welcome</p>")
    site.page("/feed/", EMPTY)

    found = listed(site)

    assert (found.links, found.failure) == ([], None)


def test_an_empty_feed_that_is_the_source_is_empty(site: Site) -> None:
    """Its address was given, so there is no page to fall back to."""
    site.page("/", EMPTY)

    assert listed(site).links == []


def test_neither_feed_nor_page(site: Site) -> None:
    page = "<link rel='alternate' type='application/rss+xml' href='/feed/'><p>Welcome</p>"
    site.page("/", page)

    with pytest.raises(NotAListing, match=r"no links.*feed.*HTTP 404"):
        listed(site)


def test_a_feed_that_breaks_off_over_an_empty_page_is_the_reason(site: Site) -> None:
    site.page("/", "<link rel='alternate' type='application/rss+xml' href='/feed/'><p>Welcome</p>")
    site.behave("/feed/", drop)

    with pytest.raises(Exception, match="/feed/") as raised:
        listed(site)
    assert getattr(raised.value, "passing", False), "worth trying again"


def test_scrapy_alone_falls_back_as_well(site: Site) -> None:
    lines, errors = crawl("auto", f"url={site.url('/')}")

    assert [json.loads(line)["title"] for line in lines] == TITLES
    assert "Traceback" not in errors
