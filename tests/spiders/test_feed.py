"""Feeds of every family and every kind of brokenness: what they list, and what is no feed."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from crawler.decode import decode
from crawler.errors import NotAListing
from crawler.source import Link
from spiders import feedparse
from spiders.feed import read_any_feed
from spiders.feedparse import read_feed
from spiders.jsonfeed import read_json_feed
from tests.crawler.newsroom import Newsroom
from tests.support.site import Site

HERE = "https://feeds.example/rss/news.xml"


def rss(items: str, channel: str = "<title>t</title><link>https://site.example/</link>") -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{channel}{items}</channel></rss>'


def atom(entries: str, attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"{attributes}><title>t</title>{entries}</feed>'


def only(links: list[Link]) -> Link:
    (link,) = links
    return link


def item_with(inner: str) -> Link:
    return only(read_feed(rss(f"<item><link>/a</link>{inner}</item>"), HERE))


def entry_with(inner: str) -> Link:
    return only(read_feed(atom(f'<entry><link href="/a"/>{inner}</entry>'), HERE))


RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://site.example/"><title>t</title>
 <link>https://site.example/</link></channel><item rdf:about="https://site.example/1"><title>One</title>
 <link>https://site.example/1</link><dc:date>2026-05-20</dc:date><dc:creator>Ann</dc:creator></item></rdf:RDF>"""
RSS090 = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">
<channel><title>t</title></channel><item><title>One</title><link>https://site.example/1</link></item></rdf:RDF>"""
RSS091 = """<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">
<rss version="0.91"><channel><item><title>One</title><link>https://site.example/1</link></item></channel></rss>"""
ATOM03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>One</title>
<link rel="alternate" type="text/html" href="https://site.example/1"/><issued>2026-05-20</issued></entry></feed>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "1", "url": "https://site.example/1", "title": "One"}],
    }
)


@pytest.mark.parametrize(
    "text",
    [
        RDF,
        RSS090,
        RSS091,
        ATOM03,
        JSON,
        rss("<item><title>One</title><link>https://site.example/1</link></item>"),
        atom('<entry><title>One</title><link href="https://site.example/1"/></entry>'),
    ],
    ids=["rdf", "rss 0.90", "rss 0.91", "atom 0.3", "json feed", "rss 2.0", "atom 1.0"],
)
def test_every_family_is_read(text: str) -> None:
    link = only(read_any_feed(text, HERE))

    assert (link.url, link.title) == ("https://site.example/1", "One")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Fish &amp;amp; chips", "Fish & chips"),
        ("Fish & chips", "Fish & chips"),
        ("<![CDATA[Fish & <b>chips</b>]]>", "Fish & chips"),
        ("&lt;em&gt;甘肃&lt;/em&gt;省知识产权局", "甘肃省知识产权局"),
        ("Two\n   lines&nbsp;here", "Two lines here"),
        ("5 &lt; 7", "5 < 7"),
        ("&ldquo;Quoted&rdquo; &mdash; caf&eacute;", "“Quoted” — café"),
        ("Ctrl\x0b\x1b[31m", "Ctrl[31m"),
        ("&unheard; of", "&unheard; of"),
    ],
)
def test_titles_are_plain_text(title: str, expected: str) -> None:
    assert item_with(f"<title>{title}</title>").title == expected


def test_an_atom_title_that_says_text_is_taken_at_its_word() -> None:
    assert (
        entry_with("<title>The &lt;b> tag &amp;amp; you</title>").title == "The <b> tag &amp; you"
    )
    assert entry_with('<title type="html">The &lt;b>tag&lt;/b></title>').title == "The tag"


def test_a_summary_is_plain_cut_and_without_scripts() -> None:
    html = "<p>One.</p><script>x()</script><p>Two</p>" + "long " * 2000
    link = item_with(f"<description><![CDATA[{html}]]></description>")

    assert link.summary.startswith("One. Two long")
    assert len(link.summary) <= 2000
    assert link.summary.endswith("…")


@pytest.mark.parametrize(
    ("inner", "published"),
    [
        ("<pubDate>2020年10月22日 08:00</pubDate>", "2020年10月22日 08:00"),
        ("<pubDate>Wed, 20 May 2026 10:00:00 CST</pubDate>", "Wed, 20 May 2026 10:00:00 CST"),
        ("<pubDate> </pubDate>", ""),
        ("", ""),
    ],
)
def test_the_date_is_passed_on_as_it_stands(inner: str, published: str) -> None:
    assert item_with(inner).published == published


def test_an_atom_entry_is_dated_by_its_publication_else_its_update() -> None:
    updated = "<updated>2026-05-21T00:00:00Z</updated>"

    assert entry_with(updated).published == "2026-05-21T00:00:00Z"
    both = updated + "<published>2026-05-20T00:00:00Z</published>"
    assert entry_with(both).published == "2026-05-20T00:00:00Z"


def test_authors_are_names() -> None:
    for author in ("ann@site.example (Ann Lee)", "Ann Lee &lt;ann@site.museum&gt;", "Ann Lee"):
        assert item_with(f"<author>{author}</author>").author == "Ann Lee"
    assert item_with("<author>desk@site.example</author>").author == "desk@site.example"
    one = "<author><name>Ann</name><email>ann@site.example</email></author>"
    assert entry_with(one).author == "Ann"
    two = "<author><name>Ann</name></author><author><name>Bo</name></author>"
    assert entry_with(two).author == "Ann, Bo"


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<link>/a?x=1&y=2</link>", "https://site.example/a?x=1&y=2"),
        ("<link>/a?x=1&amp;y=2</link>", "https://site.example/a?x=1&y=2"),
        (
            "<link><![CDATA[ https://site.example/a?x=1&y=2\n]]></link>",
            "https://site.example/a?x=1&y=2",
        ),
        ("<link>www.other.example/a/1.html</link>", "https://www.other.example/a/1.html"),
        ("<guid>https://site.example/a</guid>", "https://site.example/a"),
        ('<guid isPermaLink="false">https://site.example/a</guid>', "https://site.example/a"),
        ("<guid>https://site.example/g</guid><link>/a</link>", "https://site.example/a"),
        ("<link>/a#comments</link>", "https://site.example/a"),
        (
            (
                "<link>https://proxy.example/~r/1</link><f:origLink xmlns:f="
                '"http://rssnamespace.org/feedburner/ext/1.0">https://site.example/a</f:origLink>'
            ),
            "https://site.example/a",
        ),
        (
            "<link>javascript:void(0)</link><guid>https://site.example/a</guid>",
            "https://site.example/a",
        ),
    ],
)
def test_the_link_of_an_rss_item(item: str, url: str) -> None:
    assert only(read_feed(rss(f"<item>{item}</item>"), HERE)).url == url


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ('<link rel="self" href="/self"/><link rel="alternate" href="/a"/>', "/a"),
        ('<link rel="enclosure" href="/x.mp3"/><link href="/a"/>', "/a"),
        ('<link type="application/json" href="/j"/><link type="text/html" href="/a"/>', "/a"),
        ('<link href="/a"/><link rel="replies" type="text/html" href="/a/comments"/>', "/a"),
        ("<id>https://feeds.example/a</id>", "/a"),
    ],
)
def test_the_link_of_an_atom_entry(links: str, url: str) -> None:
    assert (
        only(read_feed(atom(f"<entry>{links}</entry>"), HERE)).url == "https://feeds.example" + url
    )


def test_relative_links_start_at_xml_base_then_the_site_then_the_feed() -> None:
    based = atom('<entry><link href="a"/></entry>', ' xml:base="https://base.example/x/"')
    nested = atom('<entry xml:base="y/"><link href="a"/></entry>', ' xml:base="/x/"')
    siteless = rss("<item><link>a</link></item>", channel="")

    assert only(read_feed(based, HERE)).url == "https://base.example/x/a"
    assert only(read_feed(nested, HERE)).url == "https://feeds.example/x/y/a"
    assert only(read_feed(siteless, HERE)).url == "https://feeds.example/rss/a"


def test_order_is_kept_and_repeats_go() -> None:
    paths = ["/2", "/1", "/2?utm_source=feed", "/3", "/1#top"]
    links = read_feed(rss("".join(f"<item><link>{path}</link></item>" for path in paths)), HERE)

    assert [link.url for link in links] == [f"https://site.example/{n}" for n in (2, 1, 3)]


@pytest.mark.parametrize("guid", ["", "<guid>same</guid>", "<guid>https://site.example/</guid>"])
def test_no_guid_or_the_same_for_all_loses_no_article(guid: str) -> None:
    """An article is told by its address: guids are what systems get wrong."""
    items = "".join(f"<item>{guid}<link>/{n}</link></item>" for n in range(3))

    links = read_feed(rss(items), HERE)

    assert [link.url for link in links] == [f"https://site.example/{n}" for n in range(3)]


def test_a_guid_that_changes_makes_no_second_article(tmp_path: Path) -> None:
    """Some systems make a new one for every answer."""
    with Site() as site:
        room = Newsroom(site, tmp_path / "a.db")
        room.article("a")
        found = []
        for guid in ("1", "2"):
            item = f"<item><guid>{guid}</guid><link>/a.html</link></item>"
            site.page("/feed.xml", rss(item, f"<link>{site.url('/')}</link>"))
            found += room.polls()

    assert [(report.found, report.count("new")) for report in found] == [(1, 1), (1, 0)]
    assert len(site.asked("/a.html")) == 1


def mixed(number: int) -> str:
    """An item with everything that is mended, inside and outside of CDATA."""
    return (
        f"<item><title>A & B {number} &eacute;\x0b</title><link>/{number}?a=1&b=2</link>"
        f"<dc:creator><![CDATA[{'Ann ' * 200}]]></dc:creator><category>{'c' * 40}</category>"
        f"<description><![CDATA[<p>R&D at http://x.example/{'w' * 2500}</p>]]></description></item>"
    )


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_mending_in_pieces_is_mending_the_whole(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long feed is mended piece by piece; nothing that is mended may lie across a cut."""
    text = rss("".join(mixed(n) for n in range(20)))
    monkeypatch.setattr(feedparse, "_PIECE", len(text))
    whole = read_feed(text, HERE)
    monkeypatch.setattr(feedparse, "_PIECE", size)

    assert read_feed(text, HERE) == whole
    assert len(whole) == 20


def test_entries_without_a_link_are_passed_over() -> None:
    items = "<item><title>no link</title><guid>tag:1</guid></item><item><link>/a</link></item>"

    assert only(read_feed(rss(items), HERE)).url == "https://site.example/a"


@pytest.mark.parametrize(
    "text", [rss(""), atom(""), '{"version":"https://jsonfeed.org/version/1","items":[]}']
)
def test_a_feed_without_entries_is_a_feed(text: str) -> None:
    assert read_any_feed(text, HERE) == []


@pytest.mark.parametrize("junk", ["\ufeff", "\n\n  ", "\x00\n", "<!-- cached -->\n", "\ufeff\n\n"])
def test_what_stands_before_the_declaration_does_not_matter(junk: str) -> None:
    assert item_with("") == only(read_feed(junk + rss("<item><link>/a</link></item>"), HERE))


@pytest.mark.parametrize("tail", ["<script>x</script>", "\n<br />Warning: in feed.php", "\x00\x00"])
def test_what_stands_behind_the_feed_does_not_matter(tail: str) -> None:
    assert only(read_feed(rss("<item><link>/a</link></item>") + tail, HERE)).url.endswith("/a")


@pytest.mark.parametrize("declared", ["", ' encoding="gb2312"', ' encoding="utf-8"'])
@pytest.mark.parametrize(
    "content_type", ["text/html", "application/rss+xml", "text/xml; charset=iso-8859-1"]
)
def test_gbk_feeds_are_read_whatever_they_declare(declared: str, content_type: str) -> None:
    titles = [
        "关于公布第三批地理标志保护名录的公告",
        "专利审查意见答复期限调整的说明",
        "甘肃省知识产权局发布通知",
    ]
    items = "".join(
        f"<item><title>{t}</title><link>/{n}</link></item>" for n, t in enumerate(titles)
    )
    body = rss(items).replace('version="1.0"', 'version="1.0"' + declared, 1).encode("gbk")

    links = read_feed(decode(body, content_type).text, HERE)

    assert [link.title for link in links] == titles


def test_a_truncated_feed_gives_its_whole_entries_and_no_half_url() -> None:
    items = [
        f"<item><title>n</title><link>https://site.example/{n}{n}{n}</link></item>"
        for n in range(4)
    ]
    text = rss("".join(items))
    whole = [link.url for link in read_feed(text, HERE)]
    counts = []
    for end in range(text.index("</item>") + 8, len(text) - len("</rss>")):
        urls = [link.url for link in read_feed(text[:end], HERE)]

        assert urls == whole[: len(urls)]
        counts.append(len(urls))

    assert (counts[0], counts[-1]) == (1, 4)
    assert all(before <= after for before, after in pairwise(counts))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "an empty body came, not a feed"),
        ("<!DOCTYPE html><html><body>Not found</body></html>", "an HTML page came, not a feed"),
        ("<div>hello</div>", "an HTML page came, not a feed"),
        ("Service unavailable", "plain text came, not a feed"),
        ('<?xml version="1.0"?><opml/>', "XML of another kind came, not a feed"),
        ("<urlset/>", "a sitemap came, not a feed"),
        (rss("")[:40], "a broken feed without one readable entry"),
        (rss("<item><title>cut off in the mid"), "a broken feed without one readable entry"),
        (rss("<item><title>x</title></item>" * 3), "a feed of 3 entries, none with a link"),
        ('{"items": []}', "not a JSON Feed"),
        ("[1, 2]", "not a JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": {}}', "without its list of items"),
        (JSON.replace('"url"', '"address"'), "a JSON Feed of 1 items, none with a link"),
        ('{"version": ', "JSON that cannot be parsed"),
        ("[" * 100_000, "JSON that cannot be parsed"),
    ],
)
def test_what_is_no_feed_is_called_what_it_is(text: str, words: str) -> None:
    if text.endswith("in the mid</channel></rss>"):
        text = text.removesuffix("</channel></rss>")
    with pytest.raises(NotAListing) as caught:
        read_any_feed(text, HERE)

    assert words in str(caught.value)
    assert HERE in str(caught.value)


def test_json_items() -> None:
    items = [
        {"url": "/1", "title": "A <b> c", "summary": "s", "date_published": "2026-05-20T10:00:00Z"},
        {
            "id": "https://site.example/2",
            "content_html": "<p>Text</p>",
            "authors": [{"name": "Bo"}],
        },
        {"external_url": "https://elsewhere.example/3", "content_text": "t", "date_modified": "d"},
        {"id": 17, "title": "no link"},
        "not an item",
        {"url": ["no"], "title": None, "id": "tag:x"},
    ]
    feed = {"version": "https://jsonfeed.org/version/1", "author": {"name": "Ann"}, "items": items}

    links = read_json_feed(json.dumps(feed), "https://site.example/feed.json")

    assert links == [
        Link(url="https://site.example/1", title="A <b> c", summary="s",
             published="2026-05-20T10:00:00Z", author="Ann"),
        Link(url="https://site.example/2", summary="Text", author="Bo"),
        Link(url="https://elsewhere.example/3", summary="t", published="d", author="Ann"),
    ]  # fmt: skip
