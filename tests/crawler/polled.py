"""Sources and polls as the ledger has them, to be judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.ledger import PollRow, SourceState

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def state(**more: object) -> SourceState:
    values: dict[str, object] = {
        "name": "daily", "kind": "feed", "url": "https://daily.example/feed",
        "first_polled": MONDAY, "last_poll": MONDAY, "last_ok": MONDAY, "last_outcome": "ok",
        "last_reason": "", "failures": 0, "next_poll": None, "lease_owner": "",
        "lease_until": None, "polls": 1, "unchanged": 0, **more,
    }  # fmt: skip
    return SourceState(**values)  # type: ignore[arg-type]


def report(started: datetime, **more: object) -> PollRow:
    values: dict[str, object] = {
        "id": str(started), "source": "daily", "started": started, "took": timedelta(seconds=1),
        "outcome": "ok", "reason": "", "error": "", "requests": 1, "found": 20, "new": 0,
        "revised": 0, "copies": 0, "same": 0, "dropped": 0, "failed": 0, **more,
    }  # fmt: skip
    return PollRow(**values)  # type: ignore[arg-type]
