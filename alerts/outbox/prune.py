"""Alerts that were settled long ago are let go of, with their tries; their matches stay.

A match keeps how many of its alerts went, so that `verify` misses none, and what a rule has told is
read off the matches: an old story is not news again because its alert is no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from alerts.outbox import recipients
from archive.article import to_ms

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

LIMIT: Final = 200  # alerts in one transaction

#: A message that says what many alerts say stays as long as any of them: it holds their tries.
_OLD = """
    SELECT id FROM alert
    WHERE created_at < :before AND settled_at < :before AND state <> 'due'
      AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.via = alert.id)
    ORDER BY created_at LIMIT :limit"""


def forget(db: Database, before: datetime, *, limit: int = LIMIT) -> int:
    """Delete alerts that were settled before then, the oldest first; how many, at most `limit`.

    The caller has a transaction open. What still waits stays, however old it is.
    """
    rows = db.execute(_OLD, {"before": to_ms(before), "limit": limit}).fetchall()
    for ids in rows:
        db.execute(
            "UPDATE rule_match SET pruned = pruned + 1"
            " WHERE id = (SELECT match FROM alert WHERE id = ?)",
            ids,
        )
        db.execute("DELETE FROM attempt WHERE alert = ?", ids)
        recipients.forget(db, *ids)
        db.execute("DELETE FROM alert WHERE id = ?", ids)
    return len(rows)
