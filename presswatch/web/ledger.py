"""The alerts: what was given up first, then everything that was queued; and what can be done.

A look through the ledger is asked by its URL: state, rule, channel, and since when.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from alerts import history, outbox
from alerts.history import overview
from presswatch.units import parse_since
from presswatch.web.ask import Moved, Shown
from presswatch.web.errors import Nonsense, NotFound, Refused
from presswatch.web.render import part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database

    from alerts.history import AlertRow
    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk

ON_A_PAGE: Final = 50

#: What can be chosen for "since"; the URL takes any that the command line takes.
SINCE: Final = {"1d": "the last day", "7d": "the last week", "30d": "the last thirty days"}


def wanted(ask: Ask) -> dict[str, Any]:
    """What is asked of the ledger: arguments of `history.latest_alerts`. Raises Nonsense."""
    state, since, before = ask.value("state"), ask.value("since"), ask.value("before")
    if state and state not in history.STATES:
        raise Nonsense(f"state={state[:40]}", hint=f"one of {', '.join(history.STATES)}")
    try:
        moment = parse_since(since, ask.clock.now, ask.clock.zone) if since else None
    except ValueError as error:
        raise Nonsense(f"since={since[:40]}", cause=str(error)[:200]) from None
    cursor = cursor_of(before)
    if before and cursor is None:
        raise Nonsense(f"before={before[:40]}", hint="follow the links of an answer")
    return {
        "state": None if state in {"", "held"} else state,
        "held": ask.clock.now if state == "held" else None,
        "rule": ask.value("rule") or None,
        "channel": ask.value("channel") or None,
        "since": moment,
        "before": cursor,
    }


def alerts(db: Database, ask: Ask) -> Shown:
    """The ledger, the last one queued first; where nothing is asked, the dead ones before all."""
    asked = wanted(ask)
    rows = history.latest_alerts(db, **asked, limit=ON_A_PAGE + 1)
    more, rows = len(rows) > ON_A_PAGE, rows[:ON_A_PAGE]
    plain = not any(value is not None for value in asked.values())
    dead = history.dead_letters(db, ON_A_PAGE) if plain else []
    standing = ask.standing(db, sums=True)
    return Shown(
        template="alerts.html",
        values={
            "dead": dead,
            "rows": rows,
            "about": overview.subjects(db, [row.id for row in (*dead, *rows)]),
            "counts": standing.alerts,
            "channels": [channel for channel, _ in standing.channels],
            "rules": _names((rule.name for rule in ask.book.rules.rules), ask.value("rule")),
            "mutes": standing.mutes,
            "state": ask.value("state"),
            "states": history.STATES,
            "narrowed": any(asked[name] is not None for name in ("rule", "channel", "since")),
            "spans": _names(SINCE, ask.value("since")),
            "since_words": SINCE,
            "older": ask.link(before=say_cursor(rows[-1])) if more else None,
            "again": ask.number("again"),
            "sent": ask.number("sent"),
            "sends": ask.live and bool(rows) and ask.value("state") in outbox.HELD,
            "enabled": ask.value("enabled"),
        },
    )


def _names(known: Iterable[str], chosen: str) -> list[str]:
    """What a field offers: what is known, and what the URL says though it is not."""
    return list(dict.fromkeys([*known, *([chosen] if chosen else [])]))


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
            "via": history.find_alert(db, row.via) if row.via else None,
            "told": history.goes_with(db, number),
            "again": ask.number("again"),
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
    only = {"channel": channel} if channel else {}
    return Moved(place=f"/alerts?{urlencode({**only, 'again': count})}")


async def enable(desk: Desk, ask: Ask) -> Moved:
    """Let what waits for a channel go that its receiver had closed."""
    name = ask.places["channel"]
    if name not in dict(ask.book.rules.outline.channels):
        raise NotFound(f"channel {name}", hint="the config names no such channel")
    assert desk.hands is not None
    if not await desk.hands.write(lambda db: outbox.enable_channel(db, name, datetime.now(UTC))):
        raise Refused(cause=f"the channel {name} was not closed")
    desk.hands.wake()
    return Moved(place=f"/alerts?{urlencode({'channel': name, 'enabled': name})}")


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
