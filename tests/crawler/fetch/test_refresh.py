"""Pages that send their readers on: followed like any redirect, or read as what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import HtmlResponse, Response, XmlResponse

from crawler.errors import BadStatus, Disallowed, Forbidden
from crawler.fetch.redirects import RedirectMiddleware
from crawler.source import Source
from tests.crawler.newsroom import Newsroom, fates, prose
from tests.support.fetching import run, transport

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.site import Site

URL = "https://news.example/a/b"


def refresh(content: str) -> str:
    return f'<html><head><meta http-equiv="refresh" content="{content}"></head><body>moved</body>'


GBK = f'<meta charset="gbk">{refresh("0; url=/专利")}'.encode("gbk")


def follow(page: str | bytes, kind: Any = HtmlResponse, **meta: Any) -> str:
    """Where a page leads, "" if it is the answer."""
    body = page.encode() if isinstance(page, str) else page
    answer = kind(URL, body=body, headers={"Content-Type": "text/html"})
    found = RedirectMiddleware(5).process_response(Request(URL, meta=meta), answer)
    return found.url if isinstance(found, Request) else ""


@pytest.mark.parametrize(
    ("page", "target"),
    [
        (refresh("0; url=/x"), "https://news.example/x"),
        (refresh("0;URL=x?a=1&amp;b=2"), "https://news.example/a/x?a=1&b=2"),
        (refresh("3; url=https://other.example/"), "https://other.example/"),
        ("<META content='0;url=/x' HTTP-EQUIV=Refresh>", "https://news.example/x"),
        (GBK, "https://news.example/%E4%B8%93%E5%88%A9"),
    ],
)
def test_where_a_page_sends_its_readers(page: str | bytes, target: str) -> None:
    """A listing that has moved, or the door page of an old site, is not an empty page."""
    assert follow(page) == target


@pytest.mark.parametrize(
    "page",
    [
        refresh("300"),
        refresh("0"),
        refresh("0; url=/a/b"),
        refresh("0; url=#top"),
        refresh("60; url=/next-picture"),
        refresh("0; url=app://open/b"),
        refresh("0; url=javascript:go()"),
        refresh("0; url=http://[/"),
        refresh("0; url=//news.example:99999/"),
        f"<noscript>{refresh('0; url=/no-script')}</noscript>",
        f"<!--[if lt IE 9]>{refresh('0; url=/old-browser')}<![endif]-->",
        "<p>refresh, url=/x</p>",
        "x" * 20_000 + refresh("0; url=/far-below"),
    ],
)
def test_pages_that_keep_their_readers(page: str) -> None:
    """What reloads itself, shows pictures in turn or scolds old browsers is the page itself."""
    assert follow(page) == ""


def test_only_pages_refresh_and_robots_txt_is_none() -> None:
    """A feed that quotes the tag is a feed; RFC 9309 knows redirects of HTTP alone."""
    assert follow(refresh("0; url=/x"), XmlResponse) == ""
    assert follow(refresh("0; url=/x"), Response) == ""
    assert follow(refresh("0; url=/x"), robots=False) == ""


PIECES = [b"http://", b"//", b":", b"[", b"]", b"::1", b"@", b"99999", b"%", b"\\", b"\xe3\x80\x82"]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=6).map(b"".join))
def test_no_refresh_breaks_it(junk: bytes) -> None:
    """The page may be anybody's."""
    follow(b'<meta http-equiv="refresh" content="0; url=' + junk + b'">')


def test_every_hop_is_bounded_and_judged(site: Site) -> None:
    """As for redirects: five at most, no circle, robots.txt and the guard at each."""
    for n in range(7):
        site.page(f"/{n}", refresh(f"0; url=/{n + 1}"))
    site.page("/a", refresh("0; url=/b"))
    site.page("/b", refresh("0; url=/a"))
    site.page("/closed", refresh("0; url=/private"))
    site.page("/inside", refresh("0; url=http://10.0.0.1/"))
    site.page("/robots.txt", "User-agent: *\nDisallow: /private", content_type="text/plain")
    site.page("/7", "there")

    async def main(path: str) -> Response:
        async with transport() as opened:
            return await opened.fetch(Request(site.url(path)))

    assert run(main("/2")).url == site.url("/7")
    for path, error, said in (
        ("/1", BadStatus, "more than 5"),
        ("/a", BadStatus, "in a circle"),
        ("/closed", Disallowed, "private"),
        ("/inside", Forbidden, "10.0.0.1"),
    ):
        with pytest.raises(error, match=said):
            run(main(path))


@pytest.fixture
def room(site: Site, tmp_path: Path) -> Newsroom:
    return Newsroom(site, tmp_path / "n.db")


def test_an_article_is_filed_where_its_door_page_leads(room: Newsroom) -> None:
    """And a door that leads to the front page is a page that is gone."""
    room.article("there")
    room.site.page("/door.html", refresh("0; url=/there.html"))
    room.site.page("/gone.html", refresh("0; url=/"))
    room.site.page("/", "<p>Welcome</p>")
    room.feed("door", "gone")

    (report,) = room.polls()

    assert fates(report) == {"door.html": "new", "gone.html": "dropped"}
    assert "front page" in next(p.reason for p in report.pages if p.url.endswith("gone.html"))


def test_a_listing_behind_a_door_is_never_asked_conditionally(room: Newsroom) -> None:
    """The door page has not changed since 2020, and would say so of whatever stands behind it."""
    old = {"Last-Modified": "Wed, 01 Jan 2020 00:00:00 GMT"}
    new = {"Last-Modified": "Sun, 22 Nov 2026 00:00:00 GMT", "ETag": '"v1"'}
    room.site.page("/door", refresh("0; url=/list"), headers=old)
    links = "".join(f'<li><a href="/n{n}.html">{prose(str(n), 1)}</a></li>' for n in range(3))
    room.site.page("/list", f"<html><body><ul>{links}</ul></body></html>", headers=new)
    room.source = Source(name="s", url=room.site.url("/door"), kind="listing", select="li a")

    first, second = room.polls(2)

    assert (first.found, second.found) == (3, 3)
    asked = room.site.asked("/door")[-1].headers
    assert not asked.keys() & {"if-none-match", "if-modified-since"}
