"""The service's sign of life, for `presswatch status`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.article import from_ms, to_ms
from archive.transaction import transaction

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Which service last said that it lives, and when."""

    pid: int
    started: datetime
    at: datetime
    version: str


def beat(db: Database, *, pid: int, started: datetime, now: datetime, version: str) -> None:
    """Say that the service lives; only the last time is kept."""
    with transaction(db):
        db.execute(
            "INSERT OR REPLACE INTO heartbeat (id, pid, started_at, at, version)"
            " VALUES (1, ?, ?, ?, ?)",
            (pid, to_ms(started), to_ms(now), version),
        )


def heartbeat(db: Database) -> Heartbeat | None:
    """The last sign of life; None where no service ever ran."""
    row = db.execute("SELECT pid, started_at, at, version FROM heartbeat").fetchone()
    if row is None:
        return None
    pid, started, at, version = row
    return Heartbeat(pid=pid, started=from_ms(started), at=from_ms(at), version=version)


def forget(db: Database) -> None:
    """A service that has ended in order leaves no sign that it lives."""
    with transaction(db):
        db.execute("DELETE FROM heartbeat")
