"""The books of the alerts: what is to be told, every try, and how those behind a channel answer.

    ledger: queue ─▶ claim ─▶ settle ─┬▶ recipients: who of several has it
                      ▲               └▶ receivers ─▶ circuit: is it in order? when is it probed?
                      └ setback: a clock that was set back holds nothing
    held: what waits for its time, or for nobody, is sent now
    leftover: no channel is left      undelivered: what the operator hears      prune: let go of

The outbox itself is the face. All take the database of a transaction; `circuit` is pure.
"""

from alerts.outbox.held import HELD, Count, Held, count_held, send_held
from alerts.outbox.ledger import (
    Claim,
    claim,
    disable_channel,
    enable_channel,
    hurry,
    in_flight,
    next_due,
    queue,
    queue_notice,
    release,
    release_dead,
    renew,
    retry,
    retry_dead,
    settle,
    try_again,
)

__all__ = [
    "HELD",
    "Claim",
    "Count",
    "Held",
    "claim",
    "count_held",
    "disable_channel",
    "enable_channel",
    "hurry",
    "in_flight",
    "next_due",
    "queue",
    "queue_notice",
    "release",
    "release_dead",
    "renew",
    "retry",
    "retry_dead",
    "send_held",
    "settle",
    "try_again",
]
