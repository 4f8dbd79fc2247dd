"""What became of an article's matches and alerts, read back for people. Reads only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from alerts.decide import Decision
from alerts.errors import AlertUnknown
from alerts.outbox import receivers
from alerts.payload import Word
from archive.article import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from alerts.outbox.receivers import Receiver

#: (channel, state) → how many alerts.
Tally: TypeAlias = "Mapping[tuple[str, str], int]"

#: What a look through the ledger can be narrowed to: the states of an alert, and "held" for one
#: that is due and cannot go now.
STATES = ("due", "held", "collected", "delivered", "dead", "muted")

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
    state: str  # due | collected | delivered | dead | muted
    attempts: int  # since it was queued, or revived by `retry`
    created: datetime
    due: datetime | None  # the next try; None when settled
    settled: datetime | None
    reason: str  # why it is dead or late
    kind: str  # alert | notice | digest | summary
    via: str  # the digest or summary with which it goes or went; "" where it goes by itself


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
    outcome: str  # a value of `Outcome`
    status: int | None
    answer: str  # the receiver's words, or why there were none


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """How a channel fares."""

    name: str
    due: int  # alerts that wait, for now or for a later try
    delivered: int
    dead: int
    collected: int  # alerts that go with a digest or a summary which waits
    oldest_due: datetime | None  # since when the longest waiting could go; ahead: it is planned
    disabled: datetime | None
    disabled_reason: str
    failing: datetime | None  # since when its receiver is out of order; None: it is not
    failing_reason: str
    held_until: datetime | None  # nothing is sent before: the next probe, or Retry-After


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """How often a rule matches, whether or not it alerts."""

    last: datetime
    recent: int  # matches since the moment that was asked for


#: The columns of an `AlertRow`; `alert_of` makes one of such a row.
ALERT = (
    "SELECT id, match, coalesce(rule, ''), channel, state, attempts, created_at, due_at,"
    " settled_at, reason, kind, coalesce(via, '') FROM alert "
)


_ASKED = {
    "state": "state = :state",
    "rule": "rule = :rule",
    "channel": "channel = :channel",
    "since": "created_at >= :since",
    "held": "state = 'due' AND (due_at > :held OR channel IN (SELECT name FROM channel))",
    "before": "(created_at, rowid) <"
    " (:before, coalesce((SELECT behind.rowid FROM alert AS behind WHERE behind.id = :behind), 0))",
}


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
    """Messages that were given up, the latest first; not what went with one of them."""
    where = "WHERE state = 'dead' AND via IS NULL ORDER BY settled_at DESC LIMIT ?"
    return [alert_of(row) for row in db.execute(ALERT + where, [limit]).fetchall()]


def given_up(db: Database, since: datetime) -> dict[str, int]:
    """Channel → how many of its messages were given up since then."""
    rows = db.execute(
        "SELECT channel, count(*) FROM alert WHERE state = 'dead' AND via IS NULL"
        " AND settled_at > ? GROUP BY +channel ORDER BY 1",  # + : by the index of the dead
        [to_ms(since)],
    )
    return dict(rows.fetchall())


def latest_alerts(
    db: Database,
    *,
    state: str | None = None,
    rule: str | None = None,
    channel: str | None = None,
    since: datetime | None = None,
    held: datetime | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[AlertRow]:
    """Alerts and notices of the ledger, the one queued last first.

    `held` is now, for what waits and cannot go now: its time is ahead, or its channel disabled.
    `before` is (queued, id) of one of them, to go on behind it.
    """
    moment, behind = before or (None, None)
    words = {"state": state, "rule": rule, "channel": channel}
    times = {"since": since, "held": held, "before": moment}
    values = words | {name: time and to_ms(time) for name, time in times.items()}
    asked = [_ASKED[name] for name, value in values.items() if value is not None]
    few = held is not None or state not in {None, "delivered"}
    rows = db.execute(
        f"{ALERT} WHERE rowid IN ({_latest(asked, few=few)}) ORDER BY created_at DESC, rowid DESC",
        values | {"behind": behind, "limit": limit},
    ).fetchall()
    return [alert_of(row) for row in rows]


def _latest(asked: list[str], *, few: bool) -> str:
    """Only what is asked stands there, so that an index can answer it without the payloads.

    The `few` that are not delivered have one of their own: not through the whole ledger.
    """
    table, asked = "alert", asked or ["true"]
    if few:
        table, asked = "alert INDEXED BY alert_undelivered", ["state <> 'delivered'", *asked]
    return (
        f"SELECT rowid FROM {table} WHERE {' AND '.join(asked)}"  # noqa: S608  # constants
        " ORDER BY created_at DESC, rowid DESC LIMIT :limit"
    )


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


def goes_with(db: Database, message: str) -> list[AlertRow]:
    """What goes or went with a digest or a summary, the newest first."""
    where = "WHERE via = ? ORDER BY match DESC"
    return [alert_of(row) for row in db.execute(ALERT + where, [message]).fetchall()]


def counts(db: Database, known: Tally | None = None) -> dict[str, int]:
    """Alerts by state, of all channels; `collected` and `muted` only where there are some."""
    found = {"due": 0, "delivered": 0, "dead": 0}
    for (_, state), count in (tally(db) if known is None else known).items():
        found[state] = found.get(state, 0) + count
    return found


def channel_states(
    db: Database, names: Iterable[str] = (), known: Tally | None = None
) -> list[ChannelState]:
    """Every channel of these names, and every other that has alerts or is disabled, by name.

    `known` is what was counted before.
    """
    disabled = {
        name: (from_ms(at), reason or "")
        for name, at, reason in db.execute("SELECT name, disabled_at, reason FROM channel")
    }
    sums = tally(db) if known is None else known
    oldest, heard = _oldest(db), receivers.known(db)
    return [
        _channel(
            name, sums, oldest.get(name), disabled.get(name), heard.get(name, receivers.UNKNOWN)
        )
        for name in sorted({*names, *disabled, *(channel for channel, _ in sums)})
    ]


def _channel(
    name: str,
    sums: Tally,
    oldest: datetime | None,
    disabled: tuple[datetime, str] | None,
    receiver: Receiver,
) -> ChannelState:
    circuit = receiver.circuit
    return ChannelState(
        name=name,
        due=sums.get((name, "due"), 0),
        delivered=sums.get((name, "delivered"), 0),
        dead=sums.get((name, "dead"), 0),
        collected=sums.get((name, "collected"), 0),
        oldest_due=oldest,
        disabled=disabled[0] if disabled else None,
        disabled_reason=disabled[1] if disabled else "",
        failing=circuit.since if circuit.is_open else None,
        failing_reason=circuit.reason if circuit.is_open else "",
        held_until=circuit.free_at(),
    )


def tally(db: Database) -> Tally:
    """How many alerts there are, off an index alone: it is read from end to end."""
    rows = db.execute("SELECT channel, state, count(*) FROM alert GROUP BY channel, state")
    return {(channel, state): count for channel, state, count in rows.fetchall()}


def undelivered(db: Database, channels: Iterable[str]) -> Tally:
    """The same of these channels without what was delivered, which is nearly all of a ledger."""
    rows = db.execute(
        "SELECT wanted.value, state.value, (SELECT count(*) FROM alert"
        "  WHERE channel = wanted.value AND alert.state = state.value)"
        " FROM json_each(?) AS wanted CROSS JOIN json_each(?) AS state",
        [json.dumps(list(channels)), json.dumps(["due", "collected", "dead", "muted"])],
    )
    return {(channel, state): count for channel, state, count in rows.fetchall() if count}


def _oldest(db: Database) -> dict[str, datetime]:
    """Channel → since when what waits longest could go; what was not tried may be planned."""
    rows = db.execute(
        "SELECT channel, min(iif(attempts > 0, created_at, max(created_at, due_at))) FROM alert"
        " WHERE state = 'due' GROUP BY channel"
    )
    return {channel: from_ms(at) for channel, at in rows.fetchall()}


def rule_states(db: Database, since: datetime) -> dict[str, RuleState]:
    """Rule → when it matched last, and how often since; absent: it never matched."""
    rows = db.execute(
        "SELECT rule, max(matched_at), sum(matched_at >= ?) FROM rule_match GROUP BY rule",
        [to_ms(since)],
    ).fetchall()
    return {rule: RuleState(last=from_ms(last), recent=recent) for rule, last, recent in rows}


def oldest_due(db: Database) -> datetime | None:
    """When the alert was queued that has waited for longest; None where none waits."""
    # The + keeps SQLite from looking through the whole ledger by time for a row that is due.
    row = db.execute("SELECT min(+created_at) FROM alert WHERE state = 'due'").fetchone()
    return _moment(row[0])


def alert_of(row: tuple[Any, ...]) -> AlertRow:
    """The record of a row that `ALERT` selects."""
    key, match, rule, channel, state, tries, created, due, settled, reason, kind, via = row
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
        kind=kind,
        via=via,
    )


def _match(row: tuple[Any, ...], alerts: tuple[AlertRow, ...]) -> MatchRow:
    key, rule, article, number, story, matched, words, decision, pruned = row
    silence = ""
    why = Decision[decision]
    if why is Decision.MUTED or (not alerts and not pruned):
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
