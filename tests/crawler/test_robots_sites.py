"""robots.txt of real sites: what is fetched, what is not, and at which pace."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from scrapy import Request

from crawler.errors import (
    Disallowed,
    RobotsUnknown,
)
from tests.support.fetching import run, transport
from tests.support.site import Site, hang

if TYPE_CHECKING:
    from collections.abc import Iterator


def fetched(*paths: str, site: Site, **changes: Any) -> list[Any]:
    async def main() -> Any:
        async with transport(**changes) as opened:
            return await asyncio.gather(
                *(opened.fetch(Request(site.url(path))) for path in paths), return_exceptions=True
            )

    return run(main())


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        site.page("/page", "page")
        site.page("/closed/page", "no")
        yield site


def test_pages_are_fetched_as_robots_txt_says(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /closed", content_type="text/plain")
    page, closed = fetched("/page", "/closed/page", site=site)
    assert page.body == b"page"
    assert isinstance(closed, Disallowed)
    assert [request.path for request in site.requests] == ["/robots.txt", "/page"]


def test_robots_can_be_switched_off(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /")
    (page,) = fetched("/page", site=site, robots=False)
    assert page.body == b"page"
    assert not site.asked("/robots.txt")


def test_a_redirect_is_judged_where_it_leads(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /closed")
    site.redirect("/move", "/closed/page")
    (error,) = fetched("/move", site=site)
    assert isinstance(error, Disallowed)
    assert "/closed/page" in str(error)
    assert not site.asked("/closed/page")


def test_the_robots_txt_of_the_other_site_is_asked_on_a_redirect(site: Site) -> None:
    with Site("127.0.0.2") as other:
        other.page("/robots.txt", "User-agent: presswatch\nDisallow: /")
        other.page("/there", "no")
        site.redirect("/move", other.url("/there"))
        (error,) = fetched("/move", site=site)
        assert isinstance(error, Disallowed)
        assert [request.path for request in other.requests] == ["/robots.txt"]


def test_robots_txt_may_have_moved(site: Site) -> None:
    site.redirect("/robots.txt", "/real-robots.txt", status=301)
    site.page("/real-robots.txt", "User-agent: *\nDisallow: /closed")
    page, closed = fetched("/page", "/closed/page", site=site)
    assert page.body == b"page"
    assert isinstance(closed, Disallowed)


def test_a_huge_robots_txt_is_cut_and_counts(site: Site) -> None:
    site.page("/robots.txt", b"User-agent: *\nDisallow: /closed\n" + b"# more\n" * 500_000)
    page, closed = fetched("/page", "/closed/page", site=site)
    assert page.body == b"page"
    assert isinstance(closed, Disallowed)


def test_a_robots_txt_that_hangs_keeps_us_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.robots._SECONDS", 0.2)
    site.behave("/robots.txt", hang)
    errors = fetched("/page", "/page", site=site)
    assert [type(error) for error in errors] == [RobotsUnknown] * 2
    assert "0.2 s" in str(errors[0])
    assert [request.path for request in site.requests] == ["/robots.txt"]


def test_a_robots_txt_that_fails_keeps_us_away(site: Site) -> None:
    site.page("/robots.txt", "oops", status=500)
    (error,) = fetched("/page", site=site)
    assert isinstance(error, RobotsUnknown)
    assert not site.asked("/page")


def test_the_delay_of_robots_txt_is_kept(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 0.3")
    fetched("/page", "/page", site=site)
    first, second = site.asked("/page")
    assert second.at - first.at >= timedelta(seconds=0.29)
