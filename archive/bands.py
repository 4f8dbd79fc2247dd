"""The bands of every newest text, in the database: which articles may have a similar one.

Memory does not grow with the archive, and what boilerplate shares with thousands is bounded: a
band holds at most FULL articles, and at most TRIED candidates are handed out.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlite_utils import Database

FULL: Final = 64  # articles in one band that are looked at: the oldest
TRIED: Final = 24  # articles that are compared with one text, at most


def add(db: Database, article: int, bands: Iterable[int]) -> None:
    """Make an article a candidate; the caller has a transaction open."""
    db.conn.executemany(
        "INSERT INTO band (hash, article) VALUES (?, ?)", [(band, article) for band in bands]
    )


def remove(db: Database, article: int, bands: Iterable[int]) -> None:
    """Take out what was added for its former text."""
    db.conn.executemany(
        "DELETE FROM band WHERE hash = ? AND article = ?", [(band, article) for band in bands]
    )


def candidates(db: Database, bands: Sequence[int]) -> list[int]:
    """Articles that share a band, those that share most first, then the oldest."""
    found: Counter[int] = Counter()
    for band in bands:
        rows = db.conn.execute(
            "SELECT article FROM band WHERE hash = ? ORDER BY article LIMIT ?", (band, FULL)
        )
        found.update(article for (article,) in rows)
    return sorted(found, key=lambda article: (-found[article], article))[:TRIED]
