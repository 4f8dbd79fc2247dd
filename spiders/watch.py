"""A source that is one page, watched for changes of its text."""

from __future__ import annotations

import html
from functools import partial
from typing import TYPE_CHECKING

from bs4 import Tag

from archive.urls import tidy
from crawler.source import Link
from spiders.base import SourceSpider
from spiders.links import TITLE_LENGTH, squeeze
from spiders.page import parse_html, select_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response

_UTF8 = "text/html; charset=utf-8"


def watched(text: str, url: str, select: str) -> tuple[str, str]:
    """The title and the HTML of a page, its body only what `select` hits (the whole without it).

    Raises NotAListing when it is no page, or when the selector hits nothing: the part that was
    watched is gone, which must not pass for a page that became empty.
    """
    soup = parse_html(text, url)
    heading = soup.title or soup.find("h1")
    title = squeeze(heading.get_text(" "), TITLE_LENGTH) if isinstance(heading, Tag) else ""
    if not select:
        return title, text
    parts = select_all(soup, select, url)
    inner = [part for part in parts if not any(other in part.parents for other in parts)]
    head = str(soup.head) if soup.head else f"<head><title>{html.escape(title)}</title></head>"
    body = "\n".join(str(part) for part in inner)
    return title, f"<!DOCTYPE html><html>{head}<body><article>{body}</article></body></html>"


class WatchSpider(SourceSpider):
    """Lists one page, with its text at hand: each change of it is a revision."""

    name = "watch"

    async def parse(self, response: Response) -> AsyncIterator[Link]:
        """One link, to the source itself; raises NotAListing."""
        select = self.source.select
        title, page = await self.read(response, partial(watched, select=select))
        part = response.replace(body=page.encode("utf-8", "replace")) if select else response
        if select:
            part.headers["Content-Type"] = _UTF8
        # By its tidy URL, under which the page at hand is looked up.
        yield Link(url=tidy(self.source.url), title=title, page=part)
