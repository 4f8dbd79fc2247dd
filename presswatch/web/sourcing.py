"""The sources: how each fares, what is unusual, what its polls found; and a poll at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from archive.query import parse
from archive.search import read_hits
from archive.survey import survey
from crawler import ledger
from crawler.health import troubles
from crawler.health.words import words
from crawler.ledger import traffic
from presswatch.views import standing
from presswatch.views.standing import of_trouble
from presswatch.web import muting, narrow
from presswatch.web.ask import Moved, Shown
from presswatch.web.errors import NotFound, Refused
from presswatch.web.plots import Bar, chart, counted, spark
from presswatch.web.render import part

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable
    from datetime import date

    from markupsafe import Markup
    from sqlite_utils import Database

    from presswatch.clock import Clock
    from presswatch.views.standing import Concern, SourceStanding
    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk

ON_A_PAGE: Final = 50
DAYS: Final = 30
BRIEF: Final = 14  # days in the list
NEWEST: Final = 10

#: Whoever asks for a poll again and again would be rude to the site.
BETWEEN: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A source in the list."""

    standing: SourceStanding
    concerns: list[Concern]
    plot: Markup
    daily: float  # new pages a day


def sources(db: Database, ask: Ask) -> Shown:
    """The sources of the config: those in trouble first, the others as they stand there."""
    whole, wanted = ask.standing(db), ask.value("q").casefold()
    known = [one for one in whole.sources if wanted in one.name.casefold()]
    known.sort(key=lambda one: ("troubled", "well", "paused").index(one.how))
    at = min(ask.number("from") or 0, len(known)) // ON_A_PAGE * ON_A_PAGE
    return Shown(
        template="sources.html",
        values={
            "rows": list(_rows(db, known[at : at + ON_A_PAGE], ask.clock)),
            "total": len(known),
            "troubled": sum(one.how == "troubled" for one in known),
            "itself": [of_trouble(trouble) for trouble in whole.troubles],
            "q": ask.value("q"),
            "removed": ask.value("removed"),
            "previous": ask.link(**{"from": at - ON_A_PAGE or None}) if at else None,
            "next": ask.link(**{"from": at + ON_A_PAGE}) if at + ON_A_PAGE < len(known) else None,
        },
    )


def _rows(db: Database, chosen: list[SourceStanding], clock: Clock) -> Iterable[Row]:
    since = clock.now - timedelta(days=BRIEF)
    names = [one.name for one in chosen]
    found = traffic.new_pages(db, names, since=since, zone=clock.zone)
    for one in chosen:
        counts = _last(found.get(one.name), BRIEF, clock)
        says = f"{sum(counts)} new pages of {one.name} in {BRIEF} days"
        yield Row(
            standing=one,
            concerns=one.concerns(),
            plot=spark(counts, says=says),
            daily=sum(counts) / BRIEF,
        )


def _last(found: Counter[date] | None, days: int, clock: Clock) -> list[int]:
    """The counts of the last days, the newest last."""
    today = clock.today()
    return [found[today - timedelta(days=n)] if found else 0 for n in range(days - 1, -1, -1)]


def source(db: Database, ask: Ask) -> Shown:
    """One source: its state, its troubles, its last polls, its newest articles."""
    name = ask.places["name"]
    found = standing.source(db, name, enabled=ask.book.enabled(name))
    if found.enabled is None and found.state is None:
        raise NotFound(f"source {name}", hint="neither the config nor the archive knows it")
    query, done = parse(narrow.field(None, "source", name)), ask.value("done")
    newest = survey(db, query, most=NEWEST)
    past = [one for one in troubles.of_source(db, name) if one.ended is not None]
    return Shown(
        template="source.html",
        values={
            "name": name,
            "enabled": found.enabled,
            "state": found.state,
            "unwell": found.concerns(),
            "mute": muting.values(db, ask, "source", name),
            "past": past[:NEWEST],
            "words": words,
            "polls": ledger.polls(db, name, limit=NEWEST),
            "plot": _plot(db, name, ask.clock),
            "hits": read_hits(db, None, [hit.article for hit in newest.found], width=150),
            "query": query.text,
            "may_poll": ask.live and found.enabled,
            "asked": ask.value("polling") == "1",
            "done": done if found.enabled is not None else "",
            "awaited": done == "added" and (found.state is None or found.state.last_poll is None),
        },
    )


def _plot(db: Database, name: str, clock: Clock) -> Markup:
    since = clock.now - timedelta(days=DAYS)
    found = traffic.new_pages(db, [name], since=since, zone=clock.zone).get(name)
    counts = _last(found, DAYS, clock)
    bars = []
    for number, count in enumerate(counts):
        day = clock.today() - timedelta(days=DAYS - 1 - number)
        label = f"{day:%-d %b}" if number % 7 == 1 else ""
        bars.append(Bar(count=count, title=counted(f"{day:%-d %b}", count, "page"), label=label))
    says = f"New pages of {name} a day: {sum(counts)} in {DAYS} days"
    return chart(bars, says=says, width=320, height=112)


async def poll(desk: Desk, ask: Ask) -> Moved:
    """Poll a source now; its page shows the report when it is there."""
    name = ask.places["name"]
    state = await desk.readers.read(lambda db: ledger.state(db, name))
    last = state.last_poll if state is not None else None
    if last is not None and ask.clock.now - last < BETWEEN:
        raise Refused(cause=f"{name} was polled {ask.clock.away(last)}; the site is left alone")
    assert desk.hands is not None
    if not desk.hands.poll(name):
        raise Refused(cause=f"the service polls no source called {name}")
    return Moved(place=f"/sources/{part(name)}?polling=1")
