"""Sitemaps: decoded text in, links and child sitemaps out. Nothing here fetches.

urlset, sitemapindex and a plain list of URLs, with the news extension; a feed may serve as a
sitemap too (the protocol says so). XML is read element by element, without its document type.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from lxml import etree  # type: ignore[import-untyped]

from crawler.errors import NotAListing
from crawler.source import Link
from spiders.feedparse import read_feed
from spiders.links import TITLE_LENGTH, absolute, plain, squeeze, unique
from spiders.sniff import Shape, after_prolog, shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MOST_LINKS = 5000
MOST_CHILDREN = 50
FEW = 10  # links that are looked at where none has changed lately
_MOST_ENTRIES = 200_000  # the protocol allows 50,000
_TAIL = 2000
_SLACK = timedelta(days=14)  # how long presswatch may have been away
_ROOT_END = re.compile(
    r"</(?:[\w.-]+:)?(?:urlset|sitemapindex)\s*>|<(?:[\w.-]+:)?(?:urlset|sitemapindex)\b[^<>]*/>"
)
_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:url|sitemap)\s*>")
_PREFIX = re.compile(r"<([\w.-]+):")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Child:
    """A sitemap that an index names."""

    url: str
    changed: float | None  # seconds since 1970; None where the index does not say


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one document lists: the links newest first where it dates them."""

    links: Sequence[Link] = ()
    children: Sequence[Child] = ()
    changed: Mapping[str, float] = field(default_factory=dict)  # URL of a link → seconds since 1970


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str  # url | sitemap
    loc: str
    changed: float | None
    title: str = ""
    published: str = ""


def read_sitemap(text: str, url: str) -> Sitemap:
    """What a sitemap lists; empty for a sitemap without entries. Raises NotAListing."""
    came = shape(text)
    if came is Shape.FEED:
        return Sitemap(links=read_feed(text, url)[:MOST_LINKS])
    if came is Shape.URLS:
        lines = [line for line in text.strip("\ufeff\x00").split()[:_MOST_ENTRIES] if "://" in line]
        return Sitemap(links=_links((_Entry("url", line, None) for line in lines), url))
    if came is not Shape.SITEMAP:
        raise NotAListing(url, cause=f"{came} came, not a sitemap")
    whole = _ROOT_END.search(text[-_TAIL:]) is not None
    text = text if whole else _whole_entries(text)
    if not text:
        raise NotAListing(url, cause="a broken sitemap: it ends before its first entry does")
    entries = list(islice(_entries(text, url), _MOST_ENTRIES))
    entries.sort(key=_newest_first)
    children = [
        Child(found, entry.changed)
        for entry in entries
        if entry.kind == "sitemap" and (found := absolute(url, entry.loc))
    ]
    pages = [entry for entry in entries if entry.kind == "url"]
    changed = {
        found: entry.changed
        for entry in pages
        if entry.changed is not None and (found := absolute(url, entry.loc))
    }
    return Sitemap(_links(pages, url), children, changed)


def fresh(sitemap: Sitemap, now: datetime, backlog: timedelta) -> Sequence[Link]:
    """The links worth looking at: changed lately or undated; of old ones only, the newest few.

    Whole archives are listed, and a site that moves makes sitemaps anew with all of its past in
    them, which must not come as news.
    """
    oldest = _oldest(now, backlog)
    recent = [link for link in sitemap.links if sitemap.changed.get(link.url, oldest) >= oldest]
    return recent or sitemap.links[:FEW]


def _oldest(now: datetime, backlog: timedelta) -> float:
    return (now - _EPOCH - backlog - _SLACK).total_seconds()


def choose(children: Sequence[Child], now: datetime, backlog: timedelta) -> list[Child]:
    """The children worth reading: changed lately or undated, newest first, never none at all."""
    oldest = _oldest(now, backlog)
    recent = [child for child in children if child.changed is None or child.changed >= oldest]
    return (recent or list(children[:1]))[:MOST_CHILDREN]


def _whole_entries(text: str) -> str:
    """Up to the last complete entry: half an entry may hold half a URL."""
    end = len(text)
    while (end := text.rfind("</", 0, end)) >= 0:
        if close := _ENTRY_END.match(text, end):
            return text[: close.end()]
    return ""


def _entries(text: str, url: str) -> Iterator[_Entry]:
    text = text[after_prolog(text) :]
    if (prefix := _PREFIX.match(text)) and f"xmlns:{prefix[1]}=" not in text[:_TAIL]:
        text = re.sub(rf"(</?){re.escape(prefix[1])}:", r"\1", text)  # used, but never declared
    source = io.BytesIO(text.encode("utf-8", "replace"))
    try:
        for _, element in etree.iterparse(
            source,
            tag=("{*}url", "{*}sitemap"),
            encoding="utf-8",
            recover=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        ):
            if entry := _entry(element):
                yield entry
            element.clear()
            while element.getprevious() is not None:  # else a list of 50,000 stays in memory
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise NotAListing(url, cause=f"a sitemap that cannot be parsed ({error})") from error


def _entry(element: Any) -> _Entry | None:
    """One entry by its direct children, since images and videos have a `loc` of their own."""
    fields: dict[str, str] = {}
    for child in element.iterchildren(etree.Element):
        name = _name(child)
        if name == "news":
            for part in child.iterchildren(etree.Element):
                fields.setdefault(_name(part), part.text or "")
        elif name in {"loc", "lastmod"}:
            fields.setdefault(name, child.text or "")
    if not fields.get("loc"):
        return None
    published = squeeze(fields.get("publication_date", ""), 100)
    return _Entry(
        _name(element),
        fields["loc"],
        _moment(published) or _moment(fields.get("lastmod", "").strip()),
        plain(fields.get("title", ""), TITLE_LENGTH),
        published,
    )


def _name(element: Any) -> str:
    """The name without its namespace, be it declared or not."""
    return str(re.split("[}:]", element.tag)[-1])


def _links(entries: Iterable[_Entry], url: str) -> list[Link]:
    # The date of the last change is not the date of publication, so only the news date is passed.
    first = {entry.loc: entry for entry in reversed(list(entries))}
    links = (
        Link(url=found, title=entry.title, published=entry.published)
        for entry in reversed(first.values())
        if (found := absolute(url, entry.loc))
    )
    return list(islice(unique(links), MOST_LINKS))


def _newest_first(entry: _Entry) -> float:
    return float("inf") if entry.changed is None else -entry.changed


def _moment(value: str) -> float | None:
    """Seconds since 1970 of a W3C date, only to compare it: a missing zone is UTC here."""
    try:
        moment = datetime.fromisoformat(value if len(value) != 7 else value + "-01")
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, OverflowError):  # of a zone or an hour of twenty digits
            return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH).total_seconds()
