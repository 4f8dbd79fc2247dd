"""The spiders as the engine drives them: requests out, responses in, links and requests out."""

import asyncio
import gzip
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, Response
from scrapy.settings import Settings

from crawler.errors import NotAListing
from crawler.source import Link, Source
from spiders.arguments import BadArgument
from spiders.base import SourceSpider
from spiders.kinds import KINDS
from spiders.sitemap import DEEPEST
from spiders.sitemapparse import MOST_CHILDREN, MOST_LINKS
from tests.spiders import pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.crawler import Crawler

HOME = "https://site.example/x"
RSS = "<rss version='2.0'><channel><item><title>One</title><link>/1</link></item></channel></rss>"


class Signals:
    def connect(self, *_: object, **__: object) -> None:
        pytest.fail("a spider connects a signal of a crawler that outlives it")


class FakeCrawler:
    settings = Settings()
    signals = Signals()


def spider_for(kind: str, **fields: Any) -> SourceSpider:
    source = Source(name="s", kind=kind, **({"url": HOME} | fields))
    return KINDS[kind].from_crawler(cast("Crawler", FakeCrawler()), source=source)


def first_request(spider: SourceSpider) -> Request:
    async def first() -> Request:
        (request,) = [request async for request in spider.start()]
        return cast("Request", request)

    return asyncio.run(first())


def links_of(outputs: list[Any]) -> list[Link]:
    """Without the request for a listing's next page, which has its own tests."""
    return [output for output in outputs if isinstance(output, Link)]


def answer(request: Request, body: str | bytes, content_type: str = "text/html") -> list[Any]:
    """What the request's callback yields for this body."""
    raw = body.encode() if isinstance(body, str) else body
    response = Response(
        request.url, body=raw, headers={"Content-Type": content_type}, request=request
    )

    async def run() -> list[Any]:
        outputs = cast("Any", request.callback)(response, **request.cb_kwargs)
        return [output async for output in cast("AsyncIterator[Any]", outputs)]

    return asyncio.run(run())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_asks_conditionally_at_the_pace_and_with_the_headers_of_its_source(
    kind: str,
) -> None:
    spider = spider_for(kind, delay=timedelta(seconds=2.5), headers=(("X-Key", "k"),))

    request = first_request(spider)

    assert spider.name == kind
    assert request.url == HOME
    assert request.meta["listing"] is True
    assert request.meta["delay"] == 2.5
    assert request.headers["X-Key"] == b"k"
    assert request.dont_filter


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("feed", RSS),
        ("sitemap", "<urlset><url><loc>/1</loc></url></urlset>"),
        ("listing", "<ul><li><a href='/1'>x</a>"),
        ("auto", RSS),
        ("auto", "\n" + RSS),
        ("auto", "<urlset><url><loc>/1</loc></url></urlset>"),
        ("auto", "https://site.example/1"),
        ("auto", '{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/1"}]}'),
        ("auto", "<ul><li><a href='/1'>x</a>"),
    ],
)
@pytest.mark.parametrize("content_type", ["text/html; charset=latin-1", "application/json", ""])
@pytest.mark.parametrize("packed", [False, True])
def test_the_bytes_decide_and_not_the_headers(
    kind: str, body: str, content_type: str, *, packed: bool
) -> None:
    select = "a" if "<ul>" in body else ""
    raw = gzip.compress(body.encode()) if packed else body.encode()

    (link,) = answer(first_request(spider_for(kind, select=select)), raw, content_type)

    assert link.url == "https://site.example/1"


@pytest.mark.parametrize("kind", ["feed", "sitemap", "watch", "listing", "auto"])
@pytest.mark.parametrize("body", [b"", b"\x1f\x8b\x08broken", b"[1]"])
def test_rubbish_is_not_a_listing(kind: str, body: bytes) -> None:
    with pytest.raises(NotAListing):
        answer(first_request(spider_for(kind)), body)


@pytest.mark.parametrize("packed", [False, True])
def test_a_large_body_is_read_off_the_loop(*, packed: bool) -> None:
    """While a feed of 6 MB is read, whatever else is due must have its turn."""
    body = b"<rss>" + b" " * 6_000_000
    response = Response(HOME, body=gzip.compress(body) if packed else body)
    done = threading.Event()

    async def run() -> bool:
        spider = spider_for("feed")
        asyncio.get_running_loop().call_soon(done.set)  # by the loop, which is free to do so
        return await spider.read(response, lambda _text, _url: done.wait(20))

    assert asyncio.run(run())


def test_a_feed_of_six_megabytes_is_read_to_its_end() -> None:
    """With whole articles in it, and with their tags."""
    item = "<item><title>{n}</title><link>/{n}</link><description><![CDATA["
    paragraph = "<p>" + "A paragraph of <em>some</em> words. " * 5 + "</p>"
    item += paragraph * 9 + "]]></description></item>"
    items = "".join(item.format(n=n) for n in range(3600))
    assert len(items) > 6_000_000

    links = answer(first_request(spider_for("feed")), f"<rss><channel>{items}</channel></rss>")

    assert [link.title for link in links] == [str(n) for n in range(3600)]


def test_a_gbk_page_is_read_as_gbk() -> None:
    links = links_of(answer(first_request(spider_for("listing")), pages.TABLES.encode("gbk")))

    assert [link.title for link in links] == [title for _, title, _ in pages.TABLES_LINKS]


# ------------------------------------------------------------------ sitemap


def index(*urls: str) -> str:
    children = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f"<sitemapindex>{children}</sitemapindex>"


def test_an_index_is_followed_once_each_and_never_asked_conditionally() -> None:
    spider = spider_for("sitemap", headers=(("X-Key", "k"),))
    request = first_request(spider)

    children = answer(request, index("/a.xml", "/a.xml", "https://cdn.example/b.xml"))

    assert [child.url for child in children] == [
        "https://site.example/a.xml",
        "https://cdn.example/b.xml",
    ]
    assert request.meta["listing"] is False
    assert all(child.meta["listing"] for child in children)
    assert [child.headers.get("X-Key") for child in children] == [b"k", None]


def test_indexes_of_indexes_end() -> None:
    spider = spider_for("sitemap")
    requests, rounds = [first_request(spider)], 0
    while requests:
        rounds += 1
        requests = answer(requests[0], index(f"/{rounds}.xml", "/x"))

    assert rounds == DEEPEST + 1


def test_a_poll_reads_so_many_children_and_links_at_most() -> None:
    spider = spider_for("sitemap")
    many = index(*(f"/{n}.xml" for n in range(MOST_CHILDREN + 10)))

    children = answer(first_request(spider), many)
    more = answer(children[0], index("/one-more.xml"))
    urls = "".join(f"<url><loc>/{{0}}/{n}</loc></url>" for n in range(3000))
    counts = [
        len(answer(child, f"<urlset>{urls.format(number)}</urlset>"))
        for number, child in enumerate(children[1:4])
    ]

    assert (len(children), len(more)) == (MOST_CHILDREN, 0)
    assert counts == [3000, MOST_LINKS - 3000, 0]


def test_children_older_than_the_backlog_stay_unread() -> None:
    today, old = datetime.now(UTC), datetime.now(UTC) - timedelta(days=60)
    text = "<sitemapindex>" + "".join(
        f"<sitemap><loc>/{moment:%Y}-{moment:%m}.xml</loc><lastmod>{moment:%Y-%m-%d}</lastmod></sitemap>"
        for moment in (today, old)
    )

    recent = answer(first_request(spider_for("sitemap")), text + "</sitemapindex>")
    patient = spider_for("sitemap", backlog=timedelta(days=90))
    both = answer(first_request(patient), text + "</sitemapindex>")

    assert (len(recent), len(both)) == (1, 2)


# ------------------------------------------------------------------ auto


def test_a_page_that_advertises_a_feed_leads_to_it_and_is_always_read_again() -> None:
    request = first_request(spider_for("auto"))

    (follow,) = answer(request, pages.BLOG)
    (link,) = answer(follow, RSS)

    assert follow.url == "https://site.example/feed/"
    assert request.meta["listing"] is False
    assert follow.meta["listing"] is True
    assert link.title == "One"


def test_a_page_whose_feed_is_none_is_a_listing() -> None:
    (follow,) = answer(first_request(spider_for("auto")), pages.BLOG)

    links = links_of(answer(follow, pages.BLOG))

    assert [link.title for link in links] == [title for _, title, _ in pages.BLOG_LINKS]


def test_a_page_without_articles_whose_feed_is_none_says_both() -> None:
    page = "<link rel='alternate' type='application/rss+xml' href='/feed/'><p>Welcome</p>"
    (follow,) = answer(first_request(spider_for("auto")), page)

    with pytest.raises(NotAListing, match=r"no links.*an HTML page came, not a feed"):
        answer(follow, page)


def test_a_selector_asks_for_the_page_whatever_it_advertises() -> None:
    links = links_of(answer(first_request(spider_for("auto", select="h2 a")), pages.BLOG))

    assert [link.title for link in links] == [title for _, title, _ in pages.BLOG_LINKS]


def test_a_page_without_a_feed_is_a_listing() -> None:
    links = links_of(answer(first_request(spider_for("auto")), pages.GOVERNMENT))

    assert len(links) == len(pages.GOVERNMENT_LINKS)


def test_auto_follows_an_index_of_sitemaps() -> None:
    (child,) = answer(first_request(spider_for("auto")), index("/a.xml"))
    (link,) = answer(child, "<urlset><url><loc>/1</loc></url></urlset>")

    assert link.url == "https://site.example/1"


# ------------------------------------------------------------------ watch

WATCHED = """<html><head><meta charset="gbk"><title>Fee
 schedule</title></head><body><p>Visitor 1234</p>
<div class="fees"><p>申请费 900</p><p>Search: 2,700</p></div>
<div class="fees">As of May</div></body></html>"""


def test_a_watched_page_is_its_own_article() -> None:
    request = first_request(spider_for("watch"))

    (link,) = answer(request, WATCHED)

    assert (link.url, link.title) == (HOME, "Fee schedule")
    assert link.page.body == WATCHED.encode()


def test_a_watched_page_goes_by_one_url_however_it_is_configured() -> None:
    request = first_request(spider_for("watch", url="HTTPS://Site.example:443?utm_source=x"))

    (link,) = answer(request, WATCHED)

    assert link.url == "https://site.example/"


def test_only_the_selected_part_is_watched() -> None:
    request = first_request(spider_for("watch", select=".fees, .fees p"))

    (link,) = answer(request, WATCHED.encode("gbk"), "text/html; charset=gbk")

    page = HtmlResponse(link.page.url, body=link.page.body, headers=link.page.headers)
    assert page.css("title::text").get() == "Fee\n schedule"
    assert "Visitor" not in page.text
    assert page.css(".fees > p::text").getall() == ["申请费 900", "Search: 2,700"]
    assert page.text.count("As of May") == 1
    assert (link.page.status, link.page.url) == (200, HOME)


def test_a_watched_part_that_is_gone_is_not_an_empty_page() -> None:
    with pytest.raises(NotAListing, match="hits nothing"):
        answer(first_request(spider_for("watch", select=".prices")), WATCHED)


# ------------------------------------------------------------------ arguments


def test_arguments_make_a_source() -> None:
    spider = KINDS["listing"].from_crawler(
        cast("Crawler", FakeCrawler()),
        url=HOME,
        select="li a",
        timezone="Asia/Shanghai",
        pages="3",
        delay="5s",
        backlog="2h",
    )

    assert spider.source == Source(
        name="site.example",
        url=HOME,
        kind="listing",
        select="li a",
        timezone="Asia/Shanghai",
        pages=3,
        delay=timedelta(seconds=5),
        backlog=timedelta(hours=2),
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "-a url=https://…"),
        ({"url": "ftp://x/"}, "-a url=https://…"),
        ({"url": HOME, "slect": "a"}, "slect. known are url, select, pages, timezone"),
        ({"url": HOME, "pages": "0"}, "pages=0. write a whole number from 1 on"),
        ({"url": HOME, "delay": "soon"}, "delay=soon. write a duration as 5s, 15m, 2h or 3d"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(BadArgument) as caught:
        KINDS["feed"].from_crawler(cast("Crawler", FakeCrawler()), **arguments)

    assert words in str(caught.value)
