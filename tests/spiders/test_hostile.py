"""Input made to hurt: nothing is expanded or fetched, and everything ends in good time."""

import gzip
import socket
import time
from collections.abc import Callable

import pytest

from crawler.errors import NotAListing
from spiders.auto import read_anything
from spiders.feedparse import read_feed
from spiders.jsonfeed import read_json_feed
from spiders.listingparse import read_listing
from spiders.sitemapparse import read_sitemap
from spiders.unzip import unzip

URL = "https://site.example/x"
SIZE = 300_000
ITEM = "<item><link>/a</link>{}</item>"
LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "ha">' for n in range(12)
)


def rss(inner: str, prolog: str = "") -> str:
    return f'{prolog}<rss version="2.0"><channel>{ITEM.format(inner)}</channel></rss>'


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        pytest.fail(f"something wants to connect: {args}")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "prolog",
    [
        f"<!DOCTYPE rss [{LAUGHS}]>",
        f'<?xml version="1.0"?><!DOCTYPE rss [\n{LAUGHS.replace("<!", chr(10) + "<!")}\n]>\n',
        '<!DOCTYPE rss [<!ENTITY l11 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY % p SYSTEM "http://127.0.0.1:9/">%p;]>',
        "<!DOCTYPE rss [<!ENTITY l11 SYSTEM 'http://127.0.0.1:9/secret'>]>",
    ],
)
def test_entities_are_not_expanded(prolog: str) -> None:
    (link,) = read_feed(rss("<title>&l11;</title>", prolog), URL)

    assert link.title == "&l11;"
    sitemap = f"{prolog}<urlset><url><loc>/a</loc><news><title>&l11;</title></news></url></urlset>"
    (entry,) = read_sitemap(sitemap, URL).links
    assert entry.title in {"", "&l11;"}


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "text", ["/etc/passwd", "http://127.0.0.1:9/feed", "file:///etc/passwd", "ftp://x/"]
)
def test_a_body_that_is_a_path_or_url_is_not_followed(text: str) -> None:
    for read in (read_feed, read_json_feed, read_listing):
        with pytest.raises(NotAListing):
            read(text, URL)


FEEDS = {
    "words in an author": rss("<author>" + "a" * SIZE + "</author>"),
    "word after word in an author": rss(
        "<author>" + ("a" * 399 + " ") * (SIZE // 400) + "</author>"
    ),
    "a word in another author": rss("<author><![CDATA[<" + "a" * SIZE + "]]></author>"),
    "categories": rss("".join(f"<category>{n}</category>" for n in range(SIZE // 25))),
    "attributes": rss("<x " + " ".join(f"a{n}='x'" for n in range(SIZE // 10)) + "/>"),
    "open tags": rss("<a " * (SIZE // 3)),
    "quotes": rss("<a b='" * (SIZE // 6)),
    "ampersands": rss("<x>" + "&" * SIZE),
    "comments": rss("<!--" * (SIZE // 4)),
    "cdata": rss("<![CDATA[" * (SIZE // 9)),
    "depth": rss("<a>" * (SIZE // 3)),
    "prolog": rss("", "<!-- -->" * (SIZE // 8)),
    "doctype": rss("", "<!DOCTYPE [" + "]" * SIZE),
    "ends": "<rss>" + "</" * (SIZE // 2),
    "starts": "<rss>" + "<item>" * (SIZE // 6),
    "date": rss("<pubDate>" + "1 " * (SIZE // 2) + "</pubDate>"),
    "title": rss("<title><![CDATA[" + "<a " * (SIZE // 3) + "]]></title>"),
    "json depth": '{"a":' * (SIZE // 5),
}
SITEMAPS = {
    "depth": "<urlset>" + "<url>" * (SIZE // 5),
    "repeats": "<urlset>" + "<url><loc>/a</loc></url>" * (SIZE // 24) + "</urlset>",
    "ends": "<urlset>" + "</" * (SIZE // 2),
    "date": "<urlset><url><loc>/a</loc><lastmod>" + "1 " * SIZE + "</lastmod></url></urlset>",
    "lines": "https://site.example/\n" * (SIZE // 22),
}
STORY = "<a href='/2026/05/{0}.html'>the long title of story {0}</a> 2026-05-05"
PAGES = {
    "depth": "<html>" + "".join(f"<div>{STORY.format(n)}" for n in range(SIZE // 80)),
    "articles": "<html>"
    + "<article><time>x</time><a href=/a1>the long title of a story</a>" * 4000,
    "navs": "<html>" + "<div class=nav>" * 500 + "".join(STORY.format(n) for n in range(3000)),
    "tables": "<table><tr><td>" * (SIZE // 15) + STORY,
    "anchors": "<html>" + "<a href=x>" * (SIZE // 10),
    "digits": f"<html><p><a href=/x1234>{'1-' * SIZE}</a>{'1 ' * SIZE}</p>",
}


@pytest.mark.parametrize(
    ("read", "text"),
    [
        pytest.param(read, text, id=f"{read.__name__}: {name}")
        for read, texts in ((read_anything, FEEDS), (read_sitemap, SITEMAPS), (read_listing, PAGES))
        for name, text in texts.items()
    ],
)
def test_nothing_takes_long(read: Callable[[str, str], object], text: str) -> None:
    began = time.process_time()
    try:
        read(text, URL)
    except NotAListing as error:
        assert len(str(error)) < 500  # noqa: PT017 — it may also be read without one
    assert time.process_time() - began < 10  # quadratic ones took minutes


def test_gzip_is_told_by_its_bytes_and_bounded() -> None:
    packed = gzip.compress(b"a" * 1000)

    assert unzip(b"plain", URL) == b"plain"
    assert unzip(packed, URL) == b"a" * 1000
    assert unzip(packed + packed, URL) == b"a" * 2000
    assert unzip(packed + b"trailing", URL) == b"a" * 1000
    assert unzip(packed, URL, largest=1000) == b"a" * 1000
    with pytest.raises(NotAListing, match="more than 999 bytes"):
        unzip(packed, URL, largest=999)
    with pytest.raises(NotAListing, match="more than 1,999 bytes"):
        unzip(packed + packed, URL, largest=1999)


def test_damaged_gzip_is_said_and_truncated_gzip_read_as_far_as_it_goes() -> None:
    text = "".join(f"{n * n}\n" for n in range(5000)).encode()
    packed = gzip.compress(text)

    part = unzip(packed[: len(packed) // 2], URL)
    assert part
    assert text.startswith(part)
    with pytest.raises(NotAListing, match="damaged gzip"):
        unzip(packed[:10] + b"\xff" * 100, URL)
