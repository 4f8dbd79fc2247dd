"""Alerts that wait for a channel which the config has no more: renamed, or taken out.

They wait for it to come back, so they are neither lost nor sent; presswatch says that they do, in
`status` and to the operator, and `presswatch channel drop` lets go of them. The writing functions
take the database of a transaction; none begins or commits anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.digest.waiting import OPEN
from archive.article import to_ms

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlite_utils import Database


def waiting(db: Database, known: Collection[str]) -> dict[str, int]:
    """Channel that is not known → how many messages wait for it, off an index alone."""
    rows = db.execute("SELECT channel, count(*) FROM alert WHERE state = 'due' GROUP BY channel")
    return {channel: count for channel, count in rows.fetchall() if channel not in known}


def drop(db: Database, channel: str, now: datetime) -> int:
    """Tell nobody what waits for this channel; how many alerts. They stay in the ledger, muted."""
    values = {"channel": channel, "now": to_ms(now), "open": OPEN}
    reason = f"the channel {channel} was dropped"
    dropped = db.execute(
        "UPDATE alert SET state = 'muted', settled_at = :now, reason = :reason, due_at = NULL,"
        " via = NULL, claimed_by = NULL, claimed_until = NULL"
        " WHERE channel = :channel AND payload <> :open AND (state = 'due' OR state = 'collected'"
        " AND via IN (SELECT id FROM alert v WHERE v.payload = :open)) RETURNING match",
        values | {"reason": reason},
    ).fetchall()
    db.execute(
        "DELETE FROM alert WHERE channel = :channel AND state = 'due' AND payload = :open", values
    )
    for (match,) in dropped:
        db.execute(
            "UPDATE rule_match SET decision = 'MUTED' WHERE id = :match AND NOT EXISTS"
            " (SELECT 1 FROM alert WHERE match = :match AND state <> 'muted')",
            {"match": match},
        )
    return len(dropped)
