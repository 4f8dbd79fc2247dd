"""Sitemaps, their indexes, and which children are read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.errors import NotAListing
from crawler.source import Link
from spiders.sitemapparse import (
    FEW,
    MOST_CHILDREN,
    MOST_LINKS,
    Child,
    choose,
    fresh,
    read_sitemap,
)
from tests.crawler.newsroom import Newsroom
from tests.support.site import Site

HERE = "https://site.example/maps/sitemap.xml"
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
DAY = 86400.0


def entry(loc: str, more: str = "", kind: str = "url") -> str:
    return f"<{kind}><loc>{loc}</loc>{more}</{kind}>"


def urlset(*entries: str) -> str:
    namespaces = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
        ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    )
    return f'<?xml version="1.0"?>\n<urlset {namespaces}>{"".join(entries)}</urlset>'


def modified(date: str) -> str:
    return f"<lastmod>{date}</lastmod>"


def urls(text: str) -> list[str]:
    return [link.url for link in read_sitemap(text, HERE).links]


def test_the_newest_come_first_and_undated_ones_last_in_their_order() -> None:
    text = urlset(
        entry("/none"),
        entry("/month", modified("2026-05")),
        entry("/zoned", modified("2026-05-20T01:00:00+08:00")),
        entry("/mail", modified("Wed, 20 May 2026 01:00:00 GMT")),
        entry("/day", modified("2026-05-19")),
        entry("/odd", modified("yesterday")),
    )

    paths = ["/mail", "/zoned", "/day", "/month", "/none", "/odd"]
    assert urls(text) == ["https://site.example" + path for path in paths]


def test_a_news_entry_has_title_and_date_but_a_change_is_no_publication() -> None:
    news = (
        "<news:news><news:publication><news:name>Courier</news:name></news:publication>"
        "<news:publication_date>2026-05-20T08:00:00+08:00</news:publication_date>"
        "<news:title>Fish &amp;amp; <![CDATA[甘肃]]></news:title></news:news>"
    )
    text = urlset(entry("/1", news), entry("/2", modified("2026-05-01")))

    assert read_sitemap(text, HERE).links == [
        Link(
            url="https://site.example/1",
            title="Fish & 甘肃",
            published="2026-05-20T08:00:00+08:00",
        ),
        Link(url="https://site.example/2"),
    ]


def test_the_loc_of_a_picture_is_not_the_page() -> None:
    picture = "<image:image><image:loc>https://site.example/p.jpg</image:loc></image:image>"
    text = urlset(f"<url>{picture}<loc>/1</loc></url>", f"<url>{picture}</url>")

    assert urls(text) == ["https://site.example/1"]


def test_ampersands_blanks_and_repeats_in_urls() -> None:
    text = urlset(
        entry("\n  https://site.example/a?x=1&amp;y=2 \n"),
        entry("/a?x=1&amp;y=2"),
        entry("/a?x=1&amp;y=2&amp;utm_source=map"),
        entry("mailto:x@site.example"),
    )

    assert urls(text) == ["https://site.example/a?x=1&y=2"]


def test_a_prefix_a_missing_namespace_and_a_missing_declaration_do_not_matter() -> None:
    prefixed = "<s:urlset xmlns:s='x'><s:url><s:loc>/1</s:loc></s:url></s:urlset>"

    assert urls(prefixed) == ["https://site.example/1"]
    assert urls(prefixed.replace(" xmlns:s='x'", "")) == ["https://site.example/1"]
    assert urls("<urlset>" + entry("/1") + "</urlset>") == ["https://site.example/1"]


def test_at_most_so_many_links_and_the_newest_of_them() -> None:
    entries = [entry(f"/{n}", modified(f"20{n // 300:02}-01-01")) for n in range(MOST_LINKS + 1000)]

    found = urls(urlset(*entries))

    assert len(found) == MOST_LINKS
    assert found[0] == "https://site.example/5700"
    assert "https://site.example/0" not in found


def test_an_index_names_its_children_newest_first() -> None:
    text = "".join(
        entry(f"/{name}.xml", more, "sitemap")
        for name, more in (("a", ""), ("b", modified("2026-05-01")), ("c", modified("2026-05-19")))
    )

    sitemap = read_sitemap(f"<sitemapindex>{text}</sitemapindex>", HERE)

    assert not sitemap.links
    assert [child.url for child in sitemap.children] == [
        f"https://site.example/{name}.xml" for name in "cba"
    ]


def test_children_that_changed_lately_or_do_not_say_are_read() -> None:
    now = NOW.timestamp()
    children = [Child(f"https://site.example/{age}", now - age * DAY) for age in (1, 16, 18, 400)]
    undated = Child("https://site.example/undated", None)

    chosen = choose([*children, undated], NOW, timedelta(days=3))

    assert chosen == [*children[:2], undated]


@pytest.mark.parametrize("zone", ["+" + "9" * 20, "GMT" + "9" * 9999])
def test_a_date_beyond_all_numbers_is_none(zone: str) -> None:
    """It was a fault of ours that every poll of such a sitemap ended with."""
    dates = f"Mon, 01 Jan 2026 00:00:00 {zone}", "9" * 30, "2026-05-20"
    urls = (entry(f"/{number}", modified(date)) for number, date in enumerate(dates))

    assert len(read_sitemap(urlset(*urls), HERE).links) == 3


def test_of_pages_only_what_changed_lately_or_does_not_say_is_listed() -> None:
    """A site that moves lists all of its past anew, and none of that is news."""
    ages = [1, 16, 18, 400]
    dated = [entry(f"/{age}", modified(f"{NOW - timedelta(days=age):%Y-%m-%d}")) for age in ages]

    found = fresh(read_sitemap(urlset(*dated, entry("/undated")), HERE), NOW, timedelta(days=3))

    assert [link.url.rpartition("/")[2] for link in found] == ["1", "16", "undated"]


def test_what_changed_while_we_were_away_is_listed(tmp_path: Path) -> None:
    """After forty days without a poll, what is thirty days old is still to be found, once."""
    today = datetime.now(UTC)
    ages = {"a": 41, "b": 30, "old": 400}
    with Site() as site:
        room = Newsroom(site, tmp_path / "a.db")
        room.source = replace(room.source, url=site.url("/map.xml"), kind="sitemap")
        for name in ages:
            room.article(name)
        found = []
        for age, names in ((40, ["a"]), (0, ["a", "b", "old"])):
            room.now = today - timedelta(days=age)
            entries = [
                entry(
                    site.url(f"/{name}.html"), modified(f"{today - timedelta(days=ages[name]):%F}")
                )
                for name in names
            ]
            site.page("/map.xml", urlset(*entries))
            found.append([page.url for page in room.polls()[0].pages])

    assert [[url.rpartition("/")[2] for url in urls] for urls in found] == [["a.html"], ["b.html"]]


def test_of_old_pages_only_the_newest_few_are_listed() -> None:
    """A source that has been silent for long is seen to be there, and does not flood."""
    dated = [entry(f"/{n}", modified(f"2020-01-{n:02}")) for n in range(1, 31)]

    found = fresh(read_sitemap(urlset(*dated), HERE), NOW, timedelta(days=3))

    assert [link.url for link in found] == [f"https://site.example/{30 - n}" for n in range(FEW)]
    assert fresh(read_sitemap(urlset(), HERE), NOW, timedelta(days=3)) == []


def test_of_old_children_the_newest_is_read_and_never_too_many() -> None:
    old = [Child(f"https://site.example/{n}", n * DAY) for n in (9, 8, 7)]
    undated = [Child(f"https://site.example/{n}", None) for n in range(80)]

    assert choose(old, NOW, timedelta(days=3)) == old[:1]
    assert choose(undated, NOW, timedelta(days=3)) == undated[:MOST_CHILDREN]
    assert choose([], NOW, timedelta(days=3)) == []


def test_a_list_of_urls_and_a_feed_are_sitemaps_too() -> None:
    feed = "<rss><channel><item><link>/1</link></item></channel></rss>"
    lines = "\ufeffhttps://site.example/1\r\nhttps://site.example/2\r\n# note\n"

    assert urls(lines) == ["https://site.example/1", "https://site.example/2"]
    assert urls(feed) == ["https://site.example/1"]


@pytest.mark.parametrize("text", ["<urlset/>", urlset(), "<sitemapindex></sitemapindex>"])
def test_a_sitemap_without_entries_is_a_sitemap(text: str) -> None:
    sitemap = read_sitemap(text, HERE)

    assert not sitemap.links
    assert not sitemap.children


def test_a_truncated_sitemap_gives_its_whole_entries_and_no_half_url() -> None:
    link = '<xhtml:link rel="alternate" href="/en"/>'
    text = urlset(*(entry(f"/{n}{n}{n}{n}", link) for n in range(4)))
    whole = urls(text)
    for end in range(text.index("</url>") + 7, len(text) - len("</urlset>")):
        found = urls(text[:end])

        assert found
        assert found == whole[: len(found)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "an empty body came, not a sitemap"),
        ("<html><body>404</body></html>", "an HTML page came, not a sitemap"),
        ('{"urls": []}', "JSON came, not a sitemap"),
        ("User-agent: *", "plain text came, not a sitemap"),
        (urlset(entry("/1"))[:-30], "a broken sitemap: it ends before its first entry does"),
    ],
)
def test_what_is_no_sitemap_is_called_what_it_is(text: str, words: str) -> None:
    with pytest.raises(NotAListing) as caught:
        read_sitemap(text, HERE)

    assert words in str(caught.value)
