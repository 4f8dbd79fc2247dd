"""Where in a table a moment lies, found by halving: rows have ids in the order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sqlite_utils import Database

_COLUMN = {"article": "first_seen", "revision": "seen_at"}


def last_before(db: Database, table: Literal["article", "revision"], moment: int) -> int:
    """The id behind which the rows begin that came at this moment (ms) or later.

    Where the clock was set back, some that follow may be older.
    """
    top = db.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]  # noqa: S608
    sql = f"SELECT id, {_COLUMN[table]} FROM {table} WHERE id >= ? ORDER BY id LIMIT 1"  # noqa: S608
    low, high = 0, int(top) + 1
    while high - low > 1:  # all up to `low` are older, all from `high` on are younger
        middle = (low + high) // 2
        found, seen = db.execute(sql, [middle]).fetchone()
        if seen >= moment:
            high = middle
        else:
            low = int(found)
    return low
