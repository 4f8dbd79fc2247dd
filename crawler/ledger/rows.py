"""The records that the crawler's books give out, and how a row becomes one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from archive.article import from_ms
from crawler.source import Page, Validators

if TYPE_CHECKING:
    from sqlite_utils import Database


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
    hint: timedelta | None = None  # how old its listing says that it may become
    last_error: str = ""  # class of the error where the last poll failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to poll a source, and what a poll must know."""

    state: SourceState  # when the lease was taken
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
    # How its pages read; see crawler.source.Quality.
    read: int = 0
    textless: int = 0
    untitled: int = 0
    undated: int = 0
    length: int = 0


def select(db: Database, sql: str, arguments: list[Any]) -> list[dict[str, Any]]:
    """The rows of a query, each as column → value."""
    cursor = db.conn.execute(sql, arguments)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def moment(value: int | None) -> datetime | None:
    """The time of a nullable column."""
    return None if value is None else from_ms(value)


def state_of(row: dict[str, Any]) -> SourceState:
    """A row of `source_state`."""
    return SourceState(
        name=row["name"],
        kind=row["kind"],
        url=row["url"],
        first_polled=moment(row["first_polled_at"]),
        last_poll=moment(row["last_poll_at"]),
        last_ok=moment(row["last_ok_at"]),
        last_outcome=row["last_outcome"] or "",
        last_reason=row["last_reason"] or "",
        failures=row["failures"],
        next_poll=moment(row["next_poll_at"]),
        lease_owner=row["lease_owner"] or "",
        lease_until=moment(row["lease_until"]),
        polls=row["polls"],
        unchanged=row["unchanged"],
        last_error=row["last_error"] or "",
        hint=None if row["hint_ms"] is None else timedelta(milliseconds=row["hint_ms"]),
    )


def page_of(row: dict[str, Any]) -> Page:
    """A row of `page`."""
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
        retry=moment(row["retry_at"]),
        settled=moment(row["settled_at"]),
        article=row["article"],
        content=row["content"] or "",
        validators=Validators(etag=row["etag"] or "", last_modified=row["last_modified"] or ""),
        looked=moment(row["looked_at"]),
        look=moment(row["look_at"]),
    )


def poll_of(row: dict[str, Any]) -> PollRow:
    """A row of `poll`."""
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
        read=row["read"],
        textless=row["textless"],
        untitled=row["untitled"],
        undated=row["undated"],
        length=row["length"],
    )
