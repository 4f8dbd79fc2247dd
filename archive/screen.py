"""Which revisions a query can hold for: what the index tells, before any text is read.

The index knows the newest text of each article. So of the articles that came within the range it
names those that have the words; texts that are not the newest any more, and those of older
articles, are taken as possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.lead import led

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database

    from archive.query import Query


def possible(db: Database, queries: Iterable[Query], after: int, stop: int) -> list[int] | None:
    """The revisions behind `after`, up to `stop`, that one of the queries may hold for, in order.

    None: all of them, since the index alone rules nothing out for one of the queries.
    """
    matches = [led(db, query.plan()) for query in queries]
    values = {"after": after, "stop": stop, "floor": _last_article(db, after)}
    found = set(_unindexed(db, values))
    for match in matches:
        if match is None:
            return None
        rows = db.conn.execute(
            "SELECT r.id FROM search CROSS JOIN revision r ON r.article = search.rowid"
            " WHERE search MATCH :match AND search.rowid > :floor AND r.id > :after"
            " AND r.id <= :stop",
            values | {"match": match},
        )
        found.update(number for (number,) in rows)
    return sorted(found)


def _last_article(db: Database, revision: int) -> int:
    """The newest article as of a revision: those with higher ids came later."""
    row = db.execute(
        "SELECT article FROM revision WHERE id <= ? AND number = 1 ORDER BY id DESC LIMIT 1",
        [revision],
    ).fetchone()
    return 0 if row is None else int(row[0])


def _unindexed(db: Database, values: dict[str, int]) -> list[int]:
    rows = db.execute(
        "SELECT r.id FROM revision r JOIN article a ON a.id = r.article"
        " WHERE r.id > :after AND r.id <= :stop AND (r.article <= :floor OR r.id <> a.newest)",
        values,
    )
    return [number for (number,) in rows.fetchall()]
