"""From the outbox to the receivers: each channel by workers of its own.

    gate: what may go now ─▶ deliverer: claim as owner ─▶ webhook, mail, chat
                                └▶ judge: again, or given up? ─▶ settle ─▶ log

`Deliverer` is the loop, and `Handover` the way from one to the next; `probe` is one try outside the
books.
"""

from alerts.deliver.deliverer import (
    GRACE,
    LEASE,
    SETTLING,
    TICK,
    Deliverer,
    probe,
    sender_for,
    utc_now,
)
from alerts.deliver.handover import Handover

__all__ = [
    "GRACE",
    "LEASE",
    "SETTLING",
    "TICK",
    "Deliverer",
    "Handover",
    "probe",
    "sender_for",
    "utc_now",
]
