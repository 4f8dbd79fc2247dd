"""What a clock that ran ahead has written is put right when it has been set back.

Times in the archive are compared with now, so one that was written three days ahead would hold an
alert, a receiver or a whole channel for three days. None may lie further ahead than it can: a row
that a clock of the future has touched is due, counts from now, or holds for no longer than it may.

    alert       queued or tried in the future, or due later than its schedule and its channel's plan
                ever say: due now; a claim lasts one lease from now at most
    receiver    of such a try: probed now, and no longer left alone
    rate, throttle, notices that were told: what they count was sent now
    mute        begins now and keeps its length

So are the tries of what waits, or they would make it due again at every look. The times of what is
settled are left as they are: they are told, and compared with nothing.
All functions take the database of a transaction; none begins or commits anything.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from alerts.digest.waiting import OPEN
from alerts.outbox.circuit import PAUSES
from alerts.retry import JITTER, LONGEST, SCHEDULE
from archive.article import to_ms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from alerts.digest.plan import Plan

#: After a try; by the schedule or as `Retry-After` has it.
_RETRY: Final = max(SCHEDULE[-1] * (1 + JITTER), LONGEST)
_PROBE: Final = PAUSES[-1] * (1 + JITTER)
_NIGHT: Final = timedelta(hours=25)  # the longest quiet hours, on the day when the clocks go back

_FUTURE = (
    "(created_at > :now OR EXISTS"
    " (SELECT 1 FROM attempt WHERE attempt.alert = alert.id AND attempt.at > :now))"
)


def set_right(db: Database, now: datetime, plans: Mapping[str, Plan], *, lease: timedelta) -> int:
    """Put right what waits in these channels; how many alerts are due that were held."""
    _claims(db, now, lease)
    _receivers(db, now)  # while the tries still say when they were
    released = sum(_alerts(db, channel, plan, now) for channel, plan in plans.items())
    values = {"now": to_ms(now)}
    db.execute(
        "UPDATE alert SET created_at = :now WHERE created_at > :now"
        " AND state IN ('due', 'collected')",
        values,
    )
    db.execute(
        "UPDATE attempt SET at = :now WHERE at > :now AND alert IN (SELECT id FROM alert"
        " WHERE state = 'due' UNION ALL SELECT last_failed FROM receiver)",
        values,
    )
    for table in ("pace", "told"):
        db.execute(f"UPDATE {table} SET at = :now WHERE at > :now", values)  # noqa: S608
    db.execute(
        "UPDATE mute SET until = until - (since - :now), since = :now WHERE since > :now", values
    )
    return released


def _claims(db: Database, now: datetime, lease: timedelta) -> None:
    db.execute(
        "UPDATE alert SET claimed_until = :until"
        " WHERE state = 'due' AND claimed_by IS NOT NULL AND claimed_until > :until",
        {"until": to_ms(now + lease)},
    )


def _alerts(db: Database, channel: str, plan: Plan, now: datetime) -> int:
    """What waits by itself is due; an open message at the next time of its kind."""
    most = max(
        _NIGHT if plan.quiet is not None else timedelta(),
        plan.throttle.window if plan.throttle is not None else timedelta(),
    )
    changed = db.execute(
        f"""UPDATE alert SET due_at = :now
            WHERE state = 'due' AND channel = :channel AND due_at > :now AND payload <> :open
              AND (due_at > iif(attempts > 0, :tried, :untried) OR {_FUTURE})""",  # noqa: S608
        {
            "now": to_ms(now),
            "channel": channel,
            "open": OPEN,
            "untried": to_ms(now + most),
            "tried": to_ms(now + max(most, _RETRY)),
        },
    )
    ends = {
        "digest": plan.digest.after(now) if plan.digest is not None else now,
        "summary": now + 2 * plan.throttle.window if plan.throttle is not None else now,
    }
    for kind, until in ends.items():
        db.execute(
            "UPDATE alert SET due_at = min(due_at, ?)"
            " WHERE state = 'due' AND channel = ? AND due_at > ? AND kind = ? AND payload = ?",
            [to_ms(until), channel, to_ms(until), kind, OPEN],
        )
    return int(changed.rowcount)


def _receivers(db: Database, now: datetime) -> None:
    values = {
        "now": to_ms(now),
        "probe": to_ms(now + _PROBE),
        "held": to_ms(now + LONGEST),
    }
    tried = "EXISTS (SELECT 1 FROM attempt WHERE alert = last_failed AND at > :now)"
    db.execute(
        f"UPDATE receiver SET probe_at = min(probe_at, :now) WHERE probe_at > :probe OR {tried}",  # noqa: S608
        values,
    )
    db.execute(
        f"UPDATE receiver SET held_until = NULL WHERE held_until > :held OR {tried}",  # noqa: S608
        values,
    )
    db.execute("UPDATE receiver SET failing_since = :now WHERE failing_since > :now", values)
    for channel, taken in db.execute("SELECT channel, taken FROM receiver").fetchall():
        moments = [min(moment, to_ms(now)) for moment in json.loads(taken)]
        db.execute(
            "UPDATE receiver SET taken = ? WHERE channel = ?", [json.dumps(moments), channel]
        )
