"""The crawler's books: the state of every source, its polls, and what became of every listed page.

The table `page` is the to-do list of a source as well as its record: a link is written down before
it is fetched, so that a poll which dies or runs out of time loses nothing, and the validators of a
listing may be kept as soon as its links are. All functions take the database of a transaction
(`Archive.write`) or of a reader; none begins or commits anything.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from archive.article import to_ms
from crawler.errors import SourceBusy
from crawler.ledgerrows import Lease, PollRow, SourceState, poll_of, select, state_of
from crawler.pagebook import (
    PAGE_RETRIES,
    due,
    finds,
    gives_up,
    look_again,
    looked,
    note_links,
    pages_of,
    pages_of_article,
    seen,
    settle_page,
    waiting,
    watched_articles,
)
from crawler.source import Validators

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlite_utils import Database

    from crawler.source import PollReport, Source

#: All of the books under one name: sources and polls here, pages in `crawler.pagebook`.
__all__ = [
    "KEEP_REPORTS",
    "KEEP_REPORTS_A_SOURCE",
    "PAGE_RETRIES",
    "Lease",
    "PollRow",
    "SourceState",
    "due",
    "finds",
    "forgive",
    "free_lease",
    "free_leases",
    "gives_up",
    "lease",
    "look_again",
    "looked",
    "note_links",
    "pages_of",
    "pages_of_article",
    "poll",
    "polls",
    "register",
    "seen",
    "set_next_poll",
    "settle",
    "settle_page",
    "state",
    "states",
    "waiting",
    "watched_articles",
]

KEEP_REPORTS = timedelta(days=30)
KEEP_REPORTS_A_SOURCE = 200


# ------------------------------------------------------------------ sources


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
    register(db, [source])
    before = state(db, source.name)
    assert before is not None
    if before.lease_until is not None and before.lease_until > now:
        raise SourceBusy(
            source.name,
            cause=f"{before.lease_owner} holds it until {before.lease_until:%H:%M:%S} UTC",
            hint="It polls by itself; wait, or look at `presswatch status`",
        )
    db.conn.execute(
        "UPDATE source_state SET lease_owner = ?, lease_until = ? WHERE name = ?",
        [owner, to_ms(until), source.name],
    )
    validators = {
        row["url"]: Validators(etag=row["etag"] or "", last_modified=row["last_modified"] or "")
        for row in select(db, "SELECT * FROM validator WHERE source = ?", [source.name])
    }
    return Lease(
        state=before, owner=owner, first=before.first_polled is None, validators=validators
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


# ------------------------------------------------------------------ polls


def settle(db: Database, report: PollReport, lease: Lease, *, next_poll: datetime) -> bool:
    """Close a poll: the source's row, its report, its validators, its lease; one transaction.

    Returns False, having kept only the report, if the lease was lost to another poll meanwhile.
    """
    if report.outcome != "unchanged":
        _insert_report(db, report)
    started, ok = to_ms(report.started), report.outcome != "failed"
    error = "" if ok else report.error
    held = db.conn.execute(
        "UPDATE source_state SET last_poll_at = ?1, last_outcome = ?2, last_reason = ?3,"
        " first_polled_at = CASE WHEN ?4 THEN coalesce(first_polled_at, ?1) ELSE first_polled_at"
        " END, last_ok_at = CASE WHEN ?4 THEN ?1 ELSE last_ok_at END,"
        " failures = CASE WHEN ?4 THEN 0 ELSE failures + 1 END, polls = polls + 1,"
        " unchanged = unchanged + ?5, next_poll_at = ?6, lease_owner = NULL, lease_until = NULL,"
        " last_error = ?9, hint_ms = coalesce(?10, hint_ms) WHERE name = ?7 AND lease_owner = ?8",
        [started, report.outcome, report.reason, int(ok), int(report.outcome == "unchanged"),
         to_ms(next_poll), report.source, lease.owner, error,
         None if report.hint is None else report.hint // timedelta(milliseconds=1)],
    ).rowcount  # fmt: skip
    if held:
        _keep_validators(db, report)
    return bool(held)


def _keep_validators(db: Database, report: PollReport) -> None:
    for url, validators in report.validators:
        if validators == Validators():
            db.conn.execute(
                "DELETE FROM validator WHERE source = ? AND url = ?", [report.source, url]
            )
            continue
        db.conn.execute(
            "INSERT INTO validator (source, url, etag, last_modified) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET etag = excluded.etag,"
            " last_modified = excluded.last_modified",
            [report.source, url, validators.etag, validators.last_modified],
        )


def _insert_report(db: Database, report: PollReport) -> None:
    """Keep a report; those with pages are the past of a source, and yield to no others."""
    quality = report.quality()
    found = _listed_before(db, report.source) if report.found is None else report.found
    db.conn.execute(
        "INSERT INTO poll (id, source, started_at, took_ms, outcome, reason, error, requests,"
        " found, new, revised, copies, same, dropped, failed,"
        " read, textless, untitled, undated, length)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            report.id, report.source, to_ms(report.started),
            report.took // timedelta(milliseconds=1), report.outcome, report.reason, report.error,
            report.requests, found, report.count("new"), report.count("revised"),
            report.count("copy"), report.count("same"), report.count("dropped"),
            report.count("failed"), quality.read, quality.textless, quality.untitled,
            quality.undated, quality.length,
        ],
    )  # fmt: skip
    db.conn.execute(
        "DELETE FROM poll WHERE source = ?1 AND (started_at < ?2 OR (read > 0) = ?4 AND"
        " started_at < (SELECT started_at FROM poll WHERE source = ?1 AND (read > 0) = ?4"
        " ORDER BY started_at DESC LIMIT 1 OFFSET ?3))",
        [report.source, to_ms(report.started - KEEP_REPORTS), KEEP_REPORTS_A_SOURCE - 1,
         int(quality.read > 0)],
    )  # fmt: skip


def _listed_before(db: Database, source: str) -> int:
    """The links of a listing that has not changed since, which is no listing without links."""
    row = db.conn.execute(
        "SELECT found FROM poll WHERE source = ? AND outcome <> 'failed'"
        " ORDER BY started_at DESC LIMIT 1",
        [source],
    ).fetchone()
    return int(row[0]) if row else 0


def polls(db: Database, source: str, *, limit: int = 10) -> list[PollRow]:
    """The kept reports of a source, newest first."""
    sql = "SELECT * FROM poll WHERE source = ? ORDER BY started_at DESC LIMIT ?"
    return [poll_of(row) for row in select(db, sql, [source, limit])]


def poll(db: Database, poll_id: str) -> PollRow | None:
    """One kept report."""
    rows = select(db, "SELECT * FROM poll WHERE id = ?", [poll_id])
    return poll_of(rows[0]) if rows else None
