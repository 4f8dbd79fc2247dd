"""What became of an article's matches and alerts, read back for people. Reads only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alerts.decide import Decision
from alerts.errors import AlertUnknown
from alerts.payload import Word
from archive.article import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlite_utils import Database


#: Why a match told nobody that was worth telling.
NO_CHANNEL = "no channel of the rule was enabled"

#: Of a match whose alerts are no more.
PRUNED = "its alerts were kept for as long as the config says (keep_alerts)"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert of the outbox without its payload."""

    id: str
    match: int | None  # None for a notice
    rule: str  # "" for a notice
    channel: str
    state: str  # due | delivered | dead
    attempts: int  # since it was queued, or revived by `retry`
    created: datetime
    due: datetime | None  # the next try; None when settled
    settled: datetime | None
    reason: str  # why it is dead or late


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    """A rule that held for a revision, what fired, and whether anybody was told."""

    id: int
    rule: str
    article: int
    revision: int  # 1, 2, 3 … within the article
    story: int  # the story that it was made for
    matched: datetime
    words: tuple[Word, ...]
    alerts: tuple[AlertRow, ...]
    silence: str  # why nobody was told; empty where somebody was
    pruned: int  # of its alerts: settled long ago and deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One try to deliver an alert."""

    at: datetime
    took: timedelta
    outcome: str  # delivered | later | dead
    status: int | None
    answer: str  # the receiver's words, or why there were none


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """How a channel fares."""

    name: str
    due: int  # alerts that wait, for now or for a later try
    delivered: int
    dead: int
    oldest_due: datetime | None  # when the longest waiting was queued
    disabled: datetime | None
    disabled_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """How often a rule matches, whether or not it alerts."""

    last: datetime
    recent: int  # matches since the moment that was asked for


#: The columns of an `AlertRow`; `alert_of` makes one of such a row.
ALERT = (
    "SELECT id, match, coalesce(rule, ''), channel, state, attempts, created_at, due_at,"
    " settled_at, reason FROM alert "
)


def matches_of_article(db: Database, article: int) -> list[MatchRow]:
    """Every match of any revision of the article, oldest first."""
    alerts: dict[int | None, list[AlertRow]] = {}
    for alert in alerts_of_article(db, article):
        alerts.setdefault(alert.match, []).append(alert)
    rows = db.execute(
        """SELECT m.id, m.rule, m.article, r.number, m.story, m.matched_at, m.words, m.decision,
             m.pruned
           FROM rule_match m JOIN revision r ON r.id = m.revision
           WHERE m.article = ? ORDER BY m.id""",
        [article],
    ).fetchall()
    return [_match(row, tuple(alerts.get(row[0], ()))) for row in rows]


def alerts_of_article(db: Database, article: int) -> list[AlertRow]:
    """Every alert about any revision of the article, oldest first."""
    where = (
        """WHERE match IN (SELECT id FROM rule_match WHERE article = ?) ORDER BY match, channel"""
    )
    return [alert_of(row) for row in db.execute(ALERT + where, [article]).fetchall()]


def find_alert(db: Database, alert: str) -> AlertRow:
    """Raises AlertUnknown."""
    row = db.execute(ALERT + "WHERE id = ?", [alert]).fetchone()
    if row is None:
        raise AlertUnknown(alert)
    return alert_of(row)


def payload_of(db: Database, alert: str) -> dict[str, Any]:
    """The JSON that was or will be sent. Raises AlertUnknown."""
    row = db.execute("SELECT payload FROM alert WHERE id = ?", [alert]).fetchone()
    if row is None:
        raise AlertUnknown(alert)
    data: dict[str, Any] = json.loads(row[0])
    return data


def dead_letters(db: Database, limit: int = 100) -> list[AlertRow]:
    """Alerts that were given up, the latest first."""
    where = "WHERE state = 'dead' ORDER BY settled_at DESC LIMIT ?"
    return [alert_of(row) for row in db.execute(ALERT + where, [limit]).fetchall()]


def latest_alerts(
    db: Database,
    *,
    state: str | None = None,
    rule: str | None = None,
    channel: str | None = None,
    since: datetime | None = None,
    limit: int = 50,
) -> list[AlertRow]:
    """Alerts and notices of the ledger, the one queued last first."""
    where = """WHERE (:state IS NULL OR state = :state) AND (:rule IS NULL OR rule = :rule)
                 AND (:channel IS NULL OR channel = :channel)
                 AND (:since IS NULL OR created_at >= :since)
               ORDER BY created_at DESC, match DESC, id LIMIT :limit"""
    values = {
        "state": state,
        "rule": rule,
        "channel": channel,
        "since": None if since is None else to_ms(since),
        "limit": limit,
    }
    rows = db.execute(ALERT + where, values).fetchall()
    return [alert_of(row) for row in rows]


def attempts(db: Database, alert: str) -> list[AttemptRow]:
    """Every try of an alert, oldest first."""
    rows = db.execute(
        "SELECT at, took_ms, outcome, status, answer FROM attempt WHERE alert = ? ORDER BY id",
        [alert],
    ).fetchall()
    return [
        AttemptRow(
            at=from_ms(at),
            took=timedelta(milliseconds=took or 0),
            outcome=outcome,
            status=status,
            answer=answer or "",
        )
        for at, took, outcome, status, answer in rows
    ]


def counts(db: Database) -> dict[str, int]:
    """Alerts by state, of all channels; every state is there."""
    rows = db.execute("SELECT state, count(*) FROM alert GROUP BY state").fetchall()
    return {"due": 0, "delivered": 0, "dead": 0} | dict(rows)


def channel_states(db: Database, names: Iterable[str] = ()) -> list[ChannelState]:
    """Every channel of these names, and every other that has alerts or is disabled, by name."""
    rows = db.execute(
        """WITH every AS (SELECT value AS name FROM json_each(?) UNION SELECT name FROM channel
                          UNION SELECT DISTINCT channel FROM alert),
             tally AS (SELECT channel, sum(state = 'due') AS due,
                         sum(state = 'delivered') AS delivered, sum(state = 'dead') AS dead,
                         min(CASE WHEN state = 'due' THEN created_at END) AS oldest
                       FROM alert GROUP BY channel)
           SELECT every.name, due, delivered, dead, oldest, disabled_at, reason FROM every
           LEFT JOIN tally ON tally.channel = every.name
           LEFT JOIN channel ON channel.name = every.name ORDER BY every.name""",
        [json.dumps(list(names))],
    ).fetchall()
    return [
        ChannelState(
            name=name,
            due=due or 0,
            delivered=delivered or 0,
            dead=dead or 0,
            oldest_due=_moment(oldest),
            disabled=_moment(disabled),
            disabled_reason=reason or "",
        )
        for name, due, delivered, dead, oldest, disabled, reason in rows
    ]


def rule_states(db: Database, since: datetime) -> dict[str, RuleState]:
    """Rule → when it matched last, and how often since; absent: it never matched."""
    rows = db.execute(
        "SELECT rule, max(matched_at), sum(matched_at >= ?) FROM rule_match GROUP BY rule",
        [to_ms(since)],
    ).fetchall()
    return {rule: RuleState(last=from_ms(last), recent=recent) for rule, last, recent in rows}


def oldest_due(db: Database) -> datetime | None:
    """When the alert was queued that has waited for longest; None where none waits."""
    row = db.execute("SELECT min(created_at) FROM alert WHERE state = 'due'").fetchone()
    return _moment(row[0])


def alert_of(row: tuple[Any, ...]) -> AlertRow:
    """The record of a row that `ALERT` selects."""
    key, match, rule, channel, state, tries, created, due, settled, reason = row
    return AlertRow(
        id=key,
        match=match,
        rule=rule,
        channel=channel,
        state=state,
        attempts=tries,
        created=from_ms(created),
        due=_moment(due),
        settled=_moment(settled),
        reason=reason or "",
    )


def _match(row: tuple[Any, ...], alerts: tuple[AlertRow, ...]) -> MatchRow:
    key, rule, article, number, story, matched, words, decision, pruned = row
    silence = ""
    if not alerts and not pruned:
        why = Decision[decision]
        silence = NO_CHANNEL if why is Decision.ALERT else why.value
    return MatchRow(
        id=key,
        rule=rule,
        article=article,
        revision=number,
        story=story,
        matched=from_ms(matched),
        words=tuple(Word(**word) for word in json.loads(words)),
        alerts=alerts,
        silence=silence,
        pruned=pruned,
    )


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_ms(value)
