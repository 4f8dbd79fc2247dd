"""Searching the archive: a query against the index, newest article first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.article import from_ms, to_ms
from archive.snippet import Snippet, snippets
from archive.spans import Automaton, Document

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from archive.query import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that a query finds, as its newest revision stands."""

    article: int
    url: str
    title: str
    source: str
    published: datetime | None
    first_seen: datetime
    language: str
    story: int  # the root: the same for all copies
    snippets: tuple[Snippet, ...]


# Sorted before the texts are read: a common word in a large archive hits far more than a page.
_FOUND = """
    SELECT article.id, coalesce(revision.published, article.first_seen) AS at
    FROM search
    JOIN article ON article.id = search.rowid
    JOIN revision ON revision.id = article.newest
    WHERE search MATCH :query
      AND (:since IS NULL OR coalesce(revision.published, article.first_seen) >= :since)
      AND (:source IS NULL OR article.source = :source)
"""
_PAGE = f"""
    SELECT article.id, article.url, revision.title, article.source, revision.published,
           article.first_seen, revision.language, story.root, revision.text
    FROM ({_FOUND} ORDER BY at DESC, article.id DESC LIMIT :limit OFFSET :offset) AS found
    JOIN article ON article.id = found.id
    JOIN revision ON revision.id = article.newest
    JOIN story ON story.id = article.story
    ORDER BY found.at DESC, article.id DESC
"""  # noqa: S608 - both parts are literals above


def search(
    db: Database,
    query: Query,
    *,
    since: datetime | None = None,
    source: str | None = None,
    limit: int = 20,
    offset: int = 0,
) -> list[Hit]:
    """Articles whose newest revision the query finds, newest first (published, else first seen).

    `since` compares that same time; `source` is the exact name of a source.
    """
    values = _values(query, since, source) | {"limit": limit, "offset": offset}
    automaton = Automaton({"": query})
    return [_hit(row, automaton) for row in db.execute(_PAGE, values).fetchall()]


def count(
    db: Database, query: Query, *, since: datetime | None = None, source: str | None = None
) -> int:
    """How many articles `search` would find without a limit."""
    values = _values(query, since, source)
    found: int = db.execute(f"SELECT count(*) FROM ({_FOUND})", values).fetchone()[0]  # noqa: S608
    return found


def _values(query: Query, since: datetime | None, source: str | None) -> dict[str, Any]:
    return {
        "query": query.fts(),
        "since": None if since is None else to_ms(since),
        "source": source,
    }


def _hit(row: tuple[Any, ...], automaton: Automaton) -> Hit:
    article, url, title, source, published, first_seen, language, story, text = row
    document = Document(title, text, source)
    return Hit(
        article=article,
        url=url,
        title=title,
        source=source,
        published=None if published is None else from_ms(published),
        first_seen=from_ms(first_seen),
        language=language,
        story=story,
        snippets=snippets(document, automaton.match(document).get("", ())),
    )
