"""The crawler's books: the state of every source, its polls, and what became of every listed page.

The table `page` is the to-do list of a source as well as its record: a link is written down before
it is fetched, so that a poll which dies or runs out of time loses nothing, and the validators of a
listing may be kept as soon as its links are. All functions take the database of a transaction
(`Archive.write`) or of a reader; none begins or commits anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from archive.article import from_ms, to_ms
from crawler.errors import SourceBusy
from crawler.source import Fate, Page, Validators

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlite_utils import Database

    from crawler.source import PageReport, PollReport, Source

KEEP_REPORTS = timedelta(days=30)
KEEP_REPORTS_A_SOURCE = 200

#: A page that could not be looked at is tried again after these, and then given up.
PAGE_RETRIES = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of a source from its polls; times are UTC, None means never."""

    name: str
    kind: str
    url: str
    first_polled: datetime | None
    last_poll: datetime | None
    last_ok: datetime | None
    last_outcome: str
    last_reason: str
    failures: int  # failed polls in a row
    next_poll: datetime | None
    lease_owner: str
    lease_until: datetime | None
    polls: int
    unchanged: int  # how many of them found nothing changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to poll a source, and what a poll must know."""

    state: SourceState  # as it was when the lease was taken
    owner: str
    first: bool  # nothing of this source has been read yet
    validators: dict[str, Validators]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRow:
    """A kept report of one poll."""

    id: str
    source: str
    started: datetime
    took: timedelta
    outcome: str
    reason: str
    error: str
    requests: int
    found: int
    new: int
    revised: int
    copies: int
    same: int
    dropped: int
    failed: int


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
    return [_state(row) for row in _rows(db, "SELECT * FROM source_state ORDER BY name", [])]


def state(db: Database, name: str) -> SourceState | None:
    """The state of one source."""
    rows = _rows(db, "SELECT * FROM source_state WHERE name = ?", [name])
    return _state(rows[0]) if rows else None


def set_next_poll(db: Database, name: str, at: datetime) -> None:
    """Move the next poll of a source."""
    db.conn.execute("UPDATE source_state SET next_poll_at = ? WHERE name = ?", [to_ms(at), name])


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
        for row in _rows(db, "SELECT * FROM validator WHERE source = ?", [source.name])
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


# ------------------------------------------------------------------ pages


def note_links(db: Database, source: Source, pages: Sequence[Page], *, now: datetime) -> int:
    """Write down the listed pages that this source has not listed before; returns how many."""
    written = 0
    for page in pages:
        written += db.conn.execute(
            "INSERT INTO page (source, url, found_at, poll, title, published, summary, author,"
            " quiet, fate, reason, attempts, settled_at, article)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT DO NOTHING",
            [
                source.name, page.url, to_ms(now), page.poll, page.title, page.published,
                page.summary, page.author, int(page.quiet), page.fate, page.reason,
                None if page.fate == Fate.FOUND else to_ms(now), page.article,
            ],
        ).rowcount  # fmt: skip
    return written


def seen(db: Database, source: str, urls: Iterable[str]) -> set[str]:
    """Which of these URLs the source has listed before."""
    return {
        url
        for url in urls
        if db.conn.execute("SELECT 1 FROM page WHERE source = ? AND url = ?", [source, url])
        .fetchone() is not None
    }  # fmt: skip


def waiting(db: Database, source: str, *, now: datetime, limit: int) -> list[Page]:
    """The pages of a source that are to be looked at now, oldest first."""
    sql = (
        "SELECT * FROM page WHERE source = ? AND fate IN ('found', 'failed')"
        " AND (fate = 'found' OR retry_at <= ?) ORDER BY found_at LIMIT ?"
    )
    return [_page(row) for row in _rows(db, sql, [source, to_ms(now), limit])]


def settle_page(db: Database, source: str, report: PageReport, *, now: datetime) -> None:
    """Write down what became of a page; one that failed too often is dropped with its reason."""
    if report.fate != Fate.FAILED:
        db.conn.execute(
            "UPDATE page SET fate = ?, reason = ?, article = ?, settled_at = ?, retry_at = NULL,"
            " attempts = attempts + 1 WHERE source = ? AND url = ?",
            [report.fate, report.reason, report.article, to_ms(now), source, report.url],
        )
        return
    row = db.conn.execute(
        "SELECT attempts FROM page WHERE source = ? AND url = ?", [source, report.url]
    ).fetchone()
    attempts = row[0] + 1 if row else 1
    given_up = attempts > len(PAGE_RETRIES)
    reason = f"given up after {attempts} tries: {report.reason}" if given_up else report.reason
    retry = None if given_up else to_ms(now + PAGE_RETRIES[attempts - 1])
    db.conn.execute(
        "UPDATE page SET fate = ?, reason = ?, attempts = ?, retry_at = ?, settled_at = ?"
        " WHERE source = ? AND url = ?",
        [Fate.DROPPED if given_up else Fate.FAILED, reason, attempts, retry, to_ms(now), source,
         report.url],
    )  # fmt: skip


def look_again(db: Database, source: str, url: str, *, quiet: bool) -> None:
    """Put a page back on the list of those to be read."""
    db.conn.execute(
        "UPDATE page SET fate = ?, attempts = 0, quiet = ? WHERE source = ? AND url = ?",
        [Fate.FOUND, int(quiet), source, url],
    )


def pages_of(db: Database, url: str) -> list[Page]:
    """What every source that listed this URL knows of it."""
    return [_page(row) for row in _rows(db, "SELECT * FROM page WHERE url = ?", [url])]


def pages_of_article(db: Database, article: int) -> list[Page]:
    """The listed pages that led to an article."""
    return [_page(row) for row in _rows(db, "SELECT * FROM page WHERE article = ?", [article])]


# ------------------------------------------------------------------ polls


def settle(db: Database, report: PollReport, lease: Lease, *, next_poll: datetime) -> bool:
    """Close a poll: the source's row, its report, its validators, its lease; one transaction.

    Returns False, having kept only the report, if the lease was lost to another poll meanwhile.
    """
    if report.outcome != "unchanged":
        _insert_report(db, report)
    started, ok = to_ms(report.started), report.outcome != "failed"
    held = db.conn.execute(
        "UPDATE source_state SET last_poll_at = ?1, last_outcome = ?2, last_reason = ?3,"
        " first_polled_at = CASE WHEN ?4 THEN coalesce(first_polled_at, ?1) ELSE first_polled_at"
        " END, last_ok_at = CASE WHEN ?4 THEN ?1 ELSE last_ok_at END,"
        " failures = CASE WHEN ?4 THEN 0 ELSE failures + 1 END, polls = polls + 1,"
        " unchanged = unchanged + ?5, next_poll_at = ?6, lease_owner = NULL, lease_until = NULL"
        " WHERE name = ?7 AND lease_owner = ?8",
        [started, report.outcome, report.reason, int(ok), int(report.outcome == "unchanged"),
         to_ms(next_poll), report.source, lease.owner],
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
    db.conn.execute(
        "INSERT INTO poll (id, source, started_at, took_ms, outcome, reason, error, requests,"
        " found, new, revised, copies, same, dropped, failed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            report.id, report.source, to_ms(report.started),
            report.took // timedelta(milliseconds=1), report.outcome, report.reason, report.error,
            report.requests, report.found, report.count("new"), report.count("revised"),
            report.count("copy"), report.count("same"), report.count("dropped"),
            report.count("failed"),
        ],
    )  # fmt: skip
    db.conn.execute(
        "DELETE FROM poll WHERE source = ?1 AND (started_at < ?2 OR started_at <"
        " (SELECT started_at FROM poll WHERE source = ?1 ORDER BY started_at DESC"
        " LIMIT 1 OFFSET ?3))",
        [report.source, to_ms(report.started - KEEP_REPORTS), KEEP_REPORTS_A_SOURCE - 1],
    )


def polls(db: Database, source: str, *, limit: int = 10) -> list[PollRow]:
    """The kept reports of a source, newest first."""
    sql = "SELECT * FROM poll WHERE source = ? ORDER BY started_at DESC LIMIT ?"
    return [_poll(row) for row in _rows(db, sql, [source, limit])]


def poll(db: Database, poll_id: str) -> PollRow | None:
    """One kept report."""
    rows = _rows(db, "SELECT * FROM poll WHERE id = ?", [poll_id])
    return _poll(rows[0]) if rows else None


# ------------------------------------------------------------------ rows


def _rows(db: Database, sql: str, arguments: list[Any]) -> list[dict[str, Any]]:
    cursor = db.conn.execute(sql, arguments)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _time(value: int | None) -> datetime | None:
    return None if value is None else from_ms(value)


def _state(row: dict[str, Any]) -> SourceState:
    return SourceState(
        name=row["name"],
        kind=row["kind"],
        url=row["url"],
        first_polled=_time(row["first_polled_at"]),
        last_poll=_time(row["last_poll_at"]),
        last_ok=_time(row["last_ok_at"]),
        last_outcome=row["last_outcome"] or "",
        last_reason=row["last_reason"] or "",
        failures=row["failures"],
        next_poll=_time(row["next_poll_at"]),
        lease_owner=row["lease_owner"] or "",
        lease_until=_time(row["lease_until"]),
        polls=row["polls"],
        unchanged=row["unchanged"],
    )


def _page(row: dict[str, Any]) -> Page:
    return Page(
        source=row["source"],
        url=row["url"],
        found=from_ms(row["found_at"]),
        poll=row["poll"] or "",
        title=row["title"] or "",
        published=row["published"] or "",
        summary=row["summary"] or "",
        author=row["author"] or "",
        quiet=bool(row["quiet"]),
        fate=row["fate"],
        reason=row["reason"] or "",
        attempts=row["attempts"],
        retry=_time(row["retry_at"]),
        settled=_time(row["settled_at"]),
        article=row["article"],
    )


def _poll(row: dict[str, Any]) -> PollRow:
    return PollRow(
        id=row["id"],
        source=row["source"],
        started=from_ms(row["started_at"]),
        took=timedelta(milliseconds=row["took_ms"]),
        outcome=row["outcome"],
        reason=row["reason"] or "",
        error=row["error"] or "",
        requests=row["requests"],
        found=row["found"],
        new=row["new"],
        revised=row["revised"],
        copies=row["copies"],
        same=row["same"],
        dropped=row["dropped"],
        failed=row["failed"],
    )
