"""The books of what waits: for the morning, for a digest, for a summary.

    due ── collected by an open message ──▶ collected ── the message is settled ──▶ as the message

A message is open while its payload is `OPEN`: it has an id, a time and no text yet, and alerts may
join it. The claim that finds it due writes its text in the same transaction (alerts.deliver.gate);
nothing joins it any more, and it goes the way of every alert. So at every moment an alert is due by
itself, or goes with exactly one message, whatever dies when.

All functions take the database of a transaction; none begins or commits anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.digest.content import Collected
from alerts.payload import new_id
from archive.article import from_ms, to_ms

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

#: The payload of a message that still collects.
OPEN = "{}"

#: Nobody has it at :now.
_FREE = "(claimed_until IS NULL OR claimed_until < :now)"

#: A single alert that no receiver can have seen. A claim that was lost may have been sent.
UNSEEN = (
    "alert.kind = 'alert' AND alert.attempts = 0 AND alert.claimed_by IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.alert = alert.id)"
    " AND NOT EXISTS (SELECT 1 FROM pace WHERE pace.channel = alert.channel"
    " AND pace.alert = alert.id)"
)
#: One that may go with another message.
_FRESH = f"{UNSEEN} AND NOT urgent AND via IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """When a throttled channel sent a message last."""

    alert: str
    at: datetime
    summary: bool


def postpone(db: Database, channel: str, until: datetime, now: datetime) -> None:
    """Nothing that is due now goes before `until`, but for what is urgent."""
    db.execute(
        f"UPDATE alert SET due_at = :until WHERE channel = :channel AND state = 'due'"  # noqa: S608
        f" AND due_at <= :now AND NOT urgent AND {_FREE}",
        {"channel": channel, "until": to_ms(until), "now": to_ms(now)},
    )


def postpone_tried(
    db: Database, channel: str, until: datetime, since: datetime, now: datetime
) -> None:
    """The same for single alerts alone that have been tried, but not after `since`."""
    db.execute(
        f"""UPDATE alert SET due_at = :until WHERE channel = :channel AND state = 'due'
              AND due_at <= :now AND kind = 'alert' AND NOT urgent AND {_FREE}
              AND NOT EXISTS (SELECT 1 FROM pace WHERE pace.channel = alert.channel
                              AND pace.alert = alert.id AND pace.at > :since)""",  # noqa: S608
        {
            "channel": channel,
            "until": to_ms(until),
            "since": to_ms(since),
            "now": to_ms(now),
        },
    )


def oldest_fresh(db: Database, channel: str, due_by: datetime | None = None) -> datetime | None:
    """When the oldest single alert was queued that no receiver has seen; None where none waits."""
    row = db.execute(
        f"SELECT min(created_at) FROM alert WHERE channel = :channel AND state = 'due'"  # noqa: S608
        f" AND (:due IS NULL OR due_at <= :due) AND {_FRESH}",
        {"channel": channel, "due": due_by and to_ms(due_by)},
    ).fetchone()
    return None if row[0] is None else from_ms(row[0])


def collect(db: Database, channel: str, via: str, due_by: datetime | None = None) -> None:
    """Let every such alert go with the open message `via`."""
    db.execute(
        f"UPDATE alert SET state = 'collected', via = :via, due_at = NULL"  # noqa: S608
        f" WHERE channel = :channel AND state = 'due' AND (:due IS NULL OR due_at <= :due)"
        f" AND {_FRESH}",
        {"channel": channel, "via": via, "due": due_by and to_ms(due_by)},
    )


# Messages


def open_message(db: Database, channel: str, kind: str) -> str | None:
    """The message of a channel that still collects."""
    row = db.execute(
        "SELECT id FROM alert WHERE channel = ? AND state = 'due' AND kind = ? AND payload = ?",
        [channel, kind, OPEN],
    ).fetchone()
    return row[0] if row else None


def begin_message(db: Database, channel: str, kind: str, due: datetime, now: datetime) -> str:
    """A new message that collects until it is `due`; its id."""
    alert = new_id()
    db.execute(
        "INSERT INTO alert (id, kind, channel, payload, created_at, state, due_at)"
        " VALUES (?, ?, ?, ?, ?, 'due', ?)",
        [alert, kind, channel, OPEN, to_ms(now), to_ms(due)],
    )
    return alert


def hasten(db: Database, alert: str, due: datetime, now: datetime) -> None:
    """An open message whose time is still ahead is due at `due` where that is earlier."""
    db.execute(
        "UPDATE alert SET due_at = min(due_at, ?) WHERE id = ? AND due_at > ?",
        [to_ms(due), alert, to_ms(now)],
    )


def kind_of(db: Database, alert: str) -> tuple[str, bool]:
    """``alert | notice | digest | summary``, and whether it is urgent."""
    kind, urgent = db.execute("SELECT kind, urgent FROM alert WHERE id = ?", [alert]).fetchone()
    return kind, bool(urgent)


def close_message(db: Database, alert: str, payload: str) -> None:
    """Freeze what an open message says: nothing joins it any more."""
    db.execute("UPDATE alert SET payload = ? WHERE id = ?", [payload, alert])


def drop_message(db: Database, alert: str) -> None:
    """An open message with nothing in it never was."""
    db.execute("DELETE FROM alert WHERE id = ? AND payload = ?", [alert, OPEN])


def collected(db: Database, via: str) -> list[Collected]:
    """What goes with a message, in the order in which it was queued; stories as they are now."""
    rows = db.execute(
        """SELECT a.id, a.rule, a.created_at, a.payload, coalesce(s.root, m.story)
           FROM alert a JOIN rule_match m ON m.id = a.match LEFT JOIN story s ON s.id = m.story
           WHERE a.via = ? AND a.state = 'collected' ORDER BY a.match""",
        [via],
    ).fetchall()
    stories = {root: _story(db, root) for root in {row[4] for row in rows}}
    return [_collected(*row, counted=stories[row[4]]) for row in rows]


def _collected(
    alert: str, rule: str, queued: int, body: str, root: int, *, counted: tuple[int, int]
) -> Collected:
    """What is no longer in the archive is counted as it was when the alert was queued."""
    payload = json.loads(body)
    outlets = max(counted[0], payload["story"]["outlets"])
    return Collected(
        id=alert,
        rule=rule,
        queued=from_ms(queued),
        payload=payload,
        story=root,
        outlets=outlets,
        articles=max(counted[1], outlets),
    )


def _story(db: Database, root: int) -> tuple[int, int]:
    """Outlets and articles of a story that are in the archive."""
    outlets, articles = db.execute(
        "SELECT count(DISTINCT source), count(*) FROM article"
        " WHERE story IN (SELECT id FROM story WHERE root = ?)",
        [root],
    ).fetchone()
    return outlets, articles


def settle_collected(db: Database, via: str, state: str, reason: str | None, now: datetime) -> None:
    """What goes with a message fares as the message does."""
    db.execute(
        "UPDATE alert SET state = :state, settled_at = :now, reason = :reason"
        " WHERE via = :via AND state IN ('collected', 'dead')",
        {"state": state, "now": to_ms(now), "reason": reason, "via": via},
    )


# The pace of a throttled channel


def tries(db: Database, channel: str) -> list[Try]:
    """The latest try of every message that counts, and of some that do no longer."""
    rows = db.execute(
        "SELECT p.alert, p.at, coalesce(a.kind = 'summary', 0) FROM pace p"
        " LEFT JOIN alert a ON a.id = p.alert WHERE p.channel = ? ORDER BY p.at",
        [channel],
    ).fetchall()
    return [Try(alert=alert, at=from_ms(at), summary=bool(kind)) for alert, at, kind in rows]


def note_try(db: Database, channel: str, alert: str, now: datetime) -> None:
    """A message is sent now."""
    db.execute(
        "INSERT INTO pace (channel, alert, at) VALUES (:channel, :alert, :now)"
        " ON CONFLICT (channel, alert) DO UPDATE SET at = :now",
        {"channel": channel, "alert": alert, "now": to_ms(now)},
    )


def forget_tries(db: Database, channel: str, before: datetime) -> None:
    """Of what is settled; an alert that waits and was tried is known by its row here."""
    db.execute(
        "DELETE FROM pace WHERE channel = ? AND at <= ? AND NOT EXISTS"
        " (SELECT 1 FROM alert WHERE alert.id = pace.alert AND alert.state = 'due')",
        [channel, to_ms(before)],
    )
