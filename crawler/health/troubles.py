"""The books of the self-check: what `crawler.health` needs to know, and the troubles it has found.

All functions take the database of a transaction or of a reader; none begins or commits anything.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from archive.article import from_ms, to_ms
from archive.lookup import evidence_of
from crawler import ledger
from crawler.health.findings import Finding, Kind, Past, Trouble
from crawler.health.judgement import LOOK
from crawler.health.silence import WEEKS
from crawler.ledger.rows import select
from crawler.source import PART

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from crawler.health.findings import Span
    from crawler.ledger import SourceState

#: A trouble that is over is forgotten after so long.
KEEP = timedelta(days=90)

_REPORTS, _BRIEF = 2 * ledger.KEEP_REPORTS_A_SOURCE, 60

#: A gap may be a week long and is still held against eight others.
_ARRIVALS = timedelta(weeks=2 * WEEKS)


def past(
    db: Database, state: SourceState, now: datetime, *, brief: bool = False, text: str = ""
) -> Past:
    """All that a source is judged by; `brief` leaves it at the newest reports, which is cheaper.

    `text` is its selector of the text, as the config has it.
    """
    arrivals = ledger.arrivals(db, state.name, now - _ARRIVALS)
    return Past(
        state=state,
        reports=ledger.polls(db, state.name, limit=_BRIEF if brief else _REPORTS),
        arrivals=[at for at, _ in arrivals],
        links=sum(links for _, links in arrivals),
        text=text,
        missed=_missed(db, state.name, text) if text else (),
    )


def _missed(db: Database, source: str, text: str) -> list[tuple[datetime, bool]]:
    """Of the newest pages that were read by this selector, whether it matched nothing."""
    found = ledger.newest_filed(db, source, limit=LOOK)
    evidence = evidence_of(db, [article for _, article in found])
    return [
        (at, not one.chosen)
        for at, article in found
        for one in evidence.get(article, ())
        if (one.field, one.value) == (PART, text)
    ]


def opened(db: Database) -> dict[str, dict[Kind, Trouble]]:
    """The troubles that are not over: source → kind → trouble; source "" is presswatch itself."""
    found: dict[str, dict[Kind, Trouble]] = defaultdict(dict)
    for row in select(db, "SELECT * FROM trouble WHERE ended_at IS NULL ORDER BY since, id", []):
        trouble = _trouble(row)
        found[trouble.source][trouble.finding.kind] = trouble
    return dict(found)


def of_source(db: Database, source: str, *, limit: int = 20) -> list[Trouble]:
    """The troubles of a source, newest first."""
    sql = "SELECT * FROM trouble WHERE source = ? ORDER BY since DESC, id DESC LIMIT ?"
    return [_trouble(row) for row in select(db, sql, [source, limit])]


def downs(db: Database, now: datetime) -> list[Span]:
    """The times in which the network was down."""
    return [
        (trouble.finding.since, trouble.ended or now)
        for trouble in of_source(db, "", limit=100)
        if trouble.finding.kind is Kind.NETWORK
    ]


def network_is_down(db: Database) -> bool:
    """Whether nothing could be reached when it was looked at last."""
    return Kind.NETWORK in opened(db).get("", {})


def begin(
    db: Database, source: str, finding: Finding, *, now: datetime, told: datetime | None
) -> bool:
    """Write down a trouble that has begun; False where another process has done so already."""
    return bool(
        db.conn.execute(
            "INSERT INTO trouble (source, kind, since, found_at, expected, seen, total, note,"
            " told_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                source, finding.kind, to_ms(finding.since), to_ms(now), finding.expected,
                finding.seen, finding.total, finding.note, told and to_ms(told),
            ],
        ).rowcount
    )  # fmt: skip


def go_on(db: Database, trouble: Trouble, finding: Finding) -> None:
    """Keep what is seen of an open trouble now."""
    db.conn.execute(
        "UPDATE trouble SET seen = ?, total = ? WHERE id = ? AND ended_at IS NULL",
        [finding.seen, finding.total, trouble.id],
    )


def end(db: Database, trouble: Trouble, *, now: datetime) -> bool:
    """Close a trouble; False where another process has done so already."""
    db.conn.execute("DELETE FROM trouble WHERE ended_at < ?", [to_ms(now - KEEP)])
    return bool(
        db.conn.execute(
            "UPDATE trouble SET ended_at = ? WHERE id = ? AND ended_at IS NULL",
            [to_ms(now), trouble.id],
        ).rowcount
    )


def _trouble(row: dict[str, Any]) -> Trouble:
    return Trouble(
        id=row["id"],
        source=row["source"],
        finding=Finding(
            kind=Kind(row["kind"]),
            since=from_ms(row["since"]),
            expected=row["expected"],
            seen=row["seen"],
            total=row["total"],
            note=row["note"],
        ),
        told=row["told_at"] is not None,
        ended=None if row["ended_at"] is None else from_ms(row["ended_at"]),
    )
