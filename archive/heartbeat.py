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
    ended: datetime | None  # stopped in order since
    version: str


def beat(db: Database, *, pid: int, started: datetime, now: datetime, version: str) -> None:
    """Say that the service lives; only the last time is kept."""
    with transaction(db):
        db.execute(
            "INSERT OR REPLACE INTO heartbeat (id, pid, started_at, at, version)"
            " VALUES (1, ?, ?, ?, ?)",
            (pid, to_ms(started), to_ms(now), version),
        )


def rest(db: Database, now: datetime) -> None:
    """Say that the service has ended in order, and is not merely silent."""
    with transaction(db):
        db.execute("UPDATE heartbeat SET ended_at = ?", (to_ms(now),))


def heartbeat(db: Database) -> Heartbeat | None:
    """The last sign of life; None where no service ever ran."""
    row = db.execute("SELECT pid, started_at, at, ended_at, version FROM heartbeat").fetchone()
    if row is None:
        return None
    pid, started, at, ended, version = row
    return Heartbeat(
        pid=pid,
        started=from_ms(started),
        at=from_ms(at),
        ended=None if ended is None else from_ms(ended),
        version=version,
    )
