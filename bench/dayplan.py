"""The plan of a day, seeded: who publishes what when, and what goes wrong meanwhile. Pure.

Hours count from the start of the day. What is published before it is old: archived, never told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SOURCES: Final = 50
SEED: Final = 20261122
HOURS: Final = 24.0
DAYS: Final = 3  # the first has all the troubles; the others show whether anything grows

#: How much a newsroom publishes in each hour of its day, 1 being the mean.
RHYTHM: Final = (
    .2, .1, .1, .1, .2, .4, .8, 1.4, 1.8, 2.0, 2.0, 1.8,
    1.4, 1.6, 1.8, 1.8, 1.6, 1.4, 1.0, .8, .6, .5, .3, .3,
)  # fmt: skip

PER_DAY: Final = (8, 16, 24, 40)  # articles of a source, one of these
OLD: Final = 40  # articles that a source lists before the day begins: caches are soon full
REPRINTS: Final = 0.1  # of the articles are another source's text, some time later
TOLD: Final = 0.25  # of the texts hold the word that a rule looks for
NOON: Final = 12.0
EVERYBODY: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article on a site; reprints share their `text`."""

    number: int
    source: int
    text: int
    at: float  # hour; negative: before the day
    told: bool  # holds the word


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong from hour to hour."""

    what: str
    source: int
    since: float
    until: float
    trouble: str = ""  # the kind that presswatch must make of it
    instead: str = ""  # or this, where the source publishes enough to tell

    def holds(self, source: int, hour: float) -> bool:
        """Whether it is a source's at that hour."""
        return self.source in {source, EVERYBODY} and self.since <= hour < self.until


#: What sites do, for `bench.daypress`; times are such that each has polls enough to be noticed.
SITES: Final = (
    Fault(what="hang", source=3, since=7, until=9, trouble="failing"),
    Fault(what="500", source=7, since=8, until=10.5, trouble="failing"),
    Fault(what="404", source=11, since=9, until=11, trouble="failing"),
    Fault(what="410", source=13, since=9.5, until=11.5, trouble="failing"),
    Fault(what="empty", source=17, since=11, until=14, trouble="links"),
    Fault(what="html", source=19, since=12, until=14, trouble="failing", instead="links"),
    Fault(what="bomb", source=23, since=13, until=14.5, trouble="failing"),
    Fault(what="drop", source=29, since=14, until=16, trouble="failing"),
    Fault(what="garbled", source=37, since=15, until=16.5, trouble="failing"),
    Fault(what="pages 500", source=31, since=10, until=11.5, instead="text"),
    Fault(what="pages hang", source=41, since=15, until=16),
    Fault(what="down", source=EVERYBODY, since=19, until=19.5, trouble="network"),
)

#: What receivers do: "desk" hears of stories, "wire" of every article.
RECEIVERS: Final = {
    "desk": (Fault(what="down", source=0, since=13, until=14),),
    "wire": (
        Fault(what="drops", source=0, since=16, until=18),
        Fault(what="400", source=0, since=20.5, until=20.75),
    ),
    "operator": (Fault(what="down", source=0, since=9.25, until=9.5),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What the operator does at an hour: the values of the config that change."""

    hour: float
    changes: Mapping[str, object]
    trouble: str = ""  # the kind that presswatch must make of it, of itself


#: The last source is added at noon; a mistake, mended; a disk that is nearly full, and is not.
DEEDS: Final = (
    Deed(hour=NOON, changes={"latecomer": True}),
    Deed(hour=14.5, changes={"wrong": True}, trouble="config"),
    Deed(hour=14.75, changes={"wrong": False}),
    Deed(hour=17, changes={"min_free": "1000000GB"}, trouble="disk"),
    Deed(hour=17.5, changes={"min_free": "1MiB"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """kill -9, in the first moment after the hour in which the service waits for something."""

    hour: float
    awaiting: Literal["page", "receipt"]  # one it asked for; that of a message that was taken


#: One while nothing else goes wrong, one in the busy morning with the first source in trouble.
KILLS: Final = (Kill(hour=1.5, awaiting="receipt"), Kill(hour=7.2, awaiting="page"))

#: From a kill to the next start, in hours: a machine that starts anew.
DEAD: Final = 1 / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All of it; `length` in hours, then there is an hour without news or faults."""

    items: tuple[Item, ...]
    sources: int
    length: float
    sites: tuple[Fault, ...]
    receivers: Mapping[str, tuple[Fault, ...]]
    deeds: tuple[Deed, ...]
    kills: tuple[Kill, ...] = ()

    def listed(self, source: int, hour: float, most: int = 60) -> list[Item]:
        """What a source lists at that hour, newest first."""
        out = [item for item in self.items if item.source == source and item.at <= hour]
        return sorted(out, key=lambda item: item.at, reverse=True)[:most]

    def troubles(self) -> set[tuple[str, str]]:
        """Source ("" for presswatch itself) and kind of what must be noticed."""
        named = {("" if one.source < 0 else f"s{one.source}", one.trouble) for one in self.sites}
        named |= {("", deed.trouble) for deed in self.deeds}
        return {(source, kind) for source, kind in named if kind}

    def instead(self) -> dict[tuple[str, str], str]:
        """What a trouble, or none (""), may be taken for, by its source and kind."""
        return {(f"s{one.source}", one.trouble): one.instead for one in self.sites if one.instead}


def plan(
    seed: int = SEED,
    *,
    sources: int = SOURCES,
    length: float = HOURS,
    rhythm: Sequence[float] = RHYTHM,
    sites: tuple[Fault, ...] = SITES,
    receivers: Mapping[str, tuple[Fault, ...]] = RECEIVERS,
    deeds: tuple[Deed, ...] = DEEDS,
    kills: tuple[Kill, ...] = KILLS,
) -> Plan:
    """The day of these sources; whoever wants a shorter one says what happens in it.

    Who is to be missed for what it lists, or for its texts, publishes enough for that to be known.
    """
    rng = Random(seed)
    late = sources - 1 if any("latecomer" in deed.changes for deed in deeds) else None
    found: list[Item] = []
    busy = {one.source for one in sites if one.trouble == "links" or one.instead}
    for source in range(sources):
        first = NOON + 1 if source == late else 0.25
        moments = [-48 + rng.random() * 12 for _ in range(OLD)] + _moments(
            rng, rhythm, first, length, (max(PER_DAY),) if source in busy else PER_DAY
        )
        for at in moments:
            number = len(found)
            told = rng.random() < TOLD
            found.append(Item(number=number, source=source, text=number, at=at, told=told))
    return Plan(
        items=tuple(_reprinted(rng, found)), sources=sources, length=length, sites=sites,
        receivers=receivers, deeds=deeds, kills=kills,
    )  # fmt: skip


def _moments(
    rng: Random, rhythm: Sequence[float], first: float, length: float, per_day: Sequence[int]
) -> list[float]:
    """When a source publishes, from an hour on."""
    number = rng.choice(per_day) * max(1, len(rhythm) // 24)
    hours = rng.choices(range(len(rhythm)), weights=rhythm, k=number)
    moments = [hour + rng.random() for hour in hours]
    return sorted(at for at in moments if first <= at < length - 0.25)


def _reprinted(rng: Random, items: Iterable[Item]) -> list[Item]:
    """The same, with some of today's taking the text of one that another source had before."""
    fresh: list[Item] = []
    out: list[Item] = []
    for item in sorted(items, key=lambda item: item.at):
        known = [old for old in fresh[-40:] if old.source != item.source]
        if item.at >= 0 and known and rng.random() < REPRINTS:
            old = rng.choice(known)
            out.append(replace(item, text=old.text, told=old.told))
            continue
        out.append(item)
        if item.at >= 0:
            fresh.append(item)
    return out


def hour_of(moment: timedelta) -> float:
    """A span since the start of the day in hours."""
    return moment / timedelta(hours=1)
