"""A source added from the page: an address, a look at it, a choice, and into config.toml.

    /add: an address ─▶ a look, in the service's own pace ─▶ /add/LOOK: what each way would bring
      ─▶ one of them, its name, how often ─▶ presswatch.adding.writing ─▶ the source's page

The way is that of `presswatch sources add`. What can be written is what a look has found.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from presswatch.adding import writing
from presswatch.adding.naming import Names
from presswatch.config.load import load
from presswatch.errors import ConfigError
from presswatch.web.ask import Moved, Shown
from presswatch.web.errors import NotFound, Refused
from presswatch.web.render import part
from presswatch.web.saving import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlite_utils import Database

    from presswatch.config.records import Config
    from presswatch.errors import Problem
    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk
    from presswatch.web.looking import Look, Offer
    from presswatch.web.serve import Page

CHOOSE: Final = "choose one of them"


async def form(_: Desk, ask: Ask) -> Page:
    """The form for an address, and that for a feed reader's list."""
    return partial(page, {"url": ask.value("url")})


async def look(desk: Desk, ask: Ask) -> Moved | Page:
    """Begin to look at an address; back to the form with what is wrong with it."""
    typed = ask.value("url")
    try:
        url = writing.web_address(typed)
    except ValueError as error:
        return _wrong(typed, str(error) if typed else "must be given")
    if amiss := await asyncio.to_thread(_amiss, desk, typed, url):
        return amiss
    assert desk.hands is not None
    try:
        found = desk.looks.begin(desk.hands, url, ask.book.rules.outline.timezone)
    except Refused as error:
        return _wrong(typed, error.cause)
    return Moved(place=f"/add/{found}")


def _amiss(desk: Desk, typed: str, url: str) -> Page | None:
    """What speaks against looking there. Reads the config file: in a thread."""
    try:
        config = load(desk.config, desk.environ)
    except ConfigError as error:
        return partial(page, {"url": typed, "problems": said(error)})
    if reason := barred(config):
        return partial(page, {"url": typed, "problems": [reason]})
    known = writing.known_as(config, url)
    return _wrong(typed, "it is polled already, as", known) if known else None


def _wrong(typed: str, problem: str, known: str = "") -> Page:
    return partial(page, {"url": typed, "wrong": problem, "known": known})


def barred(config: Config) -> str:
    """Why nothing can be added from this page, or ``""``.

    Whoever adds a source makes this machine ask for what they name, and learns what it answered:
    even what a name stands for in a network of its own. Others may do so with the password alone.
    """
    web = config.web
    if web.guarded or not (web.hosts or web.trusted_proxies):
        return ""
    return (
        "others reach this page without a password (`[web] hosts`, `trusted_proxies`), and whoever"
        " adds a source makes this machine fetch what they name. Give `[web]` a `password`, or use"
        " `presswatch sources add`"
    )


async def looked(desk: Desk, ask: Ask) -> Page:
    """What a look has found so far; when it is done, the choice."""
    try:
        seen = await desk.looks.of(ask.places["look"])
    except NotFound:
        gone = "This look is over; nobody remembers what it found. Look again."
        return partial(page, {"url": ask.value("url"), "problems": [gone]})
    return partial(page, await asyncio.to_thread(_choice, desk, seen))


def _choice(desk: Desk, seen: Look) -> dict[str, Any]:
    """The values of the form that chooses among what was found. In a thread."""
    values: dict[str, Any] = {"url": seen.url, "look": seen}
    if not (seen.done and seen.offers):
        return values
    try:
        config = load(desk.config, desk.environ)
    except ConfigError as error:
        return values | {"problems": said(error)}
    known = {one.url: writing.known_as(config, one.url) for one in seen.offers}
    free = [number for number, one in enumerate(seen.offers, 1) if not known[one.url]]
    names = Names(source.name for source in config.sources)
    return values | {
        "taken": known,
        "which": free[0] if free else 0,
        "name": names.take(seen.offers[free[0] - 1].url if free else seen.url),
    }


async def add(desk: Desk, ask: Ask) -> Moved | Page:
    """Write what was chosen; back to the choice with every problem at its field."""
    try:
        seen = await desk.looks.of(ask.places["look"], wait=0)
    except NotFound:
        return await looked(desk, ask)
    number, typed = ask.number("which") or 0, {key: ask.value(key) for key in ("name", "every")}
    if not (seen.done and 1 <= number <= len(seen.offers)):
        fate, number = _Fate(wrongs={"which": CHOOSE}), 0
    else:
        fate = await asyncio.to_thread(_write, desk, seen.offers[number - 1], typed)
    if fate.name:
        return Moved(place=f"/sources/{part(fate.name)}?done=added")
    choice = await asyncio.to_thread(_choice, desk, seen)
    shown = {
        "which": number or choice.get("which", 0),
        "wrongs": fate.wrongs,
        "by_hand": fate.by_hand,
    }
    return partial(page, choice | typed | shown | {"problems": fate.problems})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fate:
    """What became of a choice: the name of the new source, or why there is none."""

    name: str = ""
    wrongs: Mapping[str, str] = field(default_factory=dict)  # field → what is wrong with it
    problems: Sequence[str] = ()
    by_hand: str = ""  # what to put into the file that could not be written


def _write(desk: Desk, chosen: Offer, typed: Mapping[str, str]) -> _Fate:
    """Reads and writes the config file: in a thread."""
    try:
        config = load(desk.config, desk.environ)
        if reason := barred(config):
            return _Fate(problems=[reason])
        if known := writing.known_as(config, chosen.url):
            return _Fate(wrongs={"which": f"the source {known} polls this address already"})
        table = writing.table_of(config, chosen.url, chosen.kind, **typed)
    except ConfigError as error:
        return _Fate(problems=said(error))
    try:
        writing.write(desk.config, desk.environ, table)
    except ConfigError as error:
        wrongs, problems = _sorted(error, f"source[{len(config.sources) + 1}].")
        return _Fate(wrongs=wrongs, problems=problems)
    except OSError as error:
        return _Fate(problems=said(error), by_hand=writing.block(table))
    return _Fate(name=table["name"])


_OTHER: Final = re.compile(r"(is the name) of source\[\d+\] already")


def _own(problem: Problem) -> str:
    """Without the table that it is in, which is the form."""
    return problem.message.partition(" (in source ")[0]


def _sorted(error: ConfigError, new: str) -> tuple[dict[str, str], list[str]]:
    """What is wrong with a field of the form, and what with the file elsewhere."""
    fields = {f"{new}{key}": key for key in ("name", "every")}
    wrongs = {
        fields[problem.path]: _OTHER.sub(
            r"\1 of another source; choose one that is free", _own(problem)
        )
        for problem in error.problems
        if problem.path in fields
    }
    others = [problem for problem in error.problems if problem.path not in fields]
    if others:
        return wrongs, said(ConfigError(error.which, problems=others))
    return wrongs, [] if wrongs else said(error)


def page(values: Mapping[str, Any], _: Database, ask: Ask) -> Shown:
    """The page with what is known so far; 400 where something is wrong."""
    whole = {**_BLANK, "mine": ask.path, **values}
    whole["wrongs"] = _NONE | whole["wrongs"]
    wrong = any(whole[key] for key in ("wrong", "problems", "refused"))
    wrong = wrong or any(whole["wrongs"].values())
    return Shown(template="add.html", values=whole, status=400 if wrong else 200)


#: Field → what is wrong with it.
_NONE: Final[Mapping[str, str]] = {"which": "", "name": "", "every": ""}

#: What the page shows unless something is known.
_BLANK: Final[Mapping[str, Any]] = {
    "url": "", "wrong": "", "known": "", "problems": (), "look": None, "taken": {}, "which": 0,
    "name": "", "every": "", "wrongs": _NONE, "by_hand": "", "refused": (),
    "spans": ("15m", "30m", "1h", "6h", "1d"),
}  # fmt: skip
