"""What a page said about itself, kept with the place where it said so."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit

from archive.article import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.decode import Decoded
    from crawler.markup import Markup

_MOST = 12  # pieces of evidence a field


class Seen(Protocol):
    """A statement of a page: what it said and where."""

    @property
    def value(self) -> str: ...
    @property
    def where(self) -> str: ...


def gathered(field: str, found: Sequence[Seen], chosen: Seen | None) -> list[Evidence]:
    """All that was seen, once each, the chosen first (it may be one that was not seen before)."""
    said = dict.fromkeys((one.value, one.where) for one in ([chosen] if chosen else []) + [*found])
    return [
        Evidence(field=field, value=value, where=where, chosen=chosen is not None and number == 0)
        for number, (value, where) in enumerate(islice(said, _MOST))
    ]


def coding(decoded: Decoded) -> Evidence:
    """How the bytes became text."""
    lost = f", {decoded.replaced} unreadable" if decoded.replaced else ""
    return Evidence(field="text", value=decoded.encoding, where=decoded.how + lost, chosen=True)


@dataclass(frozen=True, slots=True)
class Place:
    """An address that a page calls its own."""

    value: str
    where: str


def canonical(markup: Markup, url: str) -> list[Place]:
    """The absolute addresses that a page calls its own, rel=canonical first."""
    found = [
        (link.get("href") or "", "rel=canonical")
        for link in markup.tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    ]
    found += [(content, "meta og:url") for content in markup.meta.get("og:url", ())]
    return [Place(place, where) for href, where in found if (place := _absolute(href, url))]


def _absolute(href: str, base: str) -> str:
    """Empty for what is no web address, and for a home page that an inner page calls its own."""
    try:
        absolute = urljoin(base, href.strip())
        parts, own = urlsplit(absolute), urlsplit(base)
    except ValueError:
        return ""
    if not href.strip() or parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    inner = bool(own.path.strip("/") or own.query)
    return "" if inner and not (parts.path.strip("/") or parts.query) else absolute
