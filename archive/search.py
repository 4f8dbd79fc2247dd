"""Searching the archive: what a query finds, newest first or by relevance, and how much of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from archive.article import from_ms, to_ms
from archive.queryleaf import APPEARED
from archive.snippet import Snippet, snippets
from archive.spans import Automaton, Document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from sqlite_utils import Database

    from archive.query import Query
    from archive.querysql import Plan

Sort: TypeAlias = Literal["newest", "relevance"]

_QUARTER = 15 * 60 * 1000  # milliseconds


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many articles a query finds on a day, or of a source."""

    key: str  # "2026-05-20", or the name of the source
    articles: int


_COLUMNS = f"article.id AS article, {APPEARED} AS at"
_TABLES = "JOIN revision ON revision.id = article.newest JOIN story ON story.id = article.story"
_MATCHING = f"search CROSS JOIN article ON article.id = search.rowid {_TABLES}"
#: A word in a title says more about an article than one in its text; the other columns are names.
_RANK = "bm25(search, 5.0, 1.0, 1.0, 1.0, 1.0, 1.0)"


def search(
    db: Database,
    query: Query,
    *,
    since: datetime | None = None,
    source: str | None = None,
    sort: Sort = "newest",
    limit: int = 20,
    offset: int = 0,
) -> list[Hit]:
    """Articles whose newest revision the query finds.

    Newest first (published, else first seen), or by relevance (bm25, then newest); a query of
    which words are not a necessary part, such as ``甘肃 OR after:2026``, is always newest first.
    `since` compares that same time; `source` is the exact name of a source.
    """
    plan = query.plan()
    order = "at DESC, article DESC"
    columns = _COLUMNS
    if sort == "relevance" and plan.match is not None:
        columns, order = f"{_COLUMNS}, {_RANK} AS rank", f"rank, {order}"
    # Sorted before the texts are read: a common word in a large archive hits far more than a page.
    found = f"{_found(plan, columns)} ORDER BY {order} LIMIT :limit OFFSET :offset"
    page = f"""
        SELECT article.id, article.url, revision.title, article.source, revision.published,
               article.first_seen, revision.language, story.root, revision.text, revision.authors
        FROM ({found}) AS found JOIN article ON article.id = found.article {_TABLES}
        ORDER BY {", ".join(f"found.{part}" for part in order.split(", "))}
    """  # noqa: S608 - made of literals and of conditions that hold parameters
    values = _values(plan, since, source) | {"limit": limit, "offset": offset}
    automaton = Automaton({"": query})
    return [_hit(row, automaton) for row in db.execute(page, values).fetchall()]


def read_hits(
    db: Database, query: Query | None, articles: Sequence[int], *, width: int = 80
) -> list[Hit]:
    """These articles as hits of a query, or of none, in this order; passages of that width."""
    page = f"""
        SELECT article.id, article.url, revision.title, article.source, revision.published,
               article.first_seen, revision.language, story.root, revision.text, revision.authors
        FROM json_each(?) AS wanted CROSS JOIN article ON article.id = wanted.value {_TABLES}
        ORDER BY wanted.key
    """  # noqa: S608 - made of literals
    automaton = Automaton({"": query} if query is not None else {})
    rows = db.execute(page, [json.dumps(list(articles))]).fetchall()
    return [_hit(row, automaton, width) for row in rows]


def count(
    db: Database, query: Query, *, since: datetime | None = None, source: str | None = None
) -> int:
    """How many articles `search` would find without a limit."""
    plan = query.plan()
    sql = f"SELECT count(*) FROM ({_found(plan, _COLUMNS)})"  # noqa: S608 - as above
    found: int = db.execute(sql, _values(plan, since, source)).fetchone()[0]
    return found


def count_by_day(
    db: Database,
    query: Query,
    *,
    since: datetime | None = None,
    source: str | None = None,
    zone: tzinfo = UTC,
) -> list[Tally]:
    """What `search` would find by the days of `zone`, oldest first; only days with articles."""
    plan = query.plan()
    # By quarters of an hour, since SQLite knows no zones: no day of any begins inside one.
    sql = f"""
        SELECT at / {_QUARTER} * {_QUARTER}, count(*)
        FROM ({_found(plan, _COLUMNS)}) GROUP BY 1
    """  # noqa: S608 - as above
    days: Counter[str] = Counter()
    for moment, articles in db.execute(sql, _values(plan, since, source)).fetchall():
        days[from_ms(moment).astimezone(zone).date().isoformat()] += articles
    return [Tally(key=day, articles=days[day]) for day in sorted(days)]


def count_by_source(
    db: Database, query: Query, *, since: datetime | None = None, source: str | None = None
) -> list[Tally]:
    """What `search` would find by sources, the one with the most first."""
    plan = query.plan()
    sql = f"""
        SELECT source, count(*) FROM ({_found(plan, "article.source AS source")})
        GROUP BY source ORDER BY 2 DESC, source
    """  # noqa: S608 - as above
    rows = db.execute(sql, _values(plan, since, source)).fetchall()
    return [Tally(key=name, articles=articles) for name, articles in rows]


def _found(plan: Plan, columns: str) -> str:
    """The rows of all hits; the index is asked first where it can say anything."""
    tables, match = _MATCHING, "search MATCH :match"
    if plan.match is None:
        tables, match = f"article {_TABLES}", "1"
    return f"""
        SELECT {columns} FROM {tables}
        WHERE {match} AND ({plan.condition})
          AND (:since IS NULL OR {APPEARED} >= :since)
          AND (:source IS NULL OR article.source = :source)
    """  # noqa: S608 - literals, and conditions that hold parameters only


def _values(plan: Plan, since: datetime | None, source: str | None) -> dict[str, Any]:
    return plan.values | {
        "match": plan.match,
        "since": None if since is None else to_ms(since),
        "source": source,
    }


def _hit(row: tuple[Any, ...], automaton: Automaton, width: int = 80) -> Hit:
    article, url, title, source, published, first_seen, language, story, text, authors = row
    document = Document(
        title,
        text,
        source,
        language,
        tuple(json.loads(authors)),
        url,
        appeared=from_ms(first_seen if published is None else published),
        story=story,
    )
    return Hit(
        article=article,
        url=url,
        title=title,
        source=source,
        published=None if published is None else from_ms(published),
        first_seen=from_ms(first_seen),
        language=language,
        story=story,
        snippets=snippets(document, automaton.match(document).get("", ()), width=width),
    )
