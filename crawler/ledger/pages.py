"""The crawler's books on pages: what was listed, what became of it, when it is looked at again.

    found ─▶ filed ─▶ looked at again at `look_at`, until the schedule of its source ends
          ─▶ failed ─▶ tried again at `retry_at`, then given up
          ─▶ dropped

A page is looked at again by the source that filed its article, and by no other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from archive.article import from_ms, to_ms
from crawler.ledger.rows import page_of, select
from crawler.source import Fate, Validators

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from crawler.source import Page, PageReport, Source

#: A page that could not be looked at is tried again after these, and then given up.
PAGE_RETRIES = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)


def note_links(db: Database, source: Source, pages: Sequence[Page], *, now: datetime) -> None:
    """Write down the listed pages that this source has not listed before."""
    for page in pages:
        db.conn.execute(
            "INSERT INTO page (source, url, found_at, poll, title, published, summary, author,"
            " quiet, fate, reason, attempts, settled_at, article, content)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                source.name, page.url, to_ms(now), page.poll, page.title, page.published,
                page.summary, page.author, int(page.quiet), page.fate, page.reason,
                None if page.fate == Fate.FOUND else to_ms(now), page.article,
                (page.content or None) if page.fate == Fate.FOUND else None,
            ],
        )  # fmt: skip


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
    return [page_of(row) for row in select(db, sql, [source, to_ms(now), limit])]


def due(db: Database, source: str, *, now: datetime, limit: int) -> list[Page]:
    """The filed pages of a source that are to be looked at again now, the longest due first."""
    sql = "SELECT * FROM page WHERE source = ? AND look_at <= ? ORDER BY look_at LIMIT ?"
    return [page_of(row) for row in select(db, sql, [source, to_ms(now), limit])]


def watched_articles(db: Database) -> list[int]:
    """The articles of pages that are read at every poll, whatever their age."""
    rows = db.conn.execute(
        "SELECT p.article FROM source_state s JOIN page p ON p.source = s.name"
        " WHERE s.kind = 'watch' AND p.article IS NOT NULL"
    )
    return [article for (article,) in rows]


def settle_page(
    db: Database,
    source: str,
    report: PageReport,
    *,
    now: datetime,
    validators: Validators = Validators(),  # noqa: B008 - frozen
    look: datetime | None = None,
) -> None:
    """Write down what became of a page; one that failed too often is dropped with its reason.

    `validators` are what the page answered, `look` is when it is to be looked at again.
    """
    if report.fate == Fate.FAILED:
        _put_off(db, source, report, now)
        return
    at = to_ms(now)
    db.conn.execute(
        "UPDATE page SET fate = ?, reason = ?, article = ?, settled_at = ?,"
        " looked_at = ?, etag = ?, last_modified = ?, look_at = ?, retry_at = NULL,"
        " content = NULL, attempts = attempts + 1 WHERE source = ? AND url = ?",
        [report.fate, report.reason, report.article, at, at, validators.etag or None,
         validators.last_modified or None, _ms(look), source, report.url],
    )  # fmt: skip


def _put_off(db: Database, source: str, report: PageReport, now: datetime) -> None:
    """A page that failed is tried again later, or given up."""
    row = db.conn.execute(
        "SELECT attempts FROM page WHERE source = ? AND url = ?", [source, report.url]
    ).fetchone()
    attempts = row[0] + 1 if row else 1
    given_up = gives_up(attempts)
    reason = f"given up after {attempts} tries: {report.reason}" if given_up else report.reason
    retry = None if given_up else to_ms(now + PAGE_RETRIES[attempts - 1])
    db.conn.execute(
        "UPDATE page SET fate = ?, reason = ?, attempts = ?, retry_at = ?, settled_at = ?,"
        " content = CASE WHEN ? THEN NULL ELSE content END WHERE source = ? AND url = ?",
        [Fate.DROPPED if given_up else Fate.FAILED, reason, attempts, retry, to_ms(now), given_up,
         source, report.url],
    )  # fmt: skip


def gives_up(attempts: int) -> bool:
    """Whether a page is given up when this many tries have failed."""
    return attempts > len(PAGE_RETRIES)


def looked(
    db: Database,
    source: str,
    url: str,
    *,
    now: datetime,
    validators: Validators | None,
    look: datetime | None,
) -> None:
    """Write down that a filed page was asked again, and when to ask next (None: never).

    `validators` None: it did not answer with itself; what it answered before still counts.
    """
    if validators is None:
        db.conn.execute(
            "UPDATE page SET look_at = ? WHERE source = ? AND url = ?", [_ms(look), source, url]
        )
        return
    db.conn.execute(
        "UPDATE page SET looked_at = ?, look_at = ?, etag = ?, last_modified = ?"
        " WHERE source = ? AND url = ?",
        [to_ms(now), _ms(look), validators.etag or None, validators.last_modified or None,
         source, url],
    )  # fmt: skip


def look_again(db: Database, source: str, url: str, *, quiet: bool) -> None:
    """Put a page back on the list of those to be read."""
    db.conn.execute(
        "UPDATE page SET fate = ?, attempts = 0, quiet = ? WHERE source = ? AND url = ?",
        [Fate.FOUND, int(quiet), source, url],
    )


def pages_of(db: Database, url: str) -> list[Page]:
    """What every source that listed this URL knows of it."""
    return [page_of(row) for row in select(db, "SELECT * FROM page WHERE url = ?", [url])]


def pages_of_article(db: Database, article: int) -> list[Page]:
    """The listed pages that led to an article."""
    return [page_of(row) for row in select(db, "SELECT * FROM page WHERE article = ?", [article])]


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def arrivals(db: Database, source: str, since: datetime) -> list[tuple[datetime, int]]:
    """When a source listed what it had not listed before, ascending, and how many links it was.

    Not those of its first poll.
    """
    rows = db.conn.execute(
        "SELECT found_at, count(*) FROM page WHERE source = ? AND quiet = 0 AND found_at > ?"
        " GROUP BY found_at ORDER BY found_at",
        [source, to_ms(since)],
    )
    return [(from_ms(at), links) for at, links in rows]


def newest_filed(db: Database, source: str, *, limit: int) -> list[tuple[datetime, int]]:
    """When the newest of a source's pages that are filed were found, and their articles.

    Newest first; not those of its first poll.
    """
    rows = db.conn.execute(
        "SELECT found_at, article FROM page WHERE source = ? AND quiet = 0"
        " AND article IS NOT NULL ORDER BY found_at DESC LIMIT ?",
        [source, limit],
    )
    return [(from_ms(at), article) for at, article in rows]


def finds(db: Database, source: Source, since: datetime) -> list[datetime]:
    """The moments at which a source was seen to have something new, in rising order.

    New links; of a watched page its new texts.
    """
    if source.kind != "watch":
        return [at for at, _ in arrivals(db, source.name, since)]
    rows = db.conn.execute(
        "SELECT DISTINCT r.seen_at FROM page p JOIN revision r ON r.article = p.article"
        " WHERE p.source = ? AND r.seen_at > ? AND r.number > 1 ORDER BY 1",
        [source.name, to_ms(since)],
    )
    return [from_ms(at) for (at,) in rows]
