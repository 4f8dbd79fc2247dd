"""A source of which only the address is known: what comes decides how it is read."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from spiders.feed import read_any_feed
from spiders.links import absolute
from spiders.listingparse import read_listing
from spiders.page import parse_html
from spiders.sitemap import SitemapSpider
from spiders.sitemapparse import Sitemap, read_sitemap
from spiders.sniff import Shape, shape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bs4 import BeautifulSoup
    from scrapy.http import Response

_COMMENTS = re.compile("comment|评论|評論", re.IGNORECASE)
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")


def advertised_feed(soup: BeautifulSoup, url: str) -> str:
    """The first feed that a page names in its head, but not its feed of comments; or ``""``."""
    for link in soup.find_all("link", href=True):
        rels = {rel.lower() for rel in link.get_attribute_list("rel") if rel}
        kind = str(link.get("type") or "").partition(";")[0].strip().lower()
        href = str(link["href"])
        comments = _COMMENTS.search(f"{href} {link.get('title') or ''}")
        if "alternate" in rels and kind in _FEED_TYPES and not comments:
            return absolute(url, href)
    return ""


def read_anything(text: str, url: str, select: str = "") -> Sitemap | str:
    """What the text lists, or the URL of the feed that the page advertises; raises NotAListing.

    A selector asks for the links of the page itself, whatever feed it advertises.
    """
    came = shape(text)
    if came in {Shape.FEED, Shape.JSON}:
        return Sitemap(links=read_any_feed(text, url))
    if came in {Shape.SITEMAP, Shape.URLS}:
        return read_sitemap(text, url)
    feed = "" if select else advertised_feed(parse_html(text, url), url)
    return feed or Sitemap(links=read_listing(text, url, select))


class AutoSpider(SitemapSpider):
    """Lists what a feed, a sitemap, the feed of a page, or the page itself lists."""

    name = "auto"

    async def parse(self, response: Response, depth: int = 0) -> AsyncIterator[Any]:
        """Links, and requests for what lists them; raises NotAListing."""
        if depth:
            found: Sitemap | str = await self.read(response, read_sitemap)
        else:
            select = self.source.select
            found = await self.read(response, partial(read_anything, select=select))
        if isinstance(found, str):
            self.leads_on(response)
            yield self.request(found, self.parse_feed)
        else:
            for item in self.take(found, response, depth):
                yield item

    async def parse_feed(self, response: Response) -> AsyncIterator[Any]:
        """Links of the feed that a page advertises; raises NotAListing."""
        for link in await self.read(response, read_any_feed):
            yield link
