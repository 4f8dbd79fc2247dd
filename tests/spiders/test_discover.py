"""Where a site's articles are listed, and which of the places is best. No sockets."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import NotAListing
from crawler.source import Link
from spiders import discover
from spiders.discover import MOST_FEEDS, MOST_SITEMAPS, Candidate, judge, on_page, ranked
from tests.spiders import pages

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "https://site.example/news/"
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def given_by(kind: str, *links: Link, url: str = URL) -> Candidate:
    return judge(kind, url, links, page=URL, timezone="Asia/Shanghai", now=NOW)


def aged(days: float, path: str = "", host: str = "site.example") -> Link:
    when = NOW - timedelta(days=days)
    return Link(url=f"https://{host}/{path or days}", title="T", published=when.isoformat())


# ------------------------------------------------------------------ the page


def test_feeds_are_taken_from_the_head_and_then_from_the_links() -> None:
    page = """<html><head><base href="https://cdn.example/b/">
    <link rel="Alternate" type="application/rss+xml; charset=utf-8" href="rss?x=1">
    <link rel="alternate" type="application/atom+xml" href="/atom" title="All">
    <link rel="alternate" type="application/rss+xml" href="/f/2" title="最新评论">
    <link rel="alternate" type="application/rss+xml" href="/comments/feed/">
    <link rel="alternate" type="text/html" href="/en/"><link rel="stylesheet" href="/rss.css">
    <link rel="alternate" type="application/feed+json" href="javascript:x"></head><body>
    <a href="/rss/science.xml">Science</a><a href="/atom#top">again</a><a href="/about-rss">?</a>
    <a href="/section/feed/">Section</a><a href="/post/comments.rss">no</a></body></html>"""

    assert on_page(page, URL) == [
        "https://cdn.example/b/rss?x=1",
        "https://cdn.example/atom",
        "https://cdn.example/rss/science.xml",
        "https://cdn.example/section/feed/",
    ]


def test_a_column_of_commentary_is_no_feed_of_comments() -> None:
    """评论 and "commentary" are what newspapers call their opinion pages."""
    page = """<html><head>
    <link rel="alternate" type="text/xml" href="/rss/opinion.xml" title="人民网评论频道">
    <link rel="alternate" type="application/rss+xml" href="/commentary/feed/" title="Commentary">
    <link rel="alternate" type="application/rss+xml" href="/x/1" title="某站 » 评论 Feed">
    <link rel="alternate" type="application/rss+xml" href="/x/2" title="Site » Comments Feed">
    </head><body></body></html>"""

    assert on_page(page, URL) == [
        "https://site.example/rss/opinion.xml",
        "https://site.example/commentary/feed/",
    ]


@pytest.mark.parametrize(
    ("page", "first"),
    [
        ("https://site.example/news/ip/", "https://site.example/news/ip/feed/"),
        ("https://site.example/news/ip", "https://site.example/news/ip/feed/"),
        ("https://site.example/news/index.html?x", "https://site.example/news/feed/"),
        ("https://site.example", "https://site.example/feed/"),
    ],
)
def test_the_feed_of_a_section_is_looked_for_below_it(page: str, first: str) -> None:
    """Before that of the whole site, which lists what was not asked about."""
    found = discover.usual_feeds(page)

    assert found[0] == first
    assert found.count("https://site.example/feed/") == 1


def test_a_blog_has_its_feed_and_a_notice_board_none() -> None:
    assert on_page(pages.BLOG, URL) == ["https://site.example/feed/"]
    assert on_page(pages.GOVERNMENT, URL) == []


def test_what_is_no_page_has_no_feeds() -> None:
    with pytest.raises(NotAListing):
        on_page("%PDF-1.7", URL)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<rss><channel/></rss>", "feed"),
        ('{"items": 1}', "feed"),
        ("<urlset/>", "sitemap"),
        ("https://site.example/1", "sitemap"),
        ("<html>", ""),
        ("", ""),
    ],
)
def test_a_text_is_known_by_its_looks(text: str, kind: str) -> None:
    assert discover.listed_as(text) == kind


def test_the_usual_places_are_on_the_origin() -> None:
    assert discover.well_known(URL + "a/b?c", ("/feed/", "/rss.xml", "/feed/")) == [
        "https://site.example/feed/",
        "https://site.example/rss.xml",
    ]


def test_sitemaps_of_news_come_first_and_few_are_tried() -> None:
    named = [f"https://site.example/map-{n}.xml" for n in range(50)]
    named += ["/news-sitemap.xml", "ftp://x/", "https://site.example/map-0.xml"]

    found = discover.sitemaps(named, URL)

    assert found[:2] == ["https://site.example/news-sitemap.xml", named[0]]
    assert len(found) == MOST_SITEMAPS


@pytest.mark.parametrize(
    "page",
    [
        lambda n: "<html>" + "<link rel=alternate type=application/rss+xml href=/f>" * n,
        lambda n: "<html>" + "".join(f"<a href='/{i}/feed/'>x</a>" for i in range(n)),
        lambda n: "<div>" * n,
        lambda n: "<a href='/feed/" + "x/" * n + "'>",
        lambda n: f"<link rel=alternate type=application/rss+xml title='{'comment ' * n}' href=/f>",
        lambda n: "<html><link rel=alternate href='" + "/feed" * n + "' type=application/rss+xml>",
        lambda n: "<" * n,
        lambda n: "<html>\x00" + "<base href='//[" * n,
    ],
)
def test_hostile_pages_end_in_good_time(page: Callable[[int], str]) -> None:
    text = page(100_000)

    started = time.process_time()
    found = on_page(text, URL)

    assert time.process_time() - started < 10
    assert len(found) <= MOST_FEEDS


@given(st.text())
def test_any_text_is_a_page_or_is_none(text: str) -> None:
    try:
        found = on_page(text, URL)
    except NotAListing:
        return
    assert all(url.startswith(("http://", "https://")) for url in found)


# ------------------------------------------------------------------ the ranking


def test_articles_are_newest_first_with_the_undated_behind() -> None:
    links = (
        Link(url="https://site.example/a", title="undated"),
        Link(url="https://site.example/2026/05/18/b", title="by its URL"),
        aged(40),
        Link(url="https://site.example/c", title="by its words", published="2026年5月19日 09:00"),
    )

    found = given_by("listing", *links)

    assert [article.title for article in found.newest(3)] == ["by its words", "by its URL", "T"]
    assert found.articles[0].when == datetime(2026, 5, 19, 1, tzinfo=UTC)
    assert [article.precise for article in found.articles[:2]] == [True, False]
    assert (found.recent, found.listed) == (3, 4)


def test_only_recent_articles_of_this_site_count() -> None:
    links = [
        aged(1),
        aged(60),
        aged(-9),
        aged(2, host="other.example"),
        aged(3, host="a.site.example"),
    ]

    assert given_by("feed", *links).recent == 2


def test_the_order() -> None:
    best = [
        given_by("feed", *(aged(n) for n in range(3))),
        given_by("feed", aged(1, "x"), url=URL + "2"),
        given_by("sitemap", *(aged(n) for n in range(9))),
        given_by("listing", *(aged(n) for n in range(20))),
        given_by("listing", Link(url="https://site.example/undated")),
        given_by("feed", aged(900)),
    ]

    for order in (best, best[::-1], best[3:] + best[:3]):
        assert ranked(order) == best


def test_what_gives_nothing_or_the_same_is_left_out() -> None:
    first = given_by("feed", aged(1), url=URL + "feed")
    again = given_by("feed", aged(1), url=URL + "feed/")

    assert ranked([first, given_by("feed"), again]) == [first]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["feed", "sitemap", "listing"]),
            st.lists(st.one_of(st.floats(-3, 90), st.none()), max_size=4),
        ),
        max_size=6,
    )
)
def test_a_living_feed_is_never_behind_a_page(made: list[tuple[str, list[float | None]]]) -> None:
    candidates = [
        given_by(
            kind,
            *(
                Link(url=f"https://site.example/{n}") if days is None else aged(days, f"{n}-{i}")
                for i, days in enumerate(ages)
            ),
        )
        for n, (kind, ages) in enumerate(made)
    ]

    order = ranked(candidates)

    assert {id(one) for one in order} <= {id(one) for one in candidates}
    living = [one.kind for one in order if one.recent]
    assert [one.recent > 0 for one in order] == sorted(one.recent > 0 for one in order)[::-1]
    assert living == sorted(living, key=["feed", "sitemap", "listing"].index)


def test_a_flood_of_links_is_judged_in_part() -> None:
    found = given_by("sitemap", *(aged(n % 30, str(n)) for n in range(5000)))

    assert len(found.articles) == 500
    assert found.listed == 5000
