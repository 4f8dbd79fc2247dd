"""An archive from before digests keeps its alerts, and takes the new kinds."""

from __future__ import annotations

import sqlite3

import pytest
from sqlite_utils import Database

from archive.migrations import MIGRATIONS

COLUMNS = (
    "id", "kind", "match", "rule", "channel", "payload", "created_at", "state", "attempts",
    "due_at", "claimed_by", "claimed_until", "settled_at", "reason",
)  # fmt: skip
ROWS = [
    ("m_1", "alert", 1, "r", "desk", "{}", 5, "due", 2, 9, "me", 60, None, "HTTP 500"),
    ("m_2", "alert", 2, "r", "desk", "{}", 6, "delivered", 1, None, None, None, 7, None),
    ("m_3", "notice", None, None, "desk", "{}", 7, "dead", 1, None, None, None, 8, "no"),
]
INSERT = f"INSERT INTO alert ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"


def old() -> Database:
    db = Database(memory=True)
    MIGRATIONS.apply(db, stop_before="0002_not_drowning")
    for row in ROWS:
        db.execute(INSERT, row)
    db.conn.commit()
    return db


def test_alerts_are_kept_as_they_were() -> None:
    """The table is made anew; no alert may be lost or changed over it."""
    with old() as db:
        MIGRATIONS.apply(db)

        found = db.execute(f"SELECT {', '.join(COLUMNS)} FROM alert ORDER BY rowid").fetchall()
        assert found == ROWS
        assert db.execute("SELECT DISTINCT urgent, via FROM alert").fetchall() == [(0, None)]


def test_a_digest_belongs_to_no_match_and_an_alert_to_one() -> None:
    """A row of one kind cannot pass for another."""
    new = "INSERT INTO alert (id, kind, match, rule, channel, payload, created_at, state)"
    with old() as db:
        MIGRATIONS.apply(db)
        db.execute(f"{new} VALUES ('m_4', 'digest', NULL, NULL, 'desk', '{{}}', 1, 'due')")

        for kind, match in (("digest", 7), ("alert", None)):
            with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
                db.execute(
                    f"{new} VALUES ('m_5', ?, ?, ?, 'desk', '', 1, 'due')",
                    [kind, match, match and "r"],
                )
