"""Pages that list articles: decoded HTML in, links out. Nothing here fetches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup, Tag

from crawler.errors import NotAListing
from crawler.source import Link
from spiders.articlelinks import Anchor, article_links
from spiders.dates import date_beside, hints_at_date
from spiders.links import TITLE_LENGTH, absolute, squeeze, unique
from spiders.nextpage import next_page
from spiders.page import CHANGED, parse_html, select_all
from spiders.places import Places

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
_ITEM_SIZE = 300  # tags and texts; beyond that a block is no item of a list
_DEEPEST = 100  # levels; bs4 takes time by the level, and no reader's page has so many
_MOST_ANCHORS = 5000  # looked at on one page
_MOST = 2000  # links of one page
_BESIDE = 200  # characters before and after a link that may hold its date
_ITEM = re.compile(r"li|tr|dd|article|section|p|div|td|h[1-6]|span|dl|figure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one page lists, and the address of the page after it ("" where it names none)."""

    links: Sequence[Link]
    following: str = ""


def read_listing(text: str, url: str, select: str = "") -> list[Link]:
    """The articles of one page; see `read_page`."""
    return list(read_page(text, url, select).links)


def read_page(text: str, url: str, select: str = "", number: int = 1) -> Listing:
    """The articles that a page lists, in its order, each once; and what follows it.

    `select` is a CSS selector of the links, or of blocks that each hold one; without it the links
    that look like articles are taken. `number` counts the pages that have been turned. Raises
    NotAListing when there is not one article.
    """
    soup = parse_html(text, url)
    base = _base(soup, url)
    anchors = _selected(soup, base, url, select) if select else _likely(soup, base, url)
    links = [
        Link(url=anchor.url, title=anchor.title, published=anchor.published) for anchor in anchors
    ]
    following = next_page(soup, base, url, number)
    return Listing(links=list(unique(links))[:_MOST], following=following)


def _selected(soup: BeautifulSoup, base: str, url: str, select: str) -> list[Anchor]:
    hits = select_all(soup, select, url)[:_MOST_ANCHORS]
    places = Places(())  # the operator has said what counts
    anchors = [
        anchor
        for hit in hits
        if (link := _link_of(hit))
        and (anchor := _anchor(link, base, places, None if hit is link else hit))
    ]
    if not anchors:
        what = f"the selector {select!r} hits {len(hits)} elements, none with a link"
        raise NotAListing(url, cause=what, hint="select the links, or blocks that hold one each")
    return anchors


def _likely(soup: BeautifulSoup, base: str, url: str) -> list[Anchor]:
    every = soup.find_all("a", href=True, limit=_MOST_ANCHORS)
    places = Places(every)
    anchors = [anchor for link in every if (anchor := _anchor(link, base, places))]
    found = article_links(anchors, base)
    if not found:
        what = f"none of {len(anchors)} links looks like an article" if anchors else "no links"
        raise NotAListing(url, cause=f"{what}; {CHANGED}", hint="a CSS selector in `select` helps")
    return found


def _base(soup: BeautifulSoup, url: str) -> str:
    tag = soup.find("base", href=True)
    return absolute(url, str(tag["href"])) or url if isinstance(tag, Tag) else url


def _link_of(hit: Tag) -> Tag | None:
    """The link that an element is, holds or stands in."""
    if hit.name == "a" and hit.get("href"):
        return hit
    return hit.find("a", href=True) or hit.find_parent("a", href=True)


def _anchor(link: Tag, base: str, places: Places, block: Tag | None = None) -> Anchor | None:
    url = absolute(base, str(link["href"]))
    if not url or next(islice(link.parents, _DEEPEST, None), None):
        return None
    item = block or _item(link)
    heading = link.find(_HEADINGS) is not None or any(
        parent.name in _HEADINGS for parent in islice(link.parents, 3)
    )
    beside = _beside(link, item) if item else ""
    time = _time_tag(item) if item else ""
    title = _title(link)
    return Anchor(
        url=url,
        title=title or _picture(link),
        pictured=not title,
        published=time or date_beside(beside),
        dated=bool(time) or hints_at_date(beside),
        heading=heading,
        place=places.of(link, heading=heading),
        structure=">".join(_step(parent) for parent in islice(link.parents, 4)),
    )


def _words(tag: Tag) -> str:
    return " ".join(islice(tag.strings, _ITEM_SIZE))


def _beside(link: Tag, item: Tag) -> str:
    """The text of the item without that of the link."""
    whole, own = _words(item), _words(link)
    before, _, after = whole.partition(own) if own.strip() else (whole, "", "")
    return squeeze(f"{before[-_BESIDE:]} {after[:_BESIDE]}", 2 * _BESIDE)


def _title(link: Tag) -> str:
    """The text, or the title attribute where it says more: lists cut long titles."""
    heading = link.find(_HEADINGS)
    text = squeeze(_words(heading or link), TITLE_LENGTH)
    attribute = squeeze(str(link.get("title") or ""), TITLE_LENGTH)
    if attribute and (not text or attribute.startswith(text.rstrip(".… "))):
        return attribute
    return text


def _picture(link: Tag) -> str:
    picture = link.find("img", alt=True)
    return squeeze(str(picture["alt"]), TITLE_LENGTH) if picture else ""


def _item(link: Tag) -> Tag | None:
    """The largest block around a link that holds no other: the item of the list."""
    item = None
    target = link.get("href")
    for parent in islice(link.parents, 5):
        if not _ITEM.fullmatch(parent.name) or _holds_another(parent, target):
            break
        item = parent
    return item


def _holds_another(block: Tag, target: object) -> bool:
    inside = list(islice(block.descendants, _ITEM_SIZE + 1))
    if len(inside) > _ITEM_SIZE:
        return True
    tags = [node for node in inside if isinstance(node, Tag)]
    if block.name == "article":  # with its author, tags and comments
        return sum(tag.name in _HEADINGS for tag in tags) > 2
    links = [tag for tag in tags if tag.name == "a" and tag.get("href")]
    others = [link for link in links if link["href"] != target and len(_words(link)) > 12]
    return bool(others) or len(links) > 5


def _time_tag(item: Tag) -> str:
    inside = islice(item.descendants, _ITEM_SIZE)
    time = next((tag for tag in inside if isinstance(tag, Tag) and tag.name == "time"), None)
    if time is None:
        return ""
    return squeeze(str(time.get("datetime") or "") or time.get_text(" "), 100)


def _step(tag: Tag) -> str:
    """A tag with its first class, numbers gone: `li.post-12` and `li.post-13` are one kind."""
    classes = tag.get("class") or ""
    first = classes[0] if isinstance(classes, list) and classes else ""
    return f"{tag.name}.{re.sub(r'[0-9]+', '', first)}"
