"""Which articles a query finds, in the order in which they are wanted: newest first, or ranked.

A common word hits a large part of the archive, and a page shows twenty. The newest are therefore
looked for among the newest articles first: the index over `article.appeared` names the last
thousand, the full-text index says which of them are hits, and if those fill the page, it is exactly
the page that sorting all hits would give. Else four times as many are asked, and so on. Articles
are filed about when they appear, so the ones of a window stand close together in the full-text
index; those that do not (a backlog) are asked for one by one. Where that does not help (few hits,
an archive filed in no order of time), all hits are sorted.

Relevance is bm25, which scores every hit: of more than RANKED the ones filed last are ranked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from archive.query.sql import Plan

#: So many hits are sorted without more ado: a microsecond each.
FEW: Final = 2_000
WINDOWS: Final = (1_000, 4_000, 16_000, 64_000)  # articles, the newest
STRAYS: Final = 100  # of a window: what was filed long before or after the others
SPREAD: Final = 8  # articles filed in the time of a window, by articles in it, at most
RANKED: Final = 20_000

#: A word in a title says more about an article than one in its text; the other columns are names.
_RANK = "bm25(search, 5.0, 1.0, 1.0, 1.0, 1.0, 1.0)"
_NEWEST = "article.appeared DESC, article.id DESC"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query as SQL, and what is asked beside it."""

    plan: Plan
    since: int | None = None  # milliseconds since 1970
    source: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of `table` and `condition`."""
        more = {"match": self.plan.match, "since": self.since, "source": self.source}
        return self.plan.values | more

    @property
    def table(self) -> str:
        """The index is asked first where it can say anything."""
        if self.plan.match is None:
            return "article"
        return "search CROSS JOIN article ON article.id = search.rowid"

    @property
    def condition(self) -> str:
        """What must hold of a row of `table`."""
        match = [] if self.plan.match is None else ["search MATCH :match"]
        return " AND ".join([*match, self.beside])

    @property
    def beside(self) -> str:
        """The part of it that is about the article alone."""
        since = [] if self.since is None else ["article.appeared >= :since"]
        source = [] if self.source is None else ["article.source = :source"]
        return " AND ".join([*since, *source, f"({self.plan.condition})"])

    @property
    def by_words_alone(self) -> bool:
        """Whether the full-text index alone knows the hits."""
        return self.plan.match is not None and self.beside == "(1)"


def newest(db: Database, wanted: Wanted, number: int) -> list[int]:
    """The first `number` hits by the time when they appeared, then by id, the last ones first."""
    table, condition, values = wanted.table, wanted.condition, wanted.values
    if wanted.plan.match is not None:
        few = _few(db, wanted)
        if few is not None:
            table = "json_each(:few) AS one CROSS JOIN article ON article.id = one.value"
            condition, values = wanted.beside, values | {"few": json.dumps(few)}
        for size in () if few is not None else WINDOWS:
            page = _among_the_newest(db, wanted, size, number) if number < size else None
            if page is not None:
                return page
    sql = f"""
        SELECT article.id FROM {table} WHERE {condition} ORDER BY {_NEWEST} LIMIT :number
    """  # noqa: S608 - made of literals and of conditions that hold parameters
    return _ids(db, sql, values | {"number": number})


def _few(db: Database, wanted: Wanted) -> list[int] | None:
    """All articles that have the words, where they are no more than FEW."""
    sql = "SELECT rowid FROM search WHERE search MATCH ? LIMIT ?"
    found = _ids(db, sql, (wanted.plan.match, FEW + 1))
    return found if len(found) <= FEW else None


def _among_the_newest(db: Database, wanted: Wanted, size: int, number: int) -> list[int] | None:
    """The page, as far as the newest `size` articles tell; None if that is not all of it."""
    since = -(1 << 63) if wanted.since is None else wanted.since
    window = _ids(
        db,
        "SELECT id FROM article WHERE appeared >= ? ORDER BY appeared DESC, id DESC LIMIT ?",
        (since, size),
    )
    found = _hits_of(db, wanted, window)
    if found is None:
        return None
    page = [article for article in window if article in found][:number]
    return page if len(page) == number or len(window) < size else None


def _hits_of(db: Database, wanted: Wanted, window: Sequence[int]) -> set[int] | None:
    """Which of the articles are hits, and maybe others; None where asking costs too much."""
    ids = sorted(window)
    strays = ids[:STRAYS] if ids and ids[-1] - ids[0] > SPREAD * len(ids) else []
    close = ids[len(strays) :]
    if close and close[-1] - close[0] > SPREAD * len(ids):
        return None
    sql = f"SELECT article.id FROM {wanted.table} WHERE {wanted.condition}"  # noqa: S608 - as above
    low, high = (close[0], close[-1]) if close else (0, -1)
    range_of = wanted.values | {"low": low, "high": high}
    found = _ids(db, f"{sql} AND search.rowid BETWEEN :low AND :high", range_of)
    if strays:
        one_by_one = f"""
            SELECT article.id FROM json_each(:strays) AS stray CROSS JOIN {wanted.table}
            WHERE {wanted.condition} AND search.rowid = stray.value
        """  # noqa: S608 - as above
        found += _ids(db, one_by_one, wanted.values | {"strays": json.dumps(strays)})
    return set(found)


def most_relevant(db: Database, wanted: Wanted, number: int) -> list[int]:
    """The first `number` hits by bm25, those of one rank newest first.

    Copies of one text have one rank, so the last of the page is compared with all of its own.
    """
    table = "search" if wanted.by_words_alone else wanted.table
    condition = "search MATCH :match" if wanted.by_words_alone else wanted.condition
    sql = f"""
        WITH ranked AS MATERIALIZED (
          SELECT search.rowid AS id, {_RANK} AS rank FROM {table} WHERE {condition}
          ORDER BY search.rowid DESC LIMIT {RANKED}
        )
        SELECT article.id FROM ranked CROSS JOIN article ON article.id = ranked.id
        WHERE rank <= (
          SELECT max(rank) FROM (SELECT rank FROM ranked ORDER BY rank LIMIT :number)
        )
        ORDER BY rank, {_NEWEST} LIMIT :number
    """  # noqa: S608 - as above
    return _ids(db, sql, wanted.values | {"number": number})


def _ids(db: Database, sql: str, values: dict[str, Any] | tuple[Any, ...]) -> list[int]:
    return [row[0] for row in db.conn.execute(sql, values).fetchall()]
