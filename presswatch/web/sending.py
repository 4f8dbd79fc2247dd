"""What is held, sent now: all that a look through the ledger shows, after saying how much it is.

The words and the books are those of `presswatch alerts send`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from alerts import outbox
from alerts.outbox import Held
from presswatch.views.heldwords import say_held, say_sum
from presswatch.web.ask import Moved, Shown
from presswatch.web.errors import Nonsense
from presswatch.web.ledger import wanted

if TYPE_CHECKING:
    from sqlite_utils import Database

    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk

_ASKED: Final = ("state", "rule", "channel", "since")


def sure(db: Database, ask: Ask) -> Shown:
    """What would be sent, by channel, and the button. Raises Nonsense."""
    now = ask.clock.now
    counts = outbox.count_held(db, _held(ask, until=now), now)
    return Shown(
        template="send.html",
        values={
            "counts": [(count.channel, say_held(count)) for count in counts],
            "sum": say_sum(counts),
            "state": ask.value("state"),
            "asked": {name: ask.value(name) for name in _ASKED if ask.value(name)},
            "until": now.isoformat(),
            "back": _back(ask),
        },
    )


async def send(desk: Desk, ask: Ask) -> Moved:
    """Send what is so now and was so when it was counted. Raises Nonsense."""
    held = _held(ask, until=_moment(ask.value("until")))
    assert desk.hands is not None
    job = partial(outbox.send_held, held=held, now=datetime.now(UTC))
    count = await desk.hands.write(job)
    desk.hands.wake()
    return Moved(place=_back(ask, sent=count))


def _held(ask: Ask, *, until: datetime) -> Held:
    state, asked = ask.value("state"), wanted(ask)
    if state not in outbox.HELD:
        raise Nonsense(f"state={state[:40]}", hint=f"one of {', '.join(outbox.HELD)}")
    return Held(
        state=state,
        rule=asked["rule"] or "",
        channel=asked["channel"] or "",
        since=asked["since"],
        until=until,
    )


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Nonsense(f"until={text[:40]}", cause="no moment")
    return found


def _back(ask: Ask, **more: object) -> str:
    kept = {name: ask.value(name) for name in _ASKED if ask.value(name)}
    return f"/alerts?{urlencode(kept | more)}"
