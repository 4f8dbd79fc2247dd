"""What a clock that ran ahead has written is put right when it has been set back.

A poll, a page or a lease that lies in the future would hold its source until the clock comes there
again. So a source that was polled in the future is due, as are its pages, and a lease is over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from archive.article import to_ms

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

_LEASE: Final = timedelta(hours=1)  # no poll has a longer one, unless its limit says so


def set_right(db: Database, now: datetime) -> bool:
    """Put the books of all sources right; whether any of them had been polled in the future."""
    values = {"now": to_ms(now), "lease": to_ms(now + _LEASE)}
    db.conn.execute(
        "UPDATE source_state SET lease_until = :lease WHERE lease_until > :lease", values
    )
    polled = db.conn.execute(
        "UPDATE source_state SET next_poll_at = NULL, last_poll_at = :now,"
        " last_ok_at = min(last_ok_at, :now), first_polled_at = min(first_polled_at, :now)"
        " WHERE last_poll_at > :now",
        values,
    )
    if not polled.rowcount:  # else a look through all pages
        return False
    db.conn.execute(
        "UPDATE page SET retry_at = :now, settled_at = :now"
        " WHERE fate = 'failed' AND settled_at > :now",
        values,
    )
    db.conn.execute(
        "UPDATE page SET look_at = :now, looked_at = :now"
        " WHERE look_at IS NOT NULL AND looked_at > :now",
        values,
    )
    return True
