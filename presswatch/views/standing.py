"""How everything stands: gathered from the archive, then judged purely.

`presswatch status`, `sources list`, the page (/status, its head, the list of sources), the API,
/metrics and the last line of a digest all say what is said here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts import history, mute
from alerts.outbox import leftover
from archive.heartbeat import heartbeat
from archive.lock import holder
from archive.sizes import room, size
from crawler import ledger
from crawler.health import FAILURES, Kind, troubles
from crawler.health.words import words
from presswatch.clock import plural
from presswatch.upkeep.confignote import config_note
from presswatch.upkeep.telling import ITSELF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from alerts.history import AlertRow, ChannelState
    from alerts.mute import Mute
    from archive.heartbeat import Heartbeat
    from archive.sizes import Size
    from crawler.health import Trouble
    from crawler.ledger import SourceState
    from presswatch.config.load import Outline
    from presswatch.upkeep.confignote import ConfigNote

#: A service that has not given a sign of life for so long is gone.
ALIVE = timedelta(seconds=60)

#: An alert that waits so long is late, whatever the reason.
LATE = timedelta(hours=1)

#: Dead letters that are told one by one.
FEW = 3

#: A dead letter is old news after so long.
RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Something that somebody should look at."""

    said: str
    kind: str = ""  # source | channel | alert, and which; "": presswatch itself
    name: str = ""
    since: datetime | None = None

    def __str__(self) -> str:
        """In UTC, like the log: the sentence has no reader's clock."""
        of = f"{self.kind} {self.name}: " if self.kind else ""
        since = f", since {self.since:%Y-%m-%d %H:%M} UTC" if self.since else ""
        return f"{of}{self.said}{since}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStanding:
    """A source; `state` is None before the service has seen it."""

    name: str
    enabled: bool | None  # None: the config names it no more
    state: SourceState | None
    troubles: tuple[Trouble, ...] = ()  # that are not over

    @property
    def how(self) -> str:
        """``gone | paused | troubled | well``."""
        if not self.enabled:
            return "gone" if self.enabled is None else "paused"
        return "troubled" if self.failing or self.open else "well"

    @property
    def word(self) -> str:
        """``gone | paused | new | failing | troubled``; of one that is well how its poll ended."""
        if not self.enabled or self.state is None or self.state.last_poll is None:
            return "new" if self.how == "well" else self.how
        return "failing" if self.failing else "troubled" if self.open else self.state.last_outcome

    @property
    def failing(self) -> bool:
        """Whether its polls fail as of now, and not only once where they never did."""
        state = self.state
        if state is None or not state.failures:
            return False
        known = any(one.finding.kind is Kind.FAILING for one in self.troubles)
        return known or state.failures >= FAILURES or state.last_ok is None

    @property
    def open(self) -> tuple[Trouble, ...]:
        """The troubles that count: a poll that worked is known before the self-check looks."""
        failing = self.failing
        return tuple(t for t in self.troubles if failing or t.finding.kind is not Kind.FAILING)

    def concerns(self) -> list[Concern]:
        """What is the matter with it. Failing polls are told as they are now."""
        if not self.enabled:
            return []
        since = {one.finding.kind: one.finding.since for one in self.open}
        found = [of_trouble(one) for one in self.open if one.finding.kind is not Kind.FAILING]
        if self.failing and self.state is not None:
            times = f"failed {self.state.failures} times in a row"
            what = times if self.state.failures > 1 else "its first poll failed"
            said = f"{what}: {self.state.last_reason}"
            found.append(_of_source(self.name, said, since.get(Kind.FAILING)))
        return found


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
    leftover: Mapping[str, int] = field(default_factory=dict)  # for channels that are no more
    mutes: tuple[Mute, ...] = ()  # what is told to nobody
    troubles: tuple[Trouble, ...] = ()  # of presswatch itself: network, config, disk
    config: ConfigNote | None = None  # what the service runs by
    size: Size | None = None  # of the archive
    room: int | None = None  # bytes that are free on its disk
    holder: str = ""  # the process that holds it, where no service gives a sign of life

    @property
    def network(self) -> Trouble | None:
        """The trouble that is open while nothing can be reached."""
        found = (one for one in self.troubles if one.finding.kind is Kind.NETWORK)
        return next(found, None)

    @property
    def alive(self) -> bool:
        return alive(self.beat, self.now)


def alive(beat: Heartbeat | None, now: datetime) -> bool:
    """Whether the sign of life is fresh; one of the future is from a clock that was set back."""
    return beat is not None and beat.ended is None and abs(now - beat.at) < ALIVE


def gather(db: Database, outline: Outline, now: datetime, *, sums: bool = True) -> Standing:
    """Read how things stand; channels that the config no longer has are left out.

    Without `sums` what was delivered is not counted, which takes long where it is much; what
    needs attention is the same.
    """
    enabled = dict(outline.channels)
    tally = history.tally(db) if sums else history.undelivered(db, enabled)
    beat = heartbeat(db)
    known, itself = sources(db, outline.sources)
    return Standing(
        now=now,
        beat=beat,
        sources=known,
        channels=_channels(db, enabled, tally),
        alerts=history.counts(db, tally),
        dead=_recently_dead(db, now),
        given_up=history.given_up(db, now - RECENT),
        leftover=leftover.waiting(db, enabled),
        mutes=tuple(mute.active(db, now)),
        troubles=itself,
        config=config_note(db),
        size=size(db),
        room=room(outline.archive_path),
        holder="" if alive(beat, now) else holder(outline.archive_path),
    )


def sources(
    db: Database, named: Iterable[tuple[str, bool]]
) -> tuple[tuple[SourceStanding, ...], tuple[Trouble, ...]]:
    """How these sources stand (name, enabled), and what is the matter with presswatch itself."""
    opened = troubles.opened(db)
    states = {state.name: state for state in ledger.states(db)}

    def of(source: str) -> tuple[Trouble, ...]:
        return tuple(opened.get(source, {}).values())

    found = (
        SourceStanding(name=name, enabled=enabled, state=states.get(name), troubles=of(name))
        for name, enabled in named
    )
    return tuple(found), of(ITSELF)


def _channels(
    db: Database, enabled: Mapping[str, bool], tally: history.Tally
) -> tuple[tuple[ChannelState, bool], ...]:
    states = history.channel_states(db, enabled, tally)
    return tuple((state, enabled[state.name]) for state in states if state.name in enabled)


def _recently_dead(db: Database, now: datetime) -> tuple[AlertRow, ...]:
    latest = history.dead_letters(db, FEW)
    return tuple(one for one in latest if one.settled and now - one.settled < RECENT)


def source(db: Database, name: str, *, enabled: bool | None) -> SourceStanding:
    """How one source stands."""
    opened = troubles.opened(db).get(name, {})
    state = ledger.state(db, name)
    return SourceStanding(name=name, enabled=enabled, state=state, troubles=tuple(opened.values()))


def attention(standing: Standing) -> list[Concern]:
    """What somebody should look at; nothing if all is well."""
    found = [of_trouble(trouble) for trouble in standing.troubles]
    if not standing.alive:
        found.insert(0, Concern(said=_lifeless(standing)))
    if standing.config and standing.config.restart:
        changed = f"changed in the config, and needs a restart: {standing.config.restart}"
        found.append(Concern(said=changed))
    for source in standing.sources:
        found += source.concerns()
    for channel, enabled in standing.channels:
        found += _channel(channel, standing.now, enabled=enabled)
    for name, count in standing.leftover.items():
        said = (
            f"{plural(count, 'alert')} waiting, and the config has no channel of this name;"
            f" name one so again, or `presswatch channel drop {name}`"
        )
        found.append(Concern(kind="channel", name=name, said=said))
    return [*found, *_dead(standing)]


def _lifeless(standing: Standing) -> str:
    """A start may wait for room on the disk, or bring a large archive up to date first."""
    if not standing.holder:
        return "the service is not running; `presswatch run` starts it"
    return (
        f"process {standing.holder} holds the archive and gives no sign of life: it is starting,"
        " waits for room on the disk, or hangs; its log says which"
    )


def of_trouble(trouble: Trouble) -> Concern:
    """A finding of the self-check, of a source or of presswatch itself."""
    finding = trouble.finding
    if trouble.source == ITSELF:
        return Concern(said=words(finding), since=finding.since)
    return _of_source(trouble.source, words(finding), finding.since)


def _of_source(name: str, said: str, since: datetime | None) -> Concern:
    return Concern(kind="source", name=name, said=said, since=since)


def _channel(channel: ChannelState, now: datetime, *, enabled: bool) -> Iterator[Concern]:
    """What is the matter with one channel, the nearest reason alone."""
    said, since = "", None
    if channel.disabled:
        said = (
            f"disabled ({channel.disabled_reason}); when its receiver is back:"
            f" `presswatch channel enable {channel.name}`"
        )
    elif enabled and channel.due and channel.failing and now - channel.failing > LATE:
        since = channel.failing
        said = f"its receiver takes nothing ({channel.failing_reason}), {channel.due} waiting"
    elif enabled and channel.oldest_due and now - channel.oldest_due > LATE:
        said = f"behind, {channel.due} waiting"
    if said:
        yield Concern(kind="channel", name=channel.name, said=said, since=since)


def _dead(standing: Standing) -> Iterator[Concern]:
    """Dead letters, one by one while they are few; a burst is a sentence a channel."""
    if sum(standing.given_up.values()) <= FEW:
        for alert in standing.dead:
            said = f"given up for {alert.channel}: {alert.reason}"
            yield Concern(kind="alert", name=alert.id, said=said)
        return
    for channel, count in standing.given_up.items():
        said = (
            f"{count} alerts were given up;"
            f" `presswatch alerts list --state dead --channel {channel}` shows them"
        )
        yield Concern(kind="channel", name=channel, said=said)
