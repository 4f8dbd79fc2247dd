"""What the service did last and leaves for others to read: small records by name, table meta."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from archive.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlite_utils import Database

_PREFIX = "note."


def leave(db: Database, name: str, note: Mapping[str, Any]) -> None:
    """Keep this note in the place of an earlier one of the name."""
    with transaction(db):
        db.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (_PREFIX + name, json.dumps(note, ensure_ascii=False)),
        )


def read(db: Database, name: str) -> dict[str, Any]:
    """The note of this name; empty where none was left."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_PREFIX + name,)).fetchone()
    found: dict[str, Any] = {} if row is None else json.loads(row[0])
    return found


def drop(db: Database, name: str) -> None:
    """Forget the note of this name."""
    with transaction(db):
        db.execute("DELETE FROM meta WHERE key = ?", (_PREFIX + name,))
