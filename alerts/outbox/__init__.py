"""The books of the alerts: what is to be told, every try, and how those behind a channel answer.

    ledger: queue ─▶ claim ─▶ settle ─┬▶ recipients: who of several has it
                      ▲               └▶ receivers ─▶ circuit: is it in order? when is it probed?
                      └ setback: a clock that was set back holds nothing
    leftover: no channel is left      undelivered: what the operator hears      prune: let go of

The outbox itself is the face. All take the database of a transaction; `circuit` is pure.
"""

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
    "Claim",
    "claim",
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
    "settle",
    "try_again",
]
