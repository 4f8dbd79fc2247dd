"""The address that a page calls its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from crawler.markup import Markup


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
