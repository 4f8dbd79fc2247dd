"""The link that turns the page of a listing. Pure: a tree in, a URL out.

A site says it in four ways, which are believed in this order: `rel="next"`, a link whose whole
text means "next" or "older", the number that follows in a row of page numbers, and an arrow in such
a row, which may also mean the last page.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from archive.urls import same_site, tidy
from spiders.links import absolute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bs4 import BeautifulSoup, Tag

_MOST_ANCHORS = 5000  # looked at on one page
_LONGEST = 40  # characters of a text that turns a page

_NEXT = re.compile(
    r"[\W_]*(?:next(?: ?page)?|older(?: ?(?:posts|entries|articles|stories|news))?"
    r"|earlier (?:posts|entries|articles|stories|news)"
    r"|下一?[页頁]|后一?[页頁]|後一?頁|(?:更早|较早|以前)的?(?:文章|新闻|内容)?|次(?:の(?:ページ)?|へ))[\W_]*",
    re.IGNORECASE,
)
#: What a button without a word says of itself; outside of a row of pages it turns pictures.
_SIGN = re.compile(r"[›»>→]{1,2}")
_PAGER = re.compile(
    r"(?:^|[\s_-])(?:pagination|paginator|pager|paging|pages?|page-?(?:nav|numbers?|list|bar)"
    r"|nav-?links|fenye|pagelist)(?=$|[\s_-])",
    re.IGNORECASE,
)
_FAR = 4  # levels up from a link to the row that it stands in


def next_page(soup: BeautifulSoup, base: str, url: str, number: int = 1) -> str:
    """The address of the page after this one, on the same site, or "" where none is named.

    `number` is how many pages have been read with this one; `base` is what links start at.
    """
    here = tidy(url)
    for href in _hrefs(soup, number + 1):
        target = absolute(base, href)
        if target and same_site(target, url) and tidy(target) != here:
            return target
    return ""


def _hrefs(soup: BeautifulSoup, following: int) -> Iterator[str]:
    for link in soup.find_all(["link", "a"], href=True, rel=True, limit=_MOST_ANCHORS):
        if "next" in {str(rel).lower() for rel in link.get_attribute_list("rel")}:
            yield str(link["href"])
    links = [(link, _text(link)) for link in soup.find_all("a", href=True, limit=_MOST_ANCHORS)]
    yield from (str(link["href"]) for link, text in links if _NEXT.fullmatch(text))
    for means in (re.compile(str(following)), _SIGN):
        for link, text in links:
            if means.fullmatch(text) and _in_pager(link):
                yield str(link["href"])


def _text(link: Tag) -> str:
    """What the link says, or its label where it shows a picture only; "" if it is long."""
    words = " ".join(" ".join(islice(link.strings, 10)).split())
    words = words or str(link.get("aria-label") or link.get("title") or "").strip()
    return words if len(words) <= _LONGEST else ""


def _in_pager(link: Tag) -> bool:
    for block in islice(link.parents, _FAR):
        for name in ("class", "id", "aria-label", "role"):
            value = block.get(name)
            words = " ".join(value) if isinstance(value, list) else value or ""
            if _PAGER.search(words):
                return True
    return False
