"""What is not told at once: when it is told, and what is said then.

    plan: quiet hours, a throttle, a digest ─▶ waiting: the books of what waits
                                                └▶ content: the one message that tells it

`alerts.deliver` asks at the claim what may go now; how it reads as mail is in `alerts.letter`.
"""

from alerts.digest.content import (
    DAYS,
    DIGEST,
    FULL,
    KINDS,
    WEEKDAYS,
    Collected,
    Facts,
    Trouble,
    build,
    count,
    health_line,
    ids,
    is_digest,
)

__all__ = [
    "DAYS",
    "DIGEST",
    "FULL",
    "KINDS",
    "WEEKDAYS",
    "Collected",
    "Facts",
    "Trouble",
    "build",
    "count",
    "health_line",
    "ids",
    "is_digest",
]
