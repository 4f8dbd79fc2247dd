"""The kept reports of polls, and how a poll is closed.

A poll that found nothing changed leaves its mark in the row of its source and no report.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from archive.article import to_ms
from crawler.ledger.rows import Lease, PollRow, poll_of, select
from crawler.source import Validators

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from crawler.source import PollReport

KEEP_REPORTS = timedelta(days=30)
KEEP_REPORTS_A_SOURCE = 200


def settle(db: Database, report: PollReport, lease: Lease, *, next_poll: datetime) -> bool:
    """Close a poll: the source's row, its report, its validators, its lease; one transaction.

    Returns False, having kept only the report, if the lease was lost to another poll meanwhile.
    """
    if report.outcome != "unchanged":
        _insert_report(db, report)
    started, ok = to_ms(report.started), report.outcome != "failed"
    error = "" if ok else report.error
    held = db.conn.execute(
        "UPDATE source_state SET last_poll_at = :started, last_outcome = :outcome,"
        " last_reason = :reason, first_polled_at ="
        " CASE WHEN :ok THEN coalesce(first_polled_at, :started) ELSE first_polled_at END,"
        " last_ok_at = CASE WHEN :ok THEN :started ELSE last_ok_at END,"
        " failures = CASE WHEN :ok THEN 0 ELSE failures + 1 END, polls = polls + 1,"
        " unchanged = unchanged + :unchanged, next_poll_at = :next, lease_owner = NULL,"
        " lease_until = NULL, last_error = :error, hint_ms = coalesce(:hint, hint_ms)"
        " WHERE name = :name AND lease_owner = :owner",
        {"started": started, "outcome": report.outcome, "reason": report.reason, "ok": ok,
         "unchanged": report.outcome == "unchanged", "next": to_ms(next_poll),
         "name": report.source, "owner": lease.owner, "error": error,
         "hint": None if report.hint is None else report.hint // timedelta(milliseconds=1)},
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
        "DELETE FROM poll WHERE source = :source AND (started_at < :oldest"
        " OR (read > 0) = :read AND started_at <"
        " (SELECT started_at FROM poll WHERE source = :source AND (read > 0) = :read"
        " ORDER BY started_at DESC LIMIT 1 OFFSET :kept))",
        {"source": report.source, "oldest": to_ms(report.started - KEEP_REPORTS),
         "kept": KEEP_REPORTS_A_SOURCE - 1, "read": quality.read > 0},
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
