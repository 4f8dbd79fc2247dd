"""Whatever comes: links are absolute and fetchable, each once, or NotAListing says why not."""

import contextlib
import gzip
import random
from collections.abc import Callable
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request

from archive.urls import tidy
from crawler.decode import decode
from crawler.errors import NotAListing
from crawler.source import Link
from spiders.auto import read_anything
from spiders.feed import read_any_feed
from spiders.links import SUMMARY_LENGTH, TITLE_LENGTH, absolute, plain, squeeze
from spiders.listingparse import Listing, read_listing
from spiders.sitemapparse import Sitemap, read_sitemap
from spiders.unzip import unzip
from spiders.watch import watched
from tests.spiders import pages
from tests.spiders.test_feed import ATOM03, JSON, RDF, RSS091, atom, rss
from tests.spiders.test_sitemap import urlset

URL = "https://site.example/feed/"
RICH = rss(
    "<item><title>甘肃 &amp; <![CDATA[<b>x</b>]]></title><link>/a?b=1&amp;c=2</link><guid>g</guid>"
    "<pubDate>Wed, 20 May 2026 10:00:00 +0800</pubDate><author>a@b.example (Ann)</author>"
    "<description>&lt;p&gt;text&lt;/p&gt;</description><category>c</category></item>" * 3
)
ENTRY = (
    '<entry xml:base="/x/"><title type="html">One</title><link href="/a"/><id>tag:1</id>'
    "<author><name>Ann</name></author><content type='xhtml'><div>text</div></content></entry>"
)
SEEDS = [
    RICH,
    atom(ENTRY * 2),
    ATOM03,
    RDF,
    RSS091,
    JSON,
    urlset("<url><loc>/1</loc><lastmod>2026-05-20</lastmod></url>" * 2),
    "<sitemapindex><sitemap><loc>/1.xml</loc></sitemap></sitemapindex>",
    "https://site.example/1\nhttps://site.example/2\n",
    pages.GOVERNMENT,
    pages.BLOG,
    pages.NEWSPAPER,
    pages.TABLES,
]
SPLICES = [
    "<", ">", "&", "&#x110000;", "&#0;", "&lol;", "<![CDATA[", "]]>", "<!--", "-->", '"',
    "\x00", "\ud800", "\ufffe", "http://", "https://[", "javascript:", "//", "://", "#", "%", "\n",
    "<item>", "</item>", "<entry>", "<link>", "</link>", "<title>", "<a href='", "</a>", "'", "{",
    ' xml:base="http://["', " xmlns:x='y'", "<x:y>", "<!DOCTYPE x [", "<source>", "<image>", "]",
    "<author>", "</author>", "<svg>", "<content mode='base64'>", "9999999999999999999",
    "2026-13-45", "</channel>", "<?xml ",
]  # fmt: skip
Outcome: TypeAlias = list[Link] | Sitemap | Listing | str | tuple[str, str]
READERS: list[Callable[[str, str], Outcome]] = [
    read_any_feed,
    read_sitemap,
    read_listing,
    read_anything,
    lambda text, url: read_anything(text, url, "li a, h2"),
    lambda text, url: watched(text, url, "p, li"),
]


def mutant(seed: int) -> bytes:
    """A listing after some accidents."""
    chance = random.Random(seed)
    text = chance.choice(SEEDS)
    for _ in range(chance.randint(1, 8)):
        begin, size = chance.randrange(len(text) + 1), chance.choice((0, 1, 5, 40))
        text = text[:begin] + chance.choice(SPLICES) + text[begin + size :]
        if chance.random() < 0.1:
            text = text[: chance.randrange(len(text) + 1)]
    body = text.encode(chance.choice(("utf-8", "gbk", "utf-16")), "replace")
    return gzip.compress(body)[: chance.choice((None, 50))] if chance.random() < 0.1 else body


def check(body: bytes) -> None:
    for read in READERS:
        with contextlib.suppress(NotAListing):
            outcome = read(decode(unzip(body, URL)).text, URL)
            links = outcome.links if isinstance(outcome, Sitemap | Listing) else outcome
            check_links([link for link in links if isinstance(link, Link)])


def check_links(links: list[Link]) -> None:
    for link in links:
        assert link.url.startswith(("http://", "https://"))
        assert Request(link.url).url.startswith(("http://", "https://"))
        assert len(link.title) <= TITLE_LENGTH
        assert len(link.summary) <= SUMMARY_LENGTH
        for text in (link.title, link.summary, link.published, link.author):
            assert text == " ".join(text.split())
            assert "\x00" not in text
            assert text.isprintable() or not any(ord(c) < 32 for c in text)
    assert len({tidy(link.url) for link in links}) == len(links)


@given(st.integers(0, 2**32))
def test_mutants_of_listings(seed: int) -> None:
    check(mutant(seed))


@given(st.binary(max_size=400))
def test_arbitrary_bytes(body: bytes) -> None:
    check(body)


@given(st.sampled_from(SEEDS), st.binary(max_size=30), st.floats(0, 1))
def test_arbitrary_bytes_in_the_midst_of_a_listing(text: str, junk: bytes, where: float) -> None:
    body = text.encode()
    at = int(where * len(body))

    check(body[:at] + junk + body[at:])


@given(st.text(max_size=60), st.sampled_from(["", "http://", "//", "/", "?", "https://a.example:"]))
def test_absolute_is_http_or_nothing(text: str, start: str) -> None:
    url = absolute(URL, start + text)

    assert url == "" or (url.startswith(("http://", "https://")) and tidy(url) and "#" not in url)


@given(st.text(alphabet="<>&;!-/abp =\"'#xX1甘 \n", max_size=200), st.integers(1, 50))
def test_plain_text_has_no_tags_and_is_no_longer_than_asked(markup: str, length: int) -> None:
    text = plain(markup, length)

    assert len(text) <= length
    assert text == squeeze(text, length)
    assert "<b>" not in plain("<b>".join(markup.replace("<", "").replace("&", "")), 50)
