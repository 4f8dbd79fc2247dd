"""What the log says of a try: what became of the alert, and of its receiver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from alerts.channel import Result
    from alerts.outbox import Claim
    from alerts.outbox.circuit import Circuit
    from alerts.retry import Verdict

_MS = timedelta(milliseconds=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the books say after a try."""

    kept: bool  # it was this worker's to settle
    disabled: bool  # the channel, by this try
    before: Circuit  # of its receiver
    after: Circuit


def tell(
    claim: Claim, result: Result, verdict: Verdict, settled: Settled, *, took: timedelta
) -> None:
    """Of a try and of its receiver, as the books have it now."""
    _tell_alert(claim, result, verdict, kept=settled.kept, took=took)
    receiver = log.bind(channel=claim.channel)
    if settled.disabled:
        receiver.warning("channel.disabled", reason=result.reason)
    if settled.after.is_open and not settled.before.is_open:
        receiver.warning("receiver.failing", reason=result.reason)
    elif settled.before.is_open and not settled.after.is_open:
        receiver.info("receiver.back")


def _tell_alert(
    claim: Claim, result: Result, verdict: Verdict, *, kept: bool, took: timedelta
) -> None:
    told = log.bind(alert=claim.id, channel=claim.channel)
    if not kept:
        told.warning("alert.lease_lost", outcome=result.outcome.value, reason=result.reason)
    elif verdict.state == "delivered":
        told.info("alert.delivered", status=result.status, took_ms=round(took / _MS))
    elif verdict.due is None:
        told.error("alert.dead", reason=verdict.reason)
    else:
        told.warning("alert.later", reason=verdict.reason, due_at=verdict.due.isoformat())
