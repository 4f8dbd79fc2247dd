"""The state of every source, and the leases: who polls it, and until when nobody else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.article import to_ms
from crawler.errors import SourceBusy
from crawler.ledger.rows import Lease, SourceState, select, state_of
from crawler.source import Validators

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlite_utils import Database

    from crawler.source import Source


def register(db: Database, sources: Iterable[Source]) -> None:
    """Make a row for every configured source; one that moved starts anew."""
    for source in sources:
        row = db.conn.execute(
            "SELECT kind, url FROM source_state WHERE name = ?", [source.name]
        ).fetchone()
        if row is None:
            db.conn.execute(
                "INSERT INTO source_state (name, kind, url) VALUES (?, ?, ?)",
                [source.name, source.kind, source.url],
            )
        elif tuple(row) != (source.kind, source.url):
            # Another listing: its validators say nothing, and what it lists is a backlog again.
            db.conn.execute("DELETE FROM validator WHERE source = ?", [source.name])
            db.conn.execute(
                "UPDATE source_state SET kind = ?, url = ?, first_polled_at = NULL, failures = 0,"
                " next_poll_at = NULL WHERE name = ?",
                [source.kind, source.url, source.name],
            )


def states(db: Database) -> list[SourceState]:
    """The state of every source that was ever registered, by name."""
    return [state_of(row) for row in select(db, "SELECT * FROM source_state ORDER BY name", [])]


def state(db: Database, name: str) -> SourceState | None:
    """The state of one source."""
    rows = select(db, "SELECT * FROM source_state WHERE name = ?", [name])
    return state_of(rows[0]) if rows else None


def set_next_poll(db: Database, name: str, at: datetime) -> None:
    """Move the next poll of a source."""
    db.conn.execute("UPDATE source_state SET next_poll_at = ? WHERE name = ?", [to_ms(at), name])


def forgive(db: Database, name: str, at: datetime) -> None:
    """Poll a source then: its failures were not its own, and count as one."""
    db.conn.execute(
        "UPDATE source_state SET next_poll_at = ?, failures = min(failures, 1) WHERE name = ?",
        [to_ms(at), name],
    )


# ------------------------------------------------------------------ leases


def lease(db: Database, source: Source, *, owner: str, now: datetime, until: datetime) -> Lease:
    """Take the lease of a source; raises SourceBusy while another poll holds it."""
    taken = _take(db, source, owner=owner, now=now, until=until)
    if taken is None:  # its row is missing, is of another listing, or has a lease
        register(db, [source])
        taken = _take(db, source, owner=owner, now=now, until=until)
    if taken is None:
        raise _busy(state(db, source.name))
    validators = {
        row["url"]: Validators(etag=row["etag"] or "", last_modified=row["last_modified"] or "")
        for row in select(db, "SELECT * FROM validator WHERE source = ?", [source.name])
    }
    return Lease(state=taken, owner=owner, first=taken.first_polled is None, validators=validators)


def _take(
    db: Database, source: Source, *, owner: str, now: datetime, until: datetime
) -> SourceState | None:
    """The state of a source, with this lease, if nobody else has one."""
    rows = select(
        db,
        "UPDATE source_state SET lease_owner = ?, lease_until = ? WHERE name = ? AND kind = ?"
        " AND url = ? AND (lease_until IS NULL OR lease_until <= ?) RETURNING *",
        [owner, to_ms(until), source.name, source.kind, source.url, to_ms(now)],
    )
    return state_of(rows[0]) if rows else None


def _busy(held: SourceState | None) -> SourceBusy:
    assert held is not None
    assert held.lease_until is not None
    return SourceBusy(
        held.name,
        cause=f"{held.lease_owner} holds it until {held.lease_until:%H:%M:%S} UTC",
        hint="It polls by itself; wait, or look at `presswatch status`",
    )


def free_leases(db: Database, owner_prefix: str) -> None:
    """Give back the leases of a service that died; safe under the service's lock file."""
    db.conn.execute(
        "UPDATE source_state SET lease_owner = NULL, lease_until = NULL"
        " WHERE substr(lease_owner, 1, ?) = ?",
        [len(owner_prefix), owner_prefix],
    )


def free_lease(db: Database, name: str, owner: str) -> None:
    """Give back the lease of one source, where this owner has it."""
    db.conn.execute(
        "UPDATE source_state SET lease_owner = NULL, lease_until = NULL"
        " WHERE name = ? AND lease_owner = ?",
        [name, owner],
    )
