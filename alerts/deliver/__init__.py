"""From the outbox to the receivers: each channel by workers of its own.

    gate: what may go now ─▶ deliverer: claim as owner ─▶ webhook, mail, chat
                                └▶ judge: again, or given up? ─▶ settle ─▶ log

`Deliverer` is the loop; `probe` is one try outside the books.
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

__all__ = [
    "GRACE",
    "LEASE",
    "SETTLING",
    "TICK",
    "Deliverer",
    "probe",
    "sender_for",
    "utc_now",
]
