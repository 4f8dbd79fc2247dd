"""What a body is, by what it holds and not by what its headers say."""

from __future__ import annotations

import re
from enum import StrEnum

_HEAD = 20_000  # characters: XML prologs with a licence in a comment exist
_PROLOG = re.compile(
    r"\s+|<\?[^>]*>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL
)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_URL_LINE = re.compile(r"https?://\S+")
_FEEDS = frozenset({"rss", "rdf", "feed", "channel"})
_SITEMAPS = frozenset({"urlset", "sitemapindex"})


class Shape(StrEnum):
    """What came, as a person would say it."""

    EMPTY = "an empty body"
    FEED = "an RSS or Atom feed"
    SITEMAP = "a sitemap"
    JSON = "JSON"
    HTML = "an HTML page"
    XML = "XML of another kind"
    URLS = "a list of URLs"
    TEXT = "plain text"


def after_prolog(text: str) -> int:
    """Where the first element starts: past byte order mark, blanks, declarations, comments."""
    at = len(text) - len(text.lstrip("\ufeff\x00 \t\r\n"))
    while found := _PROLOG.match(text, at, at + _HEAD):
        at = found.end()
    return at


def shape(text: str) -> Shape:
    """Tell a feed, sitemap, JSON document, page or list of URLs from one another."""
    at = after_prolog(text)
    if at >= len(text):
        return Shape.EMPTY
    if text[at] in "{[":
        return Shape.JSON
    if root := _ROOT.match(text, at):
        return _by_root(root.group(1).lower(), declared=text.find("<?xml", 0, at) >= 0)
    if _URL_LINE.match(text, at):
        return Shape.URLS
    return Shape.HTML if "<" in text[at : at + _HEAD] else Shape.TEXT


def _by_root(name: str, *, declared: bool) -> Shape:
    if name in _FEEDS:
        return Shape.FEED
    if name in _SITEMAPS:
        return Shape.SITEMAP
    return Shape.XML if declared and name != "html" else Shape.HTML
