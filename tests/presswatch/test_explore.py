"""Looking for a site's sources on real sites that hang, lie, redirect and never end."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crawler.errors import BadStatus, Disallowed, FetchError
from presswatch.adding.explore import explore
from spiders.discover import MOST_FEEDS
from tests.support.fetching import run, transport
from tests.support.site import Answer, Site, drop, endless, garbled, hang

if TYPE_CHECKING:
    from collections.abc import Iterator

    from presswatch.adding.explored import Explored
    from tests.support.site import Behaviour, Recorded, Wire

NOW = datetime.now(UTC)
ITEMS = "".join(
    f"<li><a href='/notices/2026/notice-number-{n}.html'>A notice of the office, number {n}</a>"
    f" <span>{NOW - timedelta(days=n):%Y-%m-%d}</span></li>"
    for n in range(1, 6)
)
RSS = (
    "<rss version='2.0'><channel><item><title>One</title><link>/1</link>"
    f"<pubDate>{NOW.isoformat()}</pubDate></item></channel></rss>"
)
JSON = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/1", "title": "One"}]}'
INDEX = "<sitemapindex><sitemap><loc>/news.xml.gz</loc></sitemap></sitemapindex>"
URLSET = (
    "<urlset xmlns:n='x'><url><loc>/map</loc><n:news>"
    f"<n:publication_date>{NOW.isoformat()}</n:publication_date></n:news></url></urlset>"
)


def page(head: str = "") -> str:
    return f"<html><head>{head}</head><body><ul>{ITEMS}</ul></body></html>"


def link(path: str) -> str:
    return f"<link rel='alternate' type='application/rss+xml' href='{path}'>"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


def found(site: Site, path: str = "/", *, limit: float = 60, **options: Any) -> Explored:
    async def look() -> Explored:
        async with transport(**options) as opened:
            span = timedelta(seconds=limit)
            return await explore(opened, site.url(path), timezone="UTC", now=NOW, limit=span)

    return run(look())


def kinds(explored: Explored) -> list[str]:
    return [candidate.kind for candidate in explored.candidates]


@pytest.mark.parametrize("behaviour", [hang, drop, garbled, endless])
def test_feeds_and_sitemaps_that_misbehave_do_not_hide_the_page(
    site: Site, behaviour: Behaviour
) -> None:
    site.page("/", page(link("/bad/feed")))
    site.page("/robots.txt", f"Sitemap: {site.url('/bad/map.xml')}", content_type="text/plain")
    site.behave("/bad/*", behaviour)

    explored = found(site, timeout=timedelta(seconds=0.5), max_body=200_000)

    assert kinds(explored) == ["listing"]
    assert any("/bad/feed" in miss for miss in explored.misses)


def test_when_time_is_up_what_was_found_counts(site: Site) -> None:
    site.page("/", page(link("/feed")))
    site.behave("/feed", hang)

    explored = found(site, limit=1)

    assert kinds(explored) == ["listing"]
    assert any("not all was tried" in miss for miss in explored.misses)


def test_a_page_that_names_a_thousand_feeds_is_asked_for_few(site: Site) -> None:
    site.page("/", page("".join(link(f"/many/{n}") for n in range(1000))))

    found(site)

    assert len([one for one in site.requests if one.path.startswith("/many/")]) == MOST_FEEDS


def test_where_the_page_names_a_feed_that_works_nothing_is_guessed(site: Site) -> None:
    site.page("/", page(link("/f")))
    site.page("/f", RSS)

    assert kinds(found(site)) == ["feed", "listing"]
    assert not site.asked("/rss.xml")


def test_what_robots_txt_forbids_is_not_tried(site: Site) -> None:
    site.page("/", page())
    site.page("/feed/", RSS)
    site.page("/robots.txt", "User-agent: *\nDisallow: /feed/", content_type="text/plain")

    explored = found(site)

    assert kinds(explored) == ["listing"]
    assert not site.asked("/feed/")


@pytest.mark.parametrize("obeyed", [True, False])
def test_the_sitemaps_of_robots_txt_count_also_where_it_is_not_obeyed(
    site: Site, *, obeyed: bool
) -> None:
    site.page("/", page())
    site.page("/robots.txt", f"Sitemap: {site.url('/index.xml')}", content_type="text/plain")
    site.page(
        "/index.xml", "<sitemapindex><sitemap><loc>/news.xml.gz</loc></sitemap></sitemapindex>"
    )
    site.page("/news.xml.gz", gzip.compress(URLSET.encode()), content_type="application/gzip")

    explored = found(site, robots=obeyed)

    assert kinds(explored) == ["sitemap", "listing"]
    assert explored.candidates[0].url == site.url("/index.xml")
    assert [article.url for article in explored.candidates[0].articles] == [site.url("/map")]


def test_a_redirect_is_followed_before_anything_is_judged(site: Site) -> None:
    site.redirect("/", "/home/")
    site.page("/home/", page(link("feed")))
    site.page("/home/feed", RSS)

    explored = found(site)

    assert [candidate.url for candidate in explored.candidates] == [
        site.url("/home/feed"),
        site.url("/home/"),
    ]


def test_a_soft_404_is_no_feed(site: Site) -> None:
    """Every path answers 200 with the page."""
    behaviour = same_everywhere(page())
    site.behave("/*", behaviour)

    assert kinds(found(site)) == ["listing"]


def same_everywhere(body: str) -> Behaviour:
    def behave(_: Recorded, wire: Wire) -> None:
        wire.answer(Answer(body.encode()))

    return behave


@pytest.mark.parametrize("body", [RSS, URLSET, JSON])
def test_the_address_of_a_list_is_tried_as_what_it_is(site: Site, body: str) -> None:
    site.page("/list", body)

    (candidate,) = found(site, "/list").candidates

    assert candidate.kind == ("sitemap" if body is URLSET else "feed")
    assert candidate.url == site.url("/list")


def test_a_page_that_cannot_be_had_is_an_error(site: Site) -> None:
    with pytest.raises(BadStatus):
        found(site, "/none")
    site.behave("/drop", drop)
    with pytest.raises(FetchError):
        found(site, "/drop")


def test_a_page_that_must_not_be_had_is_an_error(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")

    with pytest.raises(Disallowed):
        found(site)


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08 broken", b"%PDF-1.7", b"", b'{"items": 1}'])
def test_rubbish_gives_nothing_and_says_why(site: Site, body: bytes) -> None:
    site.page("/", body)

    explored = found(site)

    assert explored.candidates == []
    assert explored.misses[0].startswith("No list of articles in the answer: " + site.url("/"))


def test_a_page_that_is_none_may_stand_beside_a_feed(site: Site) -> None:
    site.page("/", b"%PDF-1.7")
    site.page("/feed/", RSS)

    assert kinds(found(site)) == ["feed"]
