"""Troubles of presswatch itself: written down with their notice, for `status` and the operator.

The notices of its sources, which `selfcheck` writes down, are made here, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts import outbox
from alerts.letter.notice import Notice, build
from alerts.payload import new_id
from crawler.health import troubles
from crawler.health.words import words

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from sqlite_utils import Database

    from crawler.health import Finding, Kind

#: The source that a trouble of presswatch itself is kept under.
ITSELF = ""


def begin(
    db: Database,
    finding: Finding,
    *,
    operator: str,
    zone: tzinfo,
    now: datetime,
    heard: bool = False,
) -> str | None:
    """Write a trouble down that has begun, or goes on with another note.

    `operator` is the channel that is told, "" for none; not where it has `heard` already, past the
    archive. Returns the id of the notice that was queued; None where nobody is told or nothing is
    new.
    """
    open_ = troubles.opened(db).get(ITSELF, {}).get(finding.kind)
    if open_ is not None and open_.finding.note == finding.note:
        return None
    if open_ is not None:
        troubles.end(db, open_, now=now)
    troubles.begin(db, ITSELF, finding, now=now, told=now if operator or heard else None)
    if heard:
        return None
    return queue(db, finding, None, operator=operator, zone=zone, now=now)


def end(db: Database, kind: Kind, *, operator: str, zone: tzinfo, now: datetime) -> bool:
    """Close the trouble of this kind, if it is open; whoever heard of it hears that it is over."""
    trouble = troubles.opened(db).get(ITSELF, {}).get(kind)
    if trouble is None or not troubles.end(db, trouble, now=now):
        return False
    queue(db, trouble.finding, now, operator=operator if trouble.told else "", zone=zone, now=now)
    return True


def notice(finding: Finding, ended: datetime | None = None, source: str = ITSELF) -> Notice:
    """What the operator is told of a finding."""
    return Notice(
        source=source,
        kind=finding.kind.value,
        since=finding.since,
        ended=ended,
        expected=finding.expected,
        seen=finding.seen,
        total=finding.total,
        text=words(finding),
    )


def queue(
    db: Database,
    finding: Finding,
    ended: datetime | None,
    *,
    source: str = ITSELF,
    operator: str,
    zone: tzinfo,
    now: datetime,
) -> str | None:
    """Put the notice into the outbox; its id, and None where there is no operator."""
    if not operator:
        return None
    alert = new_id()
    body = build(alert=alert, queued=now, notice=notice(finding, ended, source), zone=zone)
    outbox.queue_notice(db, alert, channel=operator, payload=body, now=now)
    return alert
