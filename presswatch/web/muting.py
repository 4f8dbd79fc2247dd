"""Telling nobody of a rule, a story or a source for a while, and telling again.

The words and the books are those of `presswatch mute`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from alerts import mute
from alerts.mute import Mute
from presswatch.units import parse_duration
from presswatch.web.ask import Moved
from presswatch.web.errors import Nonsense, NotFound, Refused
from presswatch.web.render import part

if TYPE_CHECKING:
    from datetime import timedelta

    from sqlite_utils import Database

    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk

#: What can be chosen; "" is until it is unmuted.
SPANS: Final = {"1d": "a day", "3d": "three days", "1w": "a week", "": "until it is unmuted"}

_PLACES: Final = {"rule": "/rules/", "story": "/story/", "source": "/sources/"}


def values(db: Database, ask: Ask, kind: str, name: str) -> dict[str, Any]:
    """What a page of this rule, story or source shows of it, and what was done just now."""
    return {
        "target": f"{kind}:{name}",
        "kind": kind,
        "muted": mute.of(db, kind, name, ask.clock.now),
        "spans": SPANS,
        "silenced": ask.number("silenced"),
        "unmuted": ask.value("unmuted") == "1",
    }


async def begin(desk: Desk, ask: Ask) -> Moved:
    """Mute what the form names. Raises Nonsense, NotFound, and StoryUnknown."""
    kind, name = _target(ask)
    known = {"rule": ask.book.rule(name), "source": ask.book.enabled(name)}
    if kind in known and known[kind] is None:
        raise NotFound(f"{kind} {name}", hint="the config names none of this name")
    span, now = _span(ask.value("span")), datetime.now(UTC)
    word = Mute(kind=kind, name=name, since=now, until=None if span is None else now + span)
    assert desk.hands is not None
    silenced = await desk.hands.write(lambda db: mute.begin(db, word))
    return _back(kind, name, silenced=silenced)


async def end(desk: Desk, ask: Ask) -> Moved:
    """Unmute what the form names. Raises Nonsense, and Refused where it was not muted."""
    kind, name = _target(ask)
    assert desk.hands is not None
    if not await desk.hands.write(lambda db: mute.end(db, kind, name)):
        raise Refused(cause=f"{kind}:{name} was not muted")
    return _back(kind, name, unmuted=1)


def _target(ask: Ask) -> tuple[str, str]:
    try:
        return mute.parse(ask.value("what"))
    except ValueError as error:
        raise Nonsense(cause=str(error)) from None


def _span(text: str) -> timedelta | None:
    try:
        span = parse_duration(text) if text else None
    except ValueError as error:
        raise Nonsense(cause=str(error)) from None
    if span is not None and not span:
        raise Nonsense(cause="a mute must be longer than nothing")
    return span


def _back(kind: str, name: str, **done: int) -> Moved:
    return Moved(place=f"{_PLACES[kind]}{part(name)}?{urlencode(done)}")
