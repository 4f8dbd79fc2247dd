"""What the operator is told of channels that do not deliver: once each, not once an alert.

    undelivered   alerts were given up: at once, and what follows within the hour in one notice
    closed        a receiver answered 410: its channel is disabled until somebody enables it
    down          a receiver has been out of order for an hour; and again when it is not any more
    removed       alerts wait for a channel that the config has no more

Nothing is said about the operator's own channel: a notice would take the way that just failed, and
its failure would be the next one. `status` and the log say it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from alerts.letter.notice import Notice, build
from alerts.outbox import ledger, leftover, receivers
from alerts.outbox.circuit import SOUND, Circuit
from alerts.payload import new_id
from archive.article import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime, tzinfo

    from sqlite_utils import Database

APART: Final = timedelta(hours=1)  # between two notices of dead letters of a channel
PATIENCE: Final = timedelta(hours=1)  # with a receiver that is out of order
_RECENT: Final = timedelta(days=1)  # a dead letter that is older was there before the notices


class Kind(StrEnum):
    """`kind` of a notice about a channel."""

    UNDELIVERED = "undelivered"
    CLOSED = "closed"
    DOWN = "down"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """Alerts of a channel that were given up and not told of."""

    count: int
    since: datetime  # the first
    upto: int  # the last try of all of them
    reason: str  # of the last


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a channel fares, as far as the operator is concerned."""

    channel: str
    dead: Dead | None = None
    closed: tuple[datetime, str] | None = None
    circuit: Circuit = SOUND
    removed: bool = False  # from the config
    left: int = 0  # what waits for it all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The last notice of a kind about a channel."""

    upto: int  # the last try, or the beginning in ms, that it knew of
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be told; `upto` is what is remembered of it, None: that it is over."""

    kind: Kind
    upto: int | None
    notice: Notice | None  # None: nobody need hear of it


def changes(standing: Standing, told: Mapping[Kind, Told], now: datetime) -> Iterator[Change]:
    """What is new about a channel. Pure."""
    yield from _removed(standing, told.get(Kind.REMOVED), now)
    if standing.removed:
        return
    yield from _dead(standing, told.get(Kind.UNDELIVERED), now)
    yield from _closed(standing, told.get(Kind.CLOSED))
    yield from _down(standing, told.get(Kind.DOWN), now)


def _dead(standing: Standing, told: Told | None, now: datetime) -> Iterator[Change]:
    dead = standing.dead
    if dead is None or (told is not None and now - told.at < APART):
        return
    alerts = "an alert was" if dead.count == 1 else f"{dead.count} alerts were"
    text = (
        f"{alerts} given up, the last with: {dead.reason};"
        f" `presswatch alerts retry --dead --channel {standing.channel}` sends them again"
    )
    notice = _notice(standing, Kind.UNDELIVERED, dead.since, text, total=dead.count)
    yield Change(kind=Kind.UNDELIVERED, upto=dead.upto, notice=notice)


def _closed(standing: Standing, told: Told | None) -> Iterator[Change]:
    if standing.closed is None:
        if told is not None:
            yield Change(kind=Kind.CLOSED, upto=None, notice=None)
        return
    since, reason = standing.closed
    if told is not None and told.upto == to_ms(since):
        return
    text = (
        f"disabled, since its receiver wants no more ({reason}); when that is back:"
        f" `presswatch channel enable {standing.channel}`"
    )
    notice = _notice(standing, Kind.CLOSED, since, text)
    yield Change(kind=Kind.CLOSED, upto=to_ms(since), notice=notice)


def _down(standing: Standing, told: Told | None, now: datetime) -> Iterator[Change]:
    circuit = standing.circuit
    since = circuit.since
    if circuit.is_open and since is not None:
        if told is None and now - since >= PATIENCE:
            text = f"its receiver takes nothing: {circuit.reason}"
            notice = _notice(standing, Kind.DOWN, since, text)
            yield Change(kind=Kind.DOWN, upto=to_ms(since), notice=notice)
    elif told is not None:
        text = "its receiver takes alerts again"
        notice = _notice(standing, Kind.DOWN, from_ms(told.upto), text, ended=now)
        yield Change(kind=Kind.DOWN, upto=None, notice=notice)


def _removed(standing: Standing, told: Told | None, now: datetime) -> Iterator[Change]:
    if not standing.left:
        if told is not None:
            yield Change(kind=Kind.REMOVED, upto=None, notice=None)
        return
    if told is None:
        alerts = "an alert waits" if standing.left == 1 else f"{standing.left} alerts wait"
        text = (
            f"{alerts} for it, and the config has no channel of this name; name one so again, or"
            f" `presswatch channel drop {standing.channel}` lets go of what waits"
        )
        notice = _notice(standing, Kind.REMOVED, now, text, total=standing.left)
        yield Change(kind=Kind.REMOVED, upto=to_ms(now), notice=notice)


def _notice(
    standing: Standing,
    kind: Kind,
    since: datetime,
    text: str,
    *,
    total: int = 0,
    ended: datetime | None = None,
) -> Notice:
    return Notice(
        source="", channel=standing.channel, kind=kind.value, since=since, ended=ended,
        expected=0.0, seen=0.0, total=total, text=text,
    )  # fmt: skip


def tell(
    db: Database,
    channels: Collection[str],
    *,
    off: Collection[str] = (),
    operator: str,
    zone: tzinfo,
    now: datetime,
) -> int:
    """Queue what is new about these channels for the operator; how many notices.

    `off` are those that the config has switched off: what waits for them is as it should be. In the
    caller's transaction. With "" for an operator nothing is written: whoever is named later
    hears of what goes on then.
    """
    if not operator:
        return 0
    queued = 0
    known = _told(db)
    left = leftover.waiting(db, {*channels, *off, operator})
    for standing in _standings(db, set(channels) - {operator}, known, left, now):
        for change in changes(standing, known.get(standing.channel, {}), now):
            _remember(db, standing.channel, change, now)
            if change.notice is not None:
                alert = new_id()
                body = build(alert=alert, queued=now, notice=change.notice, zone=zone)
                ledger.queue_notice(db, alert, channel=operator, payload=body, now=now)
                queued += 1
    return queued


def _told(db: Database) -> dict[str, dict[Kind, Told]]:
    found: dict[str, dict[Kind, Told]] = {}
    for channel, kind, upto, at in db.execute("SELECT channel, kind, upto, at FROM told"):
        found.setdefault(channel, {})[Kind(kind)] = Told(upto=upto, at=from_ms(at))
    return found


def _remember(db: Database, channel: str, change: Change, now: datetime) -> None:
    if change.upto is None:
        db.execute("DELETE FROM told WHERE channel = ? AND kind = ?", [channel, change.kind])
        return
    db.execute(
        "INSERT OR REPLACE INTO told (channel, kind, upto, at) VALUES (?, ?, ?, ?)",
        [channel, change.kind, change.upto, to_ms(now)],
    )


def _standings(
    db: Database,
    channels: set[str],
    told: Mapping[str, Mapping[Kind, Told]],
    left: Mapping[str, int],
    now: datetime,
) -> Iterator[Standing]:
    """Of these channels, and of those that are no more what waits for them and nothing else."""
    dead = _dead_letters(db, told, now)
    closed = {
        name: (from_ms(at), reason)
        for name, at, reason in db.execute("SELECT name, disabled_at, reason FROM channel")
    }
    known = receivers.known(db)
    for channel in sorted(channels):
        yield Standing(
            channel=channel,
            dead=dead.get(channel),
            closed=closed.get(channel),
            circuit=known.get(channel, receivers.UNKNOWN).circuit,
        )
    for channel in sorted(left.keys() | {each for each in told if Kind.REMOVED in told[each]}):
        if channel not in channels:
            yield Standing(channel=channel, removed=True, left=left.get(channel, 0))


def _dead_letters(
    db: Database, told: Mapping[str, Mapping[Kind, Told]], now: datetime
) -> dict[str, Dead]:
    """By tries, which are numbered in the order of commit: no dead letter comes in between.

    A notice of more than a day ago knew of none of these, and tries may have been deleted and
    numbered anew since.
    """
    rows = db.execute(
        """SELECT channel, settled_at, reason,
             (SELECT max(t.id) FROM attempt t WHERE t.alert IN (alert.id, alert.via)) AS try
           FROM alert WHERE state = 'dead' AND settled_at >= ? AND kind IN ('alert', 'notice')
           ORDER BY try""",
        [to_ms(now - _RECENT)],
    ).fetchall()
    found: dict[str, Dead] = {}
    for channel, settled, reason, last in rows:
        before = told.get(channel, {}).get(Kind.UNDELIVERED)
        known = before.upto if before is not None and now - before.at <= _RECENT else -1
        if last is not None and last > known:
            dead = Dead(count=1, since=from_ms(settled), upto=last, reason=reason or "")
            found[channel] = _joined(found[channel], dead) if channel in found else dead
    return found


def _joined(earlier: Dead, last: Dead) -> Dead:
    return replace(last, count=earlier.count + 1, since=min(earlier.since, last.since))
