"""Articles whose page is gone: marked, never removed, and unmarked when the page comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.article import to_ms

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database


def withdraw(db: Database, article: int, now: datetime) -> bool:
    """Mark an article as withdrawn since `now`; False if it was marked before."""
    sql = "UPDATE article SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL"
    return bool(db.conn.execute(sql, (to_ms(now), article)).rowcount)


def restore(db: Database, article: int) -> bool:
    """Take the mark away; False if there was none."""
    sql = "UPDATE article SET withdrawn_at = NULL WHERE id = ? AND withdrawn_at IS NOT NULL"
    return bool(db.conn.execute(sql, (article,)).rowcount)
