"""JSON Feed 1.0 and 1.1: decoded text in, links out."""

from __future__ import annotations

import json
from typing import Any

from crawler.errors import NotAListing
from crawler.source import Link
from spiders.links import (
    SUMMARY_LENGTH,
    TITLE_LENGTH,
    absolute,
    article_html,
    plain,
    squeeze,
    unique,
)
from spiders.whole import article_in, paragraphed

_LONGEST = 8_000_000  # characters
_MOST = 5000


def read_json_feed(text: str, url: str) -> list[Link]:
    """The items of a JSON Feed in their order, each once; raises NotAListing."""
    feed = _load(text, url)
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(feed, dict) or "jsonfeed.org" not in _text(feed, "version"):
        raise NotAListing(url, cause="JSON came, but not a JSON Feed (no version of jsonfeed.org)")
    if not isinstance(items, list):
        raise NotAListing(url, cause="a JSON Feed without its list of items")
    whole = _people(feed)
    found = (_link(item, url, whole) for item in items[:_MOST] if isinstance(item, dict))
    links = list(unique(link for link in found if link))
    if items and not links:
        raise NotAListing(url, cause=f"a JSON Feed of {len(items)} items, none with a link")
    return links


def _load(text: str, url: str) -> Any:
    if len(text) > _LONGEST:
        raise NotAListing(url, cause=f"a JSON document of more than {_LONGEST:,} characters")
    try:
        return json.loads(text.lstrip("\ufeff\x00 \t\r\n"))
    except (ValueError, RecursionError) as error:
        raise NotAListing(url, cause=f"JSON that cannot be parsed ({error})") from error


def _link(item: dict[str, Any], base: str, author: str) -> Link | None:
    """The item's own page; `external_url` is what the page talks about, so it comes second."""
    guid = _text(item, "id")
    hrefs = (_text(item, "url"), _text(item, "external_url"), guid if "://" in guid else "")
    url = next((found for href in hrefs if href and (found := absolute(base, href))), "")
    if not url:
        return None
    summary = _text(item, "summary") or _text(item, "content_text")
    return Link(
        url=url,
        title=squeeze(_text(item, "title"), TITLE_LENGTH),
        published=squeeze(_text(item, "date_published") or _text(item, "date_modified"), 100),
        summary=squeeze(summary, SUMMARY_LENGTH)
        or plain(_text(item, "content_html"), SUMMARY_LENGTH),
        author=_people(item) or author,
        content=article_html(_text(item, "content_html") or _as_html(_text(item, "content_text"))),
    )


def _as_html(text: str) -> str:
    """The text of an item, which the format calls its whole content: some hold one line there."""
    return article_in(text) and paragraphed(text)


def _people(holder: dict[str, Any]) -> str:
    """The names of `authors` (1.1) or `author` (1.0)."""
    people = holder.get("authors")
    people = people if isinstance(people, list) else [holder.get("author")]
    names = [_text(person, "name") for person in people if isinstance(person, dict)]
    return squeeze(", ".join(name for name in names if name), 200)


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
