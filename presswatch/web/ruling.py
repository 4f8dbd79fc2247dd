"""The rules: how each matches, what a change of its query would do, and a new one from a search."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from alerts.history import overview
from alerts.rule import Rule
from archive.errors import QueryError
from archive.search import read_hits
from presswatch.web import muting
from presswatch.web.ask import Shown
from presswatch.web.errors import NotFound
from presswatch.web.plots import Bar, chart, counted, spark
from presswatch.web.searching import mistake

if TYPE_CHECKING:
    from datetime import date

    from markupsafe import Markup
    from sqlite_utils import Database

    from archive.query import Query
    from presswatch.clock import Clock
    from presswatch.views.trial import Tally
    from presswatch.web.ask import Ask
    from presswatch.web.searching import Mistake

DAYS: Final = 30
NEWEST: Final = 15
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A rule in the list."""

    rule: Rule
    channels: tuple[tuple[str, str], ...]  # name, and "", "off" (config) or "closed" (receiver)
    matches: overview.RuleMatches
    plot: Markup


def rules(db: Database, ask: Ask) -> Shown:
    """Every rule of the config with its matches over thirty days."""
    book, since = ask.book.rules, _since(ask.clock)
    found = overview.of_rules(db, [rule.name for rule in book.rules], since=since, span=_DAY)
    closed = _closed(db, ask)
    rows = []
    for rule in book.rules:
        matches = found[rule.name]
        counts = [matches.counts.get(number, 0) for number in range(DAYS)]
        says = f"{matches.recent} matches of {rule.name} in {DAYS} days"
        channels = _channels(rule, dict(book.disabled).get(rule.name, ()), closed)
        plot = spark(counts, says=says)
        rows.append(Row(rule=rule, channels=channels, matches=matches, plot=plot))
    return Shown(template="rules.html", values={"rows": rows})


def _closed(db: Database, ask: Ask) -> set[str]:
    """The channels whose receivers want no more."""
    return {channel.name for channel, _ in ask.standing(db).channels if channel.disabled}


def _channels(rule: Rule, off: tuple[str, ...], closed: set[str]) -> tuple[tuple[str, str], ...]:
    on = ((name, "closed" if name in closed else "")
          for name in rule.channels)  # fmt: skip
    return (*on, *((name, "off") for name in off))


def rule(db: Database, ask: Ask) -> Shown:
    """One rule: its matches a day, the last ones, and a trial of another query."""
    found, name = ask.book.rule(ask.places["rule"]), ask.places["rule"]
    matches = overview.of_rules(db, [name], since=_since(ask.clock), span=_DAY)[name]
    if found is None and matches.last is None:
        raise NotFound(f"rule {name}", hint="neither the config nor the ledger knows it")
    last = overview.articles_of_rule(db, name, NEWEST)
    off = dict(ask.book.rules.disabled).get(name, ())
    return Shown(
        template="rule.html",
        values={
            "name": name,
            "rule": found,
            "channels": _channels(found, off, _closed(db, ask)) if found else (),
            "matches": matches,
            "plot": _plot(matches, name, ask.clock),
            "mute": muting.values(db, ask, "rule", name),
            "hits": read_hits(db, found.query if found else None, last, width=150),
            **_trial(ask, found),
        },
    )


def _plot(matches: overview.RuleMatches, name: str, clock: Clock) -> Markup:
    bars = []
    for number in range(DAYS):
        begin = _since(clock) + number * _DAY
        day, count = begin.astimezone(clock.zone), matches.counts.get(number, 0)
        label = f"{day:%-d %b}" if number % 7 == 1 else ""
        bars.append(Bar(count=count, title=counted(f"{day:%-d %b}", count, "match"), label=label))
    says = f"Matches of {name} a day: {matches.recent} in {DAYS} days"
    return chart(bars, says=says, width=320, height=112)


def _since(clock: Clock) -> Any:
    """The beginning of the day, thirty days ago, today among them."""
    local = clock.now.astimezone(clock.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return local - (DAYS - 1) * _DAY


def _trial(ask: Ask, found: Rule | None) -> dict[str, Any]:
    """What the rule would have sent, and with the query that is asked about."""
    values: dict[str, Any] = {"trial": None, "mistake_in": None, "gained": (), "lost": ()}
    text = ask.value("query")
    values["query"] = text or (found.query.text if found else "")
    if found is None or not text:
        return values
    try:
        query = ask.book.read(text)
    except QueryError as error:
        return values | {"mistake_in": mistake(text, error)}
    changed = dataclasses.replace(found, name=f"{found.name} (changed)", query=query)
    tried = [found, changed] if text != found.query.text else [found]
    zone, since = ask.clock.zone, _since(ask.clock)
    trial = ask.trials.look(tried, since=since, zone=zone)
    old, new = trial.tallies[0], trial.tallies[-1]
    return values | {
        "trial": trial,
        "tally": new,
        "days": trial_plot(new, ask.clock),
        "gained": new.without(old),
        "lost": old.without(new),
    }


def trial_plot(tally: Tally, clock: Clock) -> Markup:
    """The alerts of a trial a day."""
    bars = []
    for number in range(DAYS):
        day: date = clock.today() - (DAYS - 1 - number) * _DAY
        count = tally.days.get(day, 0)
        label = f"{day:%-d %b}" if number % 7 == 1 else ""
        bars.append(Bar(count=count, title=counted(f"{day:%-d %b}", count, "alert"), label=label))
    says = f"It would have sent {tally.told} alerts in {DAYS} days"
    return chart(bars, says=says, width=320, height=112)


def new(_: Database, ask: Ask) -> Shown:
    """A query on its way to become a rule: what it would have sent, and what to call it."""
    return Shown(template="newrule.html", values=draft(ask))


def draft(ask: Ask) -> dict[str, Any]:
    """The values of the form for a new rule, with its trial where the query can be read."""
    text = ask.value("q") or ask.value("query")
    values: dict[str, Any] = {
        "q": text,
        "name": ask.value("name"),
        "on": ask.value("on") or "story",
        "channels": ask.book.rules.outline.channels,
        "chosen": ask.value("channel"),
        "problems": (),
        "mistake_in": None,
        "trial": None,
        "again": f"/save?{urlencode(ask.values)}",
    }
    query, wrong = _read(ask, text)
    if query is None:
        return values | {"mistake_in": wrong}
    rule = Rule(name="new", query=query, channels=("",), on=values["on"])
    trial = ask.trials.look([rule], since=_since(ask.clock), zone=ask.clock.zone)
    tally = trial.tallies[0]
    return values | {"trial": trial, "tally": tally, "days": trial_plot(tally, ask.clock)}


def _read(ask: Ask, text: str) -> tuple[Query | None, Mistake | None]:
    try:
        return ask.book.read(text), None
    except QueryError as error:
        return None, mistake(text, error)
