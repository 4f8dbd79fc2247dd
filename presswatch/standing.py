"""How everything stands, for `presswatch status`: gathered from the archive, then judged purely."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts import history, mute
from archive.heartbeat import heartbeat
from archive.sizes import room, size
from crawler import ledger
from crawler.health import Kind, troubles
from crawler.health.words import words
from presswatch.config.notes import config_note
from presswatch.telling import ITSELF

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from alerts.history import AlertRow, ChannelState
    from alerts.mute import Mute
    from archive.heartbeat import Heartbeat
    from archive.sizes import Size
    from crawler.health import Trouble
    from crawler.ledger import SourceState
    from presswatch.config.load import Outline
    from presswatch.config.notes import ConfigNote

#: A service that has not given a sign of life for so long is gone.
ALIVE = timedelta(seconds=60)

#: Failed polls in a row that are more than a site's hiccup.
FAILURES = 3

#: An alert that waits so long is late, whatever the reason.
LATE = timedelta(hours=1)

#: Dead letters that are told one by one.
FEW = 3

#: A dead letter is old news after so long.
RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStanding:
    """A configured source; `state` is None before the service has seen it."""

    name: str
    enabled: bool
    state: SourceState | None
    troubles: tuple[Trouble, ...] = ()  # that are not over


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything that `status` shows, as of `now`."""

    now: datetime
    beat: Heartbeat | None
    sources: tuple[SourceStanding, ...]
    channels: tuple[tuple[ChannelState, bool], ...]  # with: enabled in the config
    alerts: dict[str, int]  # by state
    dead: tuple[AlertRow, ...]  # the latest ones, FEW at most, of the last RECENT
    given_up: Mapping[str, int] = field(default_factory=dict)  # channel → how many of these
    mutes: tuple[Mute, ...] = ()  # what is told to nobody
    troubles: tuple[Trouble, ...] = ()  # of presswatch itself: network, config, disk
    config: ConfigNote | None = None  # what the service runs by
    size: Size | None = None  # of the archive
    room: int | None = None  # bytes that are free on its disk

    @property
    def network(self) -> Trouble | None:
        """The trouble that is open while nothing can be reached."""
        found = (one for one in self.troubles if one.finding.kind is Kind.NETWORK)
        return next(found, None)

    @property
    def alive(self) -> bool:
        return alive(self.beat, self.now)


def alive(beat: Heartbeat | None, now: datetime) -> bool:
    """Whether the sign of life is fresh."""
    return beat is not None and beat.ended is None and now - beat.at < ALIVE


def gather(db: Database, outline: Outline, now: datetime) -> Standing:
    """Read how things stand; channels that the config no longer has are left out."""
    states = {state.name: state for state in ledger.states(db)}
    enabled = dict(outline.channels)
    opened = troubles.opened(db)
    return Standing(
        now=now,
        beat=heartbeat(db),
        sources=tuple(
            SourceStanding(
                name=name,
                enabled=on,
                state=states.get(name),
                troubles=tuple(opened.get(name, {}).values()),
            )
            for name, on in outline.sources
        ),
        channels=tuple(
            (state, enabled[state.name])
            for state in history.channel_states(db, enabled)
            if state.name in enabled
        ),
        alerts=history.counts(db),
        dead=tuple(
            alert
            for alert in history.dead_letters(db, FEW)
            if alert.settled is not None and now - alert.settled < RECENT
        ),
        given_up=history.given_up(db, now - RECENT),
        mutes=tuple(mute.active(db, now)),
        troubles=tuple(opened.get(ITSELF, {}).values()),
        config=config_note(db),
        size=size(db),
        room=room(outline.archive_path),
    )


def attention(standing: Standing) -> Iterator[str]:
    """What somebody should look at, a sentence each; nothing if all is well."""
    if not standing.alive:
        yield "the service is not running; `presswatch run` starts it"
    for trouble in standing.troubles:
        yield since(trouble)
    if standing.config and standing.config.restart:
        yield f"changed in the config, and needs a restart: {standing.config.restart}"
    for source in standing.sources:
        if source.enabled:
            yield from _source(source)
    for channel, enabled in standing.channels:
        yield from _channel(channel, standing.now, enabled=enabled)
    yield from _dead(standing)


def _channel(channel: ChannelState, now: datetime, *, enabled: bool) -> Iterator[str]:
    """What is the matter with one channel, the nearest reason alone."""
    if channel.disabled:
        yield (
            f"channel {channel.name} is disabled ({channel.disabled_reason}); when its receiver"
            f" is back: `presswatch channel enable {channel.name}`"
        )
    elif enabled and channel.due and channel.failing and now - channel.failing > LATE:
        yield (
            f"channel {channel.name}: its receiver takes nothing ({channel.failing_reason}),"
            f" since {channel.failing:%Y-%m-%d %H:%M} UTC; {channel.due} waiting"
        )
    elif enabled and channel.oldest_due and now - channel.oldest_due > LATE:
        yield f"channel {channel.name} is behind: {channel.due} waiting"


def _dead(standing: Standing) -> Iterator[str]:
    """Dead letters, one by one while they are few; a burst is a sentence a channel."""
    if sum(standing.given_up.values()) <= FEW:
        for alert in standing.dead:
            yield f"alert {alert.id} for {alert.channel} was given up: {alert.reason}"
        return
    for channel, count in standing.given_up.items():
        yield (
            f"{count} alerts for {channel} were given up;"
            f" `presswatch alerts list --state dead --channel {channel}` shows them"
        )


def _source(source: SourceStanding) -> Iterator[str]:
    """What is the matter with one source. Failing polls are told as they are now."""
    for trouble in source.troubles:
        if trouble.finding.kind is not Kind.FAILING:
            yield f"source {source.name}: {since(trouble)}"
    state = source.state
    if state is None or not state.failures:
        return
    if state.failures >= FAILURES or state.last_ok is None:
        times = f"{state.failures} times in a row" if state.failures > 1 else "its first poll"
        yield f"source {source.name} failed ({times}): {state.last_reason}"


def since(trouble: Trouble) -> str:
    """In UTC, like the log: the sentence has no reader's clock."""
    return f"{words(trouble.finding)}, since {trouble.finding.since:%Y-%m-%d %H:%M} UTC"
