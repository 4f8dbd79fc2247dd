"""The books of the alerts: the outbox, every try, disabled channels.

    due ── claimed by one worker under a lease ──▶ sent ──▶ delivered
     ▲                                              ├─────▶ due again, later
     └── lease runs out: the worker died            └─────▶ dead, with its reason; see `retry`

Whether an alert may be sent now is one predicate (`_DUE`) and taking it is one statement, so a row
needs no sweeper: a lease that ran out makes it due by itself. The writing functions take the
database of a transaction (`Archive.write`); none begins or commits anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alerts.digest import waiting
from alerts.errors import AlertUnknown
from alerts.outbox import recipients
from archive.article import to_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlite_utils import Database

    from alerts.channel import Result
    from alerts.retry import Verdict

#: The one meaning of "may be taken now": it waits, nobody has it, its channel is not disabled.
#: Parameters :now and :due (now, but for `drain`).
_DUE = (
    "state = 'due' AND due_at <= :due AND (claimed_until IS NULL OR claimed_until < :now)"
    " AND NOT EXISTS (SELECT 1 FROM channel WHERE channel.name = alert.channel)"
)
#: In the order of queueing where much is due at one moment, as the index has it: nothing is sorted.
_CLAIM = f"""
    UPDATE alert SET claimed_by = :owner, claimed_until = :until WHERE id =
      (SELECT id FROM alert WHERE channel = :channel AND {_DUE} ORDER BY due_at, rowid LIMIT 1)
    RETURNING id, coalesce(rule, ''), payload, attempts"""  # noqa: S608  # constants only
_PROBE = _CLAIM.replace("ORDER BY due_at", "ORDER BY attempts, due_at")  # reads all that is due

#: The last try of an alert ended with an answer to the alert itself, or may have been received.
_REFUSED = """
    SELECT 1 FROM attempt t WHERE t.id = (SELECT max(u.id) FROM attempt u WHERE u.alert = alert.id)
    AND t.outcome IN ('refused', 'unknown')"""

#: Of the tries that count.
_DOUBTS = """
    SELECT count(*) FROM (SELECT outcome FROM attempt WHERE alert = ? ORDER BY id DESC LIMIT ?)
    WHERE outcome = 'unknown'"""

_HELD = """
    SELECT count(*) FROM alert WHERE state = 'due' AND channel = :channel
    AND claimed_by IS NOT NULL AND claimed_until >= :now"""

_NEXT = """
    SELECT wanted.value,
      (SELECT min(due_at) FROM alert WHERE state = 'due' AND channel = wanted.value
       AND (claimed_until IS NULL OR claimed_until < :now))
    FROM json_each(:channels) AS wanted
    WHERE NOT EXISTS (SELECT 1 FROM channel WHERE name = wanted.value)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An alert that this worker, and no other, may send until its lease runs out."""

    id: str
    rule: str  # "" for a notice
    channel: str
    payload: str
    attempts: int
    owner: str
    doubts: int = 0  # of these: how many may have been received
    settled: Mapping[str, str] = field(
        default_factory=dict
    )  # of several recipients those that need it no more


# The outbox


def queue(
    db: Database,
    alert: str,
    *,
    match: int,
    rule: str,
    channel: str,
    payload: str,
    now: datetime,
    due: datetime | None = None,
    urgent: bool = False,
) -> None:
    """Put one alert into the outbox, due at once or at `due`; what is urgent waits for nothing."""
    db.execute(
        "INSERT INTO alert (id, match, rule, channel, payload, created_at, state, due_at, urgent)"
        " VALUES (?, ?, ?, ?, ?, ?, 'due', ?, ?)",
        [alert, match, rule, channel, payload, to_ms(now), to_ms(due or now), int(urgent)],
    )


def queue_notice(
    db: Database,
    alert: str,
    *,
    channel: str,
    payload: str,
    now: datetime,
    due: datetime | None = None,
) -> None:
    """Put what the operator is to be told into the outbox; it belongs to no match."""
    db.execute(
        "INSERT INTO alert (id, kind, channel, payload, created_at, state, due_at)"
        " VALUES (?, 'notice', ?, ?, ?, 'due', ?)",
        [alert, channel, payload, to_ms(now), to_ms(due or now)],
    )


def claim(
    db: Database,
    channel: str,
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
    due_by: datetime | None = None,
    probe: bool = False,
) -> Claim | None:
    """Take the channel's alert that has been due for longest; None where none may be sent.

    `due_by` in place of now leaves alone what became due since. A `probe` is one that was tried
    least: what may itself be the reason of the failures must not be all that is ever tried.
    """
    times = {"until": to_ms(now + lease), "now": to_ms(now), "due": to_ms(due_by or now)}
    values = {"owner": owner, "channel": channel} | times
    rows = db.execute(_PROBE if probe else _CLAIM, values).fetchall()
    if not rows:
        return None
    alert, rule, payload, tries = rows[0]
    return Claim(
        id=alert, rule=rule, channel=channel, payload=payload, attempts=tries, owner=owner,
        doubts=_doubts(db, alert, tries), settled=recipients.of(db, alert),
    )  # fmt: skip


def _doubts(db: Database, alert: str, attempts: int) -> int:
    if not attempts:
        return 0
    (found,) = db.execute(_DOUBTS, [alert, attempts]).fetchone()
    return int(found)


def renew(db: Database, claimed: Claim, until: datetime) -> None:
    """Hold what is being sent for longer, where it is still held."""
    db.execute(
        "UPDATE alert SET claimed_until = ? WHERE id = ? AND claimed_by = ? AND state = 'due'",
        [to_ms(until), claimed.id, claimed.owner],
    )


def in_flight(db: Database, channel: str, now: datetime) -> int:
    """How many alerts of the channel are held, by whomever."""
    (held,) = db.execute(_HELD, {"channel": channel, "now": to_ms(now)}).fetchone()
    return int(held)


def next_due(db: Database, channels: Sequence[str], now: datetime) -> dict[str, int]:
    """Channel → when (in ms) its next alert is due, for all channels in one look.

    Absent: nothing waits there, it is disabled, or all that waits is claimed. A claim that runs
    out shows here at the next look after.
    """
    rows = db.execute(_NEXT, {"channels": json.dumps(channels), "now": to_ms(now)}).fetchall()
    return {channel: due for channel, due in rows if due is not None}


def settle(
    db: Database, claimed: Claim, result: Result, verdict: Verdict, *, at: datetime, now: datetime
) -> bool:
    """Write down a try that began `at` and what becomes of the alert, in the caller's transaction.

    The try is always kept, and who of several recipients has it. The alert is left alone, and
    False returned, where the claim was lost meanwhile: whoever holds it now settles it.
    """
    _note_try(db, claimed, result, at=at, now=now)
    changed = db.execute(
        """UPDATE alert SET state = :state, attempts = :attempts, due_at = :due, reason = :reason,
             settled_at = :settled, claimed_by = NULL, claimed_until = NULL
           WHERE id = :id AND claimed_by = :owner AND state = 'due'""",
        {
            "state": verdict.state,
            "attempts": verdict.attempts,
            "due": None if verdict.due is None else to_ms(verdict.due),
            "reason": verdict.reason or None,
            "settled": None if verdict.state == "due" else to_ms(now),
            "id": claimed.id,
            "owner": claimed.owner,
        },
    )
    kept = changed.rowcount == 1
    if claimed.settled or result.settled:
        recipients.note(db, claimed.id, result.settled)
    if kept and verdict.state != "due" and not claimed.rule:
        waiting.settle_collected(db, claimed.id, verdict.state, verdict.reason or None, now)
    return kept


def _note_try(db: Database, claimed: Claim, result: Result, *, at: datetime, now: datetime) -> None:
    db.execute(
        "INSERT INTO attempt (alert, at, took_ms, outcome, status, answer)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            claimed.id,
            to_ms(at),
            to_ms(now) - to_ms(at),
            result.outcome.value,
            result.status,
            result.answer or result.reason,
        ],
    )


def release(db: Database, owner: str) -> None:
    """Give back what this owner has claimed and not settled: it is due as before."""
    db.execute(
        "UPDATE alert SET claimed_by = NULL, claimed_until = NULL"
        " WHERE state = 'due' AND claimed_by = ?",
        [owner],
    )


def release_dead(db: Database, is_dead: Callable[[str], bool]) -> None:
    """Give back the claims of owners that live no more, without waiting for their leases.

    Their names stay: what they may have sent goes again by itself, in no digest and under no mute.
    """
    owners = db.execute(
        "SELECT DISTINCT claimed_by FROM alert WHERE state = 'due' AND claimed_by IS NOT NULL"
    ).fetchall()
    for (owner,) in owners:
        if is_dead(owner):
            db.execute(
                "UPDATE alert SET claimed_until = NULL WHERE state = 'due' AND claimed_by = ?",
                [owner],
            )


def retry(db: Database, alert: str, now: datetime) -> None:
    """Send an alert again now, by the whole schedule: a dead letter, or one that waits.

    A delivered one is sent once more, under the same id. Whoever asks by hand wants it now, so it
    is urgent from then on, and goes by itself though it was muted or collected. Of several
    recipients, who has an alert that others have not is left out. Raises AlertUnknown.
    """
    if not retry_all(db, [alert], now):
        raise AlertUnknown(alert)


def retry_all(db: Database, alerts: Sequence[str], now: datetime) -> int:
    """The same for several at once; how many of them there are."""
    values = {"now": to_ms(now), "ids": json.dumps(alerts), "open": waiting.OPEN}
    asked = "(SELECT value FROM json_each(:ids))"
    changed = db.execute(
        f"""UPDATE alert SET state = 'due', attempts = 0, due_at = :now, settled_at = NULL,
             reason = NULL, urgent = 1,
             via = (SELECT v.id FROM alert v WHERE v.id = alert.via AND v.payload <> :open)
           WHERE id IN {asked}""",  # noqa: S608  # constants only
        values,
    )
    db.execute(f"DELETE FROM recipient WHERE refusal <> '' AND alert IN {asked}", values)  # noqa: S608
    for (channel,) in db.execute(
        f"SELECT DISTINCT channel FROM alert WHERE id IN {asked}",  # noqa: S608
        values,
    ).fetchall():
        _probe_now(db, now, channel)
    db.execute(
        "UPDATE rule_match SET decision = 'ALERT' WHERE decision = 'MUTED'"  # noqa: S608
        f" AND id IN (SELECT match FROM alert WHERE id IN {asked})",
        values,
    )
    return int(changed.rowcount)


def _probe_now(db: Database, now: datetime, channel: str | None) -> None:
    """Whoever asks by hand knows better than the circuit when the receiver is back."""
    db.execute(
        "UPDATE receiver SET probe_at = min(probe_at, :now)"
        " WHERE probe_at IS NOT NULL AND (:channel IS NULL OR channel = :channel)",
        {"now": to_ms(now), "channel": channel},
    )


def retry_dead(db: Database, now: datetime, channel: str | None = None) -> int:
    """Send every dead letter (of a channel) again now, by the whole schedule; how many they are.

    What went with a dead digest goes with it again. What was in one that is delivered died by
    itself, when somebody had asked for it once more.
    """
    changed = db.execute(
        """UPDATE alert SET state = 'due', attempts = 0, due_at = :now, settled_at = NULL,
             reason = NULL
           WHERE state = 'dead' AND (:channel IS NULL OR channel = :channel) AND (via IS NULL
             OR EXISTS (SELECT 1 FROM alert v WHERE v.id = alert.via AND v.state = 'delivered'))""",
        {"now": to_ms(now), "channel": channel},
    )
    _probe_now(db, now, channel)
    return int(changed.rowcount)


# Channels


def disable_channel(db: Database, name: str, reason: str, now: datetime) -> bool:
    """Send nothing more there until `enable_channel`; False where it was disabled already."""
    changed = db.execute(
        "INSERT INTO channel (name, disabled_at, reason) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [name, to_ms(now), reason],
    )
    return changed.rowcount == 1


def enable_channel(db: Database, name: str, now: datetime) -> bool:
    """Send there again, at once, all that waits; False where it was not disabled."""
    changed = db.execute("DELETE FROM channel WHERE name = ?", [name])
    if changed.rowcount == 0:
        return False
    hurry(db, name, now, refused=True)
    _probe_now(db, now, name)
    return True


def try_again(db: Database, channel: str, now: datetime) -> int:
    """Somebody has mended the channel: all that was tried in vain is due; how many alerts."""
    _probe_now(db, now, channel)
    db.execute("UPDATE receiver SET held_until = NULL WHERE channel = ?", [channel])
    hurry(db, channel, now, refused=True)
    tried = "SELECT count(*) FROM alert WHERE state = 'due' AND channel = ? AND attempts > 0"
    return int(db.execute(tried, [channel]).fetchone()[0])


def hurry(db: Database, channel: str, now: datetime, *, refused: bool = False) -> None:
    """What was tried in vain is due now: the receiver is back.

    What was not tried waits for a reason of its own. What the receiver has `refused` for what it
    is waits for its next try all the same: together such alerts would close the circuit's door
    behind every one that gets through, and be given up within the hour.
    """
    whose = "" if refused else f"AND NOT EXISTS ({_REFUSED})"
    db.execute(
        f"UPDATE alert SET due_at = :now WHERE state = 'due' AND channel = :channel"  # noqa: S608
        f" AND due_at > :now AND attempts > 0 {whose}",
        {"now": to_ms(now), "channel": channel},
    )
