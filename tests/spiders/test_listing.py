"""Listing pages of several makes, each with the links that a reader would call its articles."""

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import NotAListing
from spiders.articlelinks import Anchor, article_links, width
from spiders.dates import date_beside, date_in_path, hints_at_date
from spiders.listingparse import read_listing
from tests.spiders import pages


@pytest.mark.parametrize(
    ("page", "url", "expected"),
    [
        (pages.GOVERNMENT, "https://office.example/col/col14/index.html", pages.GOVERNMENT_LINKS),
        (pages.BLOG, "https://claims.example/", pages.BLOG_LINKS),
        (pages.TABLES, "http://assoc.example/list.asp?class=3", pages.TABLES_LINKS),
        (pages.SLUGS, "https://office.example/press", pages.SLUGS_LINKS),
    ],
    ids=["government", "blog", "tables", "slugs"],
)
def test_finds_the_articles_with_title_and_date_and_nothing_else(
    page: str, url: str, expected: list[tuple[str, str, str]]
) -> None:
    links = read_listing(page, url)

    found = [(link.url, link.title, link.published) for link in links]
    assert found == [(urljoin(url, path), title, date) for path, title, date in expected]


def test_finds_lead_and_grid_of_a_front_page_once_each_and_honours_its_base() -> None:
    links = read_listing(pages.NEWSPAPER, "https://courier.example/")

    assert [link.url for link in links] == [
        "https://courier.example" + path for path in pages.NEWSPAPER_LINKS
    ]
    assert links[0].title == "Shipyard wins patent case after nine years"


@pytest.mark.parametrize(
    "select",
    ["ul.news a", "ul.news li", "ul.news > li > a[href*=art]", "ul.news li span"],
)
def test_a_selector_may_hit_links_blocks_or_parts_of_a_link(select: str) -> None:
    page = pages.GOVERNMENT.replace("</a><span>", "<span>").replace("</span>", "</span></a>")
    page = page if select.endswith("span") else pages.GOVERNMENT

    links = read_listing(page, "https://office.example/col/col14/index.html", select)

    assert [link.url for link in links] == [
        "https://office.example" + path for path, _, _ in pages.GOVERNMENT_LINKS
    ]
    if not select.endswith("span"):
        assert [link.published for link in links] == [d for _, _, d in pages.GOVERNMENT_LINKS]


def test_a_selector_may_ask_for_links_to_other_sites() -> None:
    (link,) = read_listing(pages.GOVERNMENT, "https://office.example/", "div.links a")

    assert link.url == "https://www.other-office.example/"


@pytest.mark.parametrize(
    ("page", "select", "words"),
    [
        (pages.GOVERNMENT, "ul.news >> [", "'ul.news >> [' cannot be read"),
        (pages.GOVERNMENT, "li:no-such-class", "cannot be read"),
        (pages.GOVERNMENT, "div.gone a", "'div.gone a' hits nothing"),
        (pages.GOVERNMENT, "title", "hits 1 elements, none with a link"),
        (pages.JAVASCRIPT, "", "none of 1 links looks like an article"),
        ("<html><body><p>Nothing here.</p></body></html>", "", "no links"),
        ("", "", "an empty body came, not a page"),
        ("   just words", "", "plain text came, not a page"),
        ("<rss version='2.0'><channel/></rss>", "", "an RSS or Atom feed came, not a page"),
    ],
)
def test_says_why_there_are_no_links(page: str, select: str, words: str) -> None:
    with pytest.raises(NotAListing) as caught:
        read_listing(page, "https://office.example/", select)

    assert words in str(caught.value)


def test_a_page_without_links_suggests_its_reasons() -> None:
    with pytest.raises(NotAListing, match="the page changed or needs JavaScript"):
        read_listing(pages.JAVASCRIPT, "https://office.example/")


def test_one_article_linked_thrice_has_one_link_with_its_best_title() -> None:
    url = "https://a.example/2026/05/long-walk-of-a-patent/"
    anchors = [
        Anchor(url=url, title=""),
        Anchor(url=url + "#more", title="Read more »", dated=True, published="2026-05-01"),
        Anchor(url=url + "?utm_source=x", title="The long walk of a patent", heading=True),
    ]

    (link,) = article_links(anchors, "https://a.example/")

    assert link.title == "The long walk of a patent"
    assert link.published == "2026-05-01"


def test_ideographs_count_double() -> None:
    assert width("知识产权 IP") == 11


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("发布时间：2026-05-20 10:30 来源：本站", "2026-05-20 10:30"),
        ("2026年5月20日", "2026年5月20日"),
        ("[05-20]", "05-20"),
        ("3小时前", "3小时前"),
        ("May 3, 2026 by Ann", "May 3, 2026"),
        ("3rd May 2026", "3rd May 2026"),
        ("won 5-3 in the end", ""),
        ("1234-56-78", ""),
        ("call 010-6208-3114", ""),
        ("", ""),
    ],
)
def test_date_beside_a_link(text: str, date: str) -> None:
    assert date_beside(text) == date


@pytest.mark.parametrize(
    ("path", "dated"),
    [
        ("/art/2026/5/20/art_104_206437.html", True),
        ("/202605/t20260520_1234.html", True),
        ("/2026-05/20/content_99.htm", True),
        ("/2026/05/slug-of-a-post/", True),
        ("/2026/may/20/story", True),
        ("/show/123456.html", False),
        ("/room/1984", False),
        ("/20269999/", False),
    ],
)
def test_date_in_a_path(path: str, dated: bool) -> None:
    assert date_in_path(path) is dated


@given(st.text(max_size=300))
def test_dates_found_are_part_of_the_text(text: str) -> None:
    date = date_beside(text)

    assert date in text
    assert hints_at_date(text) or not date
