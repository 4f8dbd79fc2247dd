"""The table `receiver`: how what stands behind a channel answers, and how often it was sent to.

    take ─▶ may anything go there now (circuit, rate)? ─▶ ledger.claim ─▶ sent ─▶ learn

It is in the archive so that a restart remembers, and so that all who deliver share it. A channel
without a row is sound and was sent nothing that a rate counts. The writing functions take the
database of a transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from alerts import rate as rates
from alerts.outbox import ledger
from alerts.outbox.circuit import SOUND, Circuit, after
from archive.article import from_ms, to_ms

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from random import Random

    from sqlite_utils import Database

    from alerts.channel import Result
    from alerts.outbox.ledger import Claim
    from alerts.rate import Rate

_COLUMNS = "failures, failing_since, last_failed, reason, probe_at, held_until, taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """What is known of a channel's receiver."""

    circuit: Circuit = SOUND
    taken: tuple[int, ...] = ()  # when the last alerts were taken, in ms; only under a rate

    def free_at(self, rate: Rate | None) -> datetime | None:
        """When something may be sent; None: at once."""
        limits = [self.circuit.free_at(), rates.free_at(rate, self.taken) if rate else None]
        return max((at for at in limits if at), default=None)


UNKNOWN = Receiver()


def find(db: Database, channel: str) -> Receiver:
    """The channel's receiver."""
    row = db.execute(f"SELECT {_COLUMNS} FROM receiver WHERE channel = ?", [channel]).fetchone()  # noqa: S608
    return UNKNOWN if row is None else _receiver(row)


def known(db: Database) -> dict[str, Receiver]:
    """Channel → its receiver, where there is something to know."""
    rows = db.execute(f"SELECT channel, {_COLUMNS} FROM receiver").fetchall()  # noqa: S608
    return {channel: _receiver(row) for channel, *row in rows}


def keep(db: Database, channel: str, receiver: Receiver) -> None:
    """Write down what is known now; nothing remains of a receiver of which there is nothing."""
    if receiver == UNKNOWN:
        db.execute("DELETE FROM receiver WHERE channel = ?", [channel])
        return
    circuit = receiver.circuit
    db.execute(
        f"INSERT OR REPLACE INTO receiver (channel, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [
            channel, circuit.failures, _ms(circuit.since), circuit.last, circuit.reason,
            _ms(circuit.probe_at), _ms(circuit.held_until), json.dumps(receiver.taken),
        ],
    )  # fmt: skip


def take(
    db: Database,
    channel: str,
    *,
    rate: Rate | None,
    places: int = 1,
    owner: str,
    now: datetime,
    lease: timedelta,
    due_by: datetime | None = None,
) -> Claim | None:
    """Claim the next alert if the receiver may be sent one now; see `ledger.claim`.

    At most `places` are under way at a time, whoever sends them: a deliverer that ends while its
    successor begins, and a command beside the service, keep to it together.
    """
    receiver = find(db, channel)
    free = receiver.free_at(rate)
    if free is not None and now < free:
        return None
    probe = receiver.circuit.is_open
    if ledger.in_flight(db, channel, now) >= (1 if probe else places):  # one probe is enough
        return None
    claim = ledger.claim(db, channel, owner=owner, now=now, lease=lease, due_by=due_by, probe=probe)
    if claim is not None and rate is not None:
        taken = rates.take(rate, receiver.taken, now)
        keep(db, channel, replace(receiver, taken=taken))
    return claim


def learn(
    db: Database, claim: Claim, result: Result, now: datetime, rng: Random
) -> tuple[Circuit, Circuit]:
    """What a try tells of the receiver: its circuit before and after.

    With the circuit closed again, all that was tried in vain is due.
    """
    receiver = find(db, claim.channel)
    first = claim.attempts == 0
    circuit = after(receiver.circuit, claim.id, result, now, rng, first=first)
    if circuit != receiver.circuit:
        keep(db, claim.channel, replace(receiver, circuit=circuit))
    if receiver.circuit.is_open and not circuit.is_open:
        ledger.hurry(db, claim.channel, now)
    return receiver.circuit, circuit


def _receiver(row: Any) -> Receiver:
    failures, since, last, reason, probe_at, held_until, taken = row
    return Receiver(
        circuit=Circuit(
            failures=failures,
            since=_moment(since),
            last=last,
            reason=reason,
            probe_at=_moment(probe_at),
            held_until=_moment(held_until),
        ),
        taken=tuple(json.loads(taken)),
    )


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_ms(value)
