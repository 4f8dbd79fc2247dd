"""What is held is sent now, since somebody asks for it: all that a look through the ledger shows.

held       its time is ahead: the end of quiet hours, a later try; a digest with all that it has
collected  goes with a digest or a summary that still collects: by itself then
muted      was to be told to nobody: it is told after all

Each goes as by `ledger.retry`: under its id, by the whole schedule, urgent from then on, so that no
quiet hours, digest or throttle holds it again. What waits for a channel that its receiver has
closed is left: it goes when that is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alerts.digest.waiting import OPEN
from alerts.outbox.ledger import retry_all
from archive.article import to_ms

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

#: What can be held, as `alerts.history.STATES` has it.
HELD = ("held", "collected", "muted")

_IS = {
    "held": "state = 'due' AND due_at > :now",
    "collected": "state = 'collected' AND EXISTS (SELECT 1 FROM alert AS v"
    " WHERE v.id = alert.via AND v.state = 'due' AND v.payload = :open)",
    "muted": "state = 'muted'",
}
#: By the index of what is not delivered: not through the whole ledger.
_WHICH = """
    FROM alert INDEXED BY alert_undelivered WHERE state <> 'delivered' AND {state}
      AND channel NOT IN (SELECT name FROM channel)
      AND (:rule = '' OR rule = :rule) AND (:channel = '' OR channel = :channel)
      AND (:since IS NULL OR created_at >= :since) AND (:until IS NULL OR created_at <= :until)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Which of them: in a state of `HELD`, and as far as it is said, of a rule, for a channel."""

    state: str
    rule: str = ""
    channel: str = ""
    since: datetime | None = None  # queued
    until: datetime | None = None  # queued: as of when somebody was told how many they are


@dataclass(frozen=True, slots=True)
class Count:
    """How many messages of a kind wait for a channel, and how many alerts go with them."""

    channel: str
    kind: str  # alert | notice | digest | summary
    messages: int
    alerts: int  # inside digests and summaries


def count_held(db: Database, held: Held, now: datetime) -> list[Count]:
    """What would be sent, by channel and kind."""
    inside = "(SELECT count(*) FROM alert AS c WHERE c.via = alert.id AND c.state = 'collected')"
    rows = db.execute(
        f"SELECT channel, kind, count(*), sum({inside}) {_which(held)} GROUP BY 1, 2 ORDER BY 1, 2",
        _values(held, now),
    ).fetchall()
    return [Count(*row) for row in rows]


def send_held(db: Database, held: Held, now: datetime) -> int:
    """Send all of it now; how many messages. In the caller's transaction."""
    rows = db.execute(f"SELECT id {_which(held)}", _values(held, now)).fetchall()
    return retry_all(db, [alert for (alert,) in rows], now)


def _which(held: Held) -> str:
    return _WHICH.format(state=_IS[held.state])


def _values(held: Held, now: datetime) -> dict[str, Any]:
    return {
        "now": to_ms(now),
        "open": OPEN,
        "rule": held.rule,
        "channel": held.channel,
        "since": held.since and to_ms(held.since),
        "until": held.until and to_ms(held.until),
    }
