"""The alerts: what was given up first, then everything that was queued; and another try."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from alerts import history, outbox, overview
from presswatch.web.ask import Moved, Shown
from presswatch.web.render import part

if TYPE_CHECKING:
    from sqlite_utils import Database

    from alerts.history import AlertRow
    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk

ON_A_PAGE: Final = 50
STATES: Final = ("due", "delivered", "dead")


def alerts(db: Database, ask: Ask) -> Shown:
    """The ledger, the last one queued first; on the first page the dead ones before all."""
    state = ask.value("state") if ask.value("state") in STATES else ""
    before = cursor_of(ask.value("before"))
    rows = overview.ledger(db, state=state, before=before, limit=ON_A_PAGE + 1)
    more, rows = len(rows) > ON_A_PAGE, rows[:ON_A_PAGE]
    dead = history.dead_letters(db, ON_A_PAGE) if not state and before is None else []
    return Shown(
        template="alerts.html",
        values={
            "dead": dead,
            "rows": rows,
            "about": overview.subjects(db, [row.id for row in (*dead, *rows)]),
            "counts": history.counts(db),
            "channels": history.channel_states(db),
            "state": state,
            "states": STATES,
            "older": ask.link(before=say_cursor(rows[-1])) if more else None,
            "done": ask.number("again"),
        },
    )


def alert(db: Database, ask: Ask) -> Shown:
    """One alert: what became of it, every try, and what is sent. Raises AlertUnknown."""
    number = ask.places["alert"]
    row = history.find_alert(db, number)
    payload = history.payload_of(db, number)
    about, article = overview.subjects(db, [number])[number]
    return Shown(
        template="alert.html",
        values={
            "row": row,
            "about": about,
            "article": article,
            "tries": history.attempts(db, number),
            "payload": json.dumps(payload, ensure_ascii=False, indent=2),
            "done": ask.number("again"),
        },
    )


async def retry(desk: Desk, ask: Ask) -> Moved:
    """Send one alert again, under the same id. Raises AlertUnknown."""
    number = ask.places["alert"]
    assert desk.hands is not None
    await desk.hands.write(lambda db: outbox.retry(db, number, datetime.now(UTC)))
    desk.hands.wake()
    return Moved(place=f"/alerts/{part(number)}?again=1")


async def retry_dead(desk: Desk, ask: Ask) -> Moved:
    """Send every dead letter again, or those of one channel."""
    channel = ask.value("channel") or None
    assert desk.hands is not None
    count = await desk.hands.write(lambda db: outbox.retry_dead(db, datetime.now(UTC), channel))
    desk.hands.wake()
    return Moved(place=f"/alerts?again={count}")


def cursor_of(text: str) -> tuple[datetime, str] | None:
    """``2026-05-01T08:00:00+00:00~msg_…``: when it was queued, and its id."""
    moment, _, alert = text.partition("~")
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (found, alert) if found.tzinfo else None


def say_cursor(row: AlertRow) -> str:
    """What `cursor_of` reads."""
    return f"{row.created.isoformat()}~{row.id}"
