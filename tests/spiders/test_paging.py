"""Listings of several pages: which link turns the page, how far it is followed, and what ends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from crawler.listing import Listed, list_source
from crawler.source import Source
from spiders.kinds import KINDS
from spiders.nextpage import next_page
from tests.crawler.newsroom import Newsroom, prose
from tests.spiders import pages
from tests.support.fetching import run, transport
from tests.support.site import Answer, Recorded, Site, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from archive.store import Archive
    from crawler.engine import Engine

URL = "https://site.example/news/"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


# ------------------------------------------------------------------ the link


@pytest.mark.parametrize(
    ("markup", "target"),
    [
        ('<link rel="next" href="/news/page/2/">', "/news/page/2/"),
        ('<a href="/x" rel="next nofollow">…</a>', "/x"),
        ('<a href="index_2.html">下一页</a>', "/news/index_2.html"),
        ('<a href="index_2.html">下一頁 &gt;</a>', "/news/index_2.html"),
        ('<a href="?page=2">下页</a>', "/news/?page=2"),
        ('<a href="?p=2"><span>Next</span> page »</a>', "/news/?p=2"),
        ('<a href="/news/page/2/">← Older posts</a>', "/news/page/2/"),
        ('<a href="?older=9">Earlier stories</a>', "/news/?older=9"),
        ('<p class="pager"><a href="?p=9">»</a><a href="?p=2">2</a></p>', "/news/?p=2"),
        ('<ul class="pagination"><li>1</li><li><a href="?page=2">2</a></li></ul>', "/news/?page=2"),
        ('<div class="pager"><a href="?page=1">›</a></div>', "/news/?page=1"),
        ('<div class="page-list"><a href="?n=1" title="Next"><img></a></div>', "/news/?n=1"),
        ('<p class="paging"><a href="?page=3">3</a><a href="?page=2">2</a></p>', "/news/?page=2"),
        ('<p class="pager"><a href="?page=2">2</a><a href="?page=5">Next</a></p>', "/news/?page=5"),
    ],
)  # fmt: skip
def test_the_link_that_turns_the_page(markup: str, target: str) -> None:
    """As sites really write it; a word is believed before a number."""
    assert turned(markup) == f"https://site.example{target}"


@pytest.mark.parametrize(
    "markup",
    [
        '<a href="/next-steps.html">Next steps for the patent office</a>',
        '<a href="#">Next</a>',
        '<a href="/opinion/">More stories</a>',
        '<a href="/news/">Next</a>',
        '<a href="javascript:go(2)">下一页</a>',
        '<a href="https://other.example/?page=2">Next page</a>',
        '<a href="/art/2.html">2</a>',  # not in a row of pages
        '<div class="slider"><a href="/art/2.html">›</a></div>',
        '<p class="pagination"><a href="?page=9">9</a></p>',
        '<a href="/news/page/1/">Newer posts</a>',
        '<a href="/a.html">上一页</a>',
        "",
    ],
)
def test_what_turns_no_page(markup: str) -> None:
    """A headline, a slide show, another site and the way back are no next page."""
    assert turned(markup) == ""


@pytest.mark.parametrize(
    ("page", "target"),
    [
        (pages.GOVERNMENT, "/col/col14/index_3.html"),
        (pages.BLOG, "/page/2/"),
        (pages.TABLES, "/news/list.asp?class=3&page=2"),
        (pages.SLUGS, "/press?page=1"),
        (pages.NEWSPAPER, ""),
    ],
    ids=["government", "blog", "tables", "slugs", "newspaper"],
)
def test_the_next_pages_of_typical_sites(page: str, target: str) -> None:
    """Four families of content systems; a front page has none."""
    assert turned(page) == (f"https://site.example{target}" if target else "")


def turned(markup: str) -> str:
    return next_page(BeautifulSoup(f"<body>{markup}</body>", "lxml"), URL, URL)


# ------------------------------------------------------------------ how far


def block(names: list[str], following: str) -> str:
    """A page of a listing; it names the next."""
    items = "".join(
        f'<li><a href="/2026/05/{name}-and-what-it-means/">{name} and what it means for us</a></li>'
        for name in names
    )
    more = f'<a rel="next" href="{following}">Next</a>' if following else ""
    return f"<html><body><ul class=news>{items}</ul>{more}</body></html>"


def listed(site: Site, path: str, kind: str = "listing", most: int = 5) -> Listed:
    async def main() -> Listed:
        source = Source(name="s", url=site.url(path), kind=kind, pages=most)
        async with transport(robots=False) as opened:
            return await list_source(opened, KINDS[kind], source, {})

    return run(main())


def endless(site: Site, path: str, names: Callable[[int], list[str]]) -> None:
    """Pages without an end: page n names n + 1."""

    def behave(request: Recorded, wire: Wire) -> None:
        number = int(request.path.partition("=")[2] or 1)
        page = block(names(number), f"{path}?page={number + 1}")
        wire.answer(Answer(page.encode()))

    site.behave(f"{path}*", behave)


@pytest.mark.parametrize("kind", ["listing", "auto"])
@pytest.mark.parametrize("most", [1, 3])
def test_endless_pages_end_at_the_limit(site: Site, kind: str, most: int) -> None:
    """Every page has other articles and names a next one; `pages` says how many are read."""
    endless(site, "/news", lambda n: [f"report {n} {word}" for word in ("one", "two", "three")])

    found = listed(site, "/news", kind, most)

    assert len(found.links) == 3 * most
    assert [request.path for request in site.requests] == ["/news"] + [
        f"/news?page={n}" for n in range(2, most + 1)
    ]


def test_a_calendar_without_end_is_left_at_its_first_month_without_news(site: Site) -> None:
    """Every month names the next and lists what stood on the page before, or nothing."""
    endless(site, "/calendar", lambda _: ["the spring fair", "the summer fair", "the autumn fair"])

    found = listed(site, "/calendar", most=100)

    assert len(found.links) == 3
    assert len(site.requests) == 2


def test_empty_months_end_it_as_well_and_are_no_failure(site: Site) -> None:
    """A page without articles stands behind the last one."""
    endless(site, "/calendar", lambda n: ["the fair", "the show", "the ball"] if n == 1 else [])

    found = listed(site, "/calendar", most=100)

    assert (len(found.links), len(site.requests), found.failure) == (3, 2, None)


def test_pages_in_a_ring_are_read_once(site: Site) -> None:
    """The last page names the first."""
    site.page("/a", block(["first report", "second report", "third report"], "/b"))
    site.page("/b", block(["fourth report", "fifth report", "sixth report"], "/a"))

    assert len(listed(site, "/a", most=100).links) == 6
    assert len(site.requests) == 2


@pytest.mark.parametrize(("status", "failed"), [(404, False), (503, True)])
def test_a_next_page_that_is_gone_is_the_end_and_one_that_fails_is_said(
    site: Site, status: int, *, failed: bool
) -> None:
    """What the first page listed is kept either way."""
    site.page("/a", block(["first report", "second report", "third report"], "/b"))
    site.page("/b", "", status=status)

    found = listed(site, "/a")

    assert len(found.links) == 3
    assert (found.failure is not None) == failed


# ------------------------------------------------------------------ how far, for a source we know


@pytest.fixture
def room(site: Site, tmp_path: Path) -> Newsroom:
    """A listing of three pages, four articles each."""
    room = Newsroom(site, tmp_path / "n.db")
    room.source = Source(name="s", url=site.url("/list"), kind="listing", backlog=timedelta(days=3))
    return room


def write(room: Newsroom, newest: int) -> None:
    """Articles 1 to `newest`, the newest first, four a page."""
    numbers = list(range(newest, 0, -1))
    starts = range(0, newest, 4)
    for start in starts:
        names = [f"report {n}" for n in numbers[start : start + 4]]
        following = f"/list?{start + 4}" if start + 4 < newest else ""
        room.site.page(f"/list?{start}" if start else "/list", block(names, following))
    for n in numbers:
        body = (
            f"<article><h1>Report {n}</h1><p>{prose(str(n))}</p><p>{prose(f'{n}b')}</p></article>"
        )
        room.site.page(f"/2026/05/report%20{n}-and-what-it-means/", body)


def test_pages_are_turned_back_to_what_is_known(room: Newsroom) -> None:
    """In its daily work a listing costs one request; after a pause nothing is missed."""
    asked: list[list[str]] = []

    async def job(engine: Engine, _: Archive) -> None:
        for newest in (8, 9, 16):
            write(room, newest)
            before = len(room.site.requests)
            await engine.poll(room.source, owner="test")
            paths = [one.path for one in room.site.requests[before:]]
            asked.append([path for path in paths if path.startswith("/list")])

    room.run(job)

    assert asked == [["/list", "/list?4"], ["/list"], ["/list", "/list?4"]]
    articles = [one.path for one in room.site.requests if one.path.startswith("/2026")]
    assert len(set(articles)) == 16


def test_a_next_page_that_failed_is_turned_to_at_the_next_poll(room: Newsroom) -> None:
    """Neither what is known of the first page nor its 304 may hide what the second lists."""

    async def job(engine: Engine, _: Archive) -> None:
        write(room, 8)
        names = [f"report {n}" for n in (8, 7, 6, 5)]
        room.site.page("/list", block(names, "/list?4"), etag=True)
        room.site.page("/list?4", "", status=503)
        first = await engine.poll(room.source, owner="test")
        write_page(room, "/list?4", [4, 3, 2, 1])
        second = await engine.poll(room.source, owner="test")
        assert (first.outcome, first.count("new")) == ("partial", 4)
        assert (second.outcome, second.count("new")) == ("ok", 4)

    room.run(job)


def write_page(room: Newsroom, path: str, numbers: list[int]) -> None:
    room.site.page(path, block([f"report {n}" for n in numbers], ""))


def test_a_whole_absence_is_caught_up_with_to_the_limit(room: Newsroom) -> None:
    """Twenty new articles on five pages, and a limit of three."""

    async def job(engine: Engine, _: Archive) -> None:
        write(room, 4)
        await engine.poll(room.source, owner="test")
        write(room, 24)
        room.source = Source(name="s", url=room.site.url("/list"), kind="listing", pages=3)
        report = await engine.poll(room.source, owner="test")
        assert report.count("new") == 12

    room.run(job)
