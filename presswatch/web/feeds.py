"""Atom (RFC 4287) of any search and of any rule: what a feed reader can follow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from lxml import etree  # type: ignore[import-untyped]
from lxml.builder import ElementMaker  # type: ignore[import-untyped]

from alerts.history import overview
from archive.search import read_hits
from presswatch.web.errors import NotFound
from presswatch.web.searching import surveyed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from archive.search import Hit
    from presswatch.web.ask import Ask

ENTRIES: Final = 30
_ATOM: Final = "http://www.w3.org/2005/Atom"

#: What XML 1.0 cannot hold.
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_E = ElementMaker(namespace=_ATOM, nsmap={None: _ATOM})


def of_search(db: Database, ask: Ask) -> bytes:
    """The newest articles that a query finds, or the best. Raises QueryError, and Nonsense."""
    query = ask.book.read(ask.value("q"))
    found = surveyed(db, ask, query, ENTRIES)
    hits = read_hits(db, query, [hit.article for hit in found.found])
    return feed(f"presswatch: {query.text}", ask.link(), hits, ask.clock.now)


def of_rule(db: Database, ask: Ask) -> bytes:
    """The articles that a rule matched last, whether or not it told anybody."""
    name = ask.places["rule"]
    rule = ask.book.rule(name)
    articles = overview.articles_of_rule(db, name, ENTRIES)
    if rule is None and not articles:
        raise NotFound(f"rule {name}")
    hits = read_hits(db, rule.query if rule else None, articles)
    return feed(f"presswatch: {name}", ask.path, hits, ask.clock.now)


def feed(title: str, place: str, hits: Sequence[Hit], now: datetime) -> bytes:
    """The feed of these articles; `place` names it, `now` dates one without articles."""
    newest = max((hit.first_seen for hit in hits), default=now)
    made = _E.feed(
        _E.title(_text(title)),
        _E.id(_name(f"presswatch:{place}")),
        _E.updated(newest.isoformat()),
        _E.link(rel="self", href=_text(place)),
        *(_entry(hit) for hit in hits),
    )
    whole: bytes = etree.tostring(made, xml_declaration=True, encoding="utf-8")
    return whole


def _entry(hit: Hit) -> etree._Element:
    summary = " … ".join(snippet.text for snippet in hit.snippets if snippet.field == "body")
    made: etree._Element = _E.entry(
        _E.title(_text(hit.title or hit.url)),
        _E.id(_name(hit.url)),
        _E.updated(hit.first_seen.isoformat()),
        _E.link(rel="alternate", href=_text(hit.url)),
        _E.author(_E.name(_text(hit.source))),
        _E.summary(_text(summary), type="text"),
    )
    if hit.published is not None:
        made.append(_E.published(hit.published.isoformat()))
    return made


def _name(place: str) -> str:
    """An id that stays, whatever machine the feed comes from (RFC 9562, version 5)."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, place)}"


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
