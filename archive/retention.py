"""What is kept for a time only: responses as they came, and articles. Small transactions.

A response that goes leaves its row: where it came from, when, its size and SHA-256. An article
that goes leaves a row in the table `removed`, the story that it belonged to, and its copies; its
matches and alerts are the outbox's. What is freed in the file is used again by what is filed next.

All functions take the database of a transaction; none begins or commits anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from archive import index, notes
from archive.article import from_ms, to_ms
from archive.lookup import revision_before

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlite_utils import Database

#: In one transaction: a response is one write, an article is folded again to leave the index.
RAWS: Final = 200
ARTICLES: Final = 20

_NAME = "retention"

#: Articles whose newest text is of before the cutoff, and that every reader has dealt with. From
#: the oldest text on, so that a turn reads no more than it lets go of.
_DUE_ARTICLES = """
    SELECT a.id, a.url FROM revision r CROSS JOIN article a ON a.id = r.article
    WHERE a.newest = r.id AND r.id < :cutoff AND r.seen_at < :before
      AND NOT EXISTS (SELECT 1 FROM cursor c WHERE c.revision < r.id)
      AND a.id NOT IN (SELECT value FROM json_each(:spared))
    ORDER BY r.id LIMIT :limit"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """An article that was removed because it had been kept for as long as is wished."""

    article: int
    url: str
    at: datetime


def forget_raws(db: Database, before: datetime, now: datetime, *, limit: int = RAWS) -> int:
    """Let go of responses whose texts were filed before then; how many at most `limit` were.

    Those of texts filed by a clock that was ahead of `now` stay, and hold up none behind them.
    """
    done = int(notes.read(db, _NAME).get("raws_upto", 0))
    found = db.execute(
        "SELECT id, raw, seen_at FROM revision WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
        (done, _cutoff(db, before), limit),
    ).fetchall()
    start, end = to_ms(before), to_ms(now)
    rows = list(takewhile(lambda row: not start <= row[2] <= end, found))
    if not rows:
        return 0
    raws = [(raw,) for _, raw, seen in rows if raw is not None and seen < start]
    db.conn.executemany("UPDATE raw SET body = x'' WHERE id = ?", raws)
    notes.leave(db, _NAME, {"raws_upto": rows[-1][0]})
    return len(rows)


def forget_articles(
    db: Database,
    before: datetime,
    now: datetime,
    *,
    spared: Collection[int] = (),
    limit: int = ARTICLES,
) -> list[int]:
    """Remove articles whose newest text was filed before then, the oldest first; their ids.

    `spared` are kept all the same.
    """
    asked: dict[str, Any] = {"cutoff": _cutoff(db, before), "before": to_ms(before)}
    asked |= {"limit": limit, "spared": json.dumps(list(spared))}
    due = db.execute(_DUE_ARTICLES, asked).fetchall()
    for article, url in due:
        _remove(db, article)
        db.execute(
            "INSERT INTO removed (article, url, removed_at) VALUES (?, ?, ?)",
            (article, url, to_ms(now)),
        )
    return [article for article, _ in due]


def removed(db: Database, key: int | str) -> Removed | None:
    """The article of this id or canonical URL, where it was removed; the last of a URL."""
    column = "article" if isinstance(key, int) else "url"
    row = db.execute(
        "SELECT article, url, removed_at FROM removed"  # noqa: S608 - a literal
        f" WHERE {column} = ? ORDER BY article DESC LIMIT 1",
        (key,),
    ).fetchone()
    return None if row is None else Removed(article=row[0], url=row[1], at=from_ms(row[2]))


def _cutoff(db: Database, before: datetime) -> int:
    """The first revision that is kept for sure.

    Some before it may be younger, where the clock was far behind for a while (a board without a
    battery): each is asked for its own time as well.
    """
    return revision_before(db, before) + 1


def _remove(db: Database, article: int) -> None:
    index.remove(db, article)
    raws = db.execute(
        "SELECT raw FROM revision WHERE article = ? AND raw IS NOT NULL", (article,)
    ).fetchall()
    for sql in (
        "UPDATE article SET copy_of = NULL WHERE copy_of = ?",
        "DELETE FROM alias WHERE article = ?",
        "DELETE FROM revision WHERE article = ?",
        "DELETE FROM article WHERE id = ?",
    ):
        db.execute(sql, (article,))
    db.conn.executemany("DELETE FROM raw WHERE id = ?", raws)
