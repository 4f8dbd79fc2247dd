"""A source paused, resumed or removed from the page, as `presswatch sources` does it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from alerts import mute
from archive.query import parse
from archive.survey import MOST, survey
from crawler import ledger
from presswatch.config import edit as configedit
from presswatch.errors import ConfigError
from presswatch.web import narrow
from presswatch.web.ask import Moved, Shown
from presswatch.web.errors import NotFound
from presswatch.web.render import part
from presswatch.web.saving import said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlite_utils import Database

    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk
    from presswatch.web.serve import Page

_UNKNOWN: Final = "the config names none of this name"


async def pause(desk: Desk, ask: Ask) -> Moved | Page:
    """Poll it no more, until it is resumed. Raises NotFound."""
    return await _switch(desk, ask, on=False)


async def resume(desk: Desk, ask: Ask) -> Moved | Page:
    """Poll it again. Raises NotFound."""
    return await _switch(desk, ask, on=True)


async def _switch(desk: Desk, ask: Ask, *, on: bool) -> Moved | Page:
    name = ask.places["name"]
    change = partial(
        configedit.set_value, desk.config, desk.environ, "source", name, key="enabled", value=on
    )
    problems = [] if ask.book.enabled(name) is on else await _problems(change, name)
    if problems:
        return partial(_unwritten, name, problems)
    return Moved(place=f"/sources/{part(name)}?done={'resumed' if on else 'paused'}")


async def _problems(change: Callable[[], object], name: str) -> Sequence[str]:
    """What is in the way of a change of the file, which is made if nothing is."""
    try:
        await asyncio.to_thread(change)
    except KeyError:
        raise NotFound(f"source {name}", hint=_UNKNOWN) from None
    except (ConfigError, OSError) as error:
        return said(error)
    return ()


def _unwritten(name: str, problems: Sequence[str], _: Database, __: Ask) -> Shown:
    values = {"name": name, "problems": problems, "back": f"/sources/{part(name)}"}
    return Shown(template="unwritten.html", values=values, status=409)


async def sure(_: Desk, ask: Ask) -> Page:
    """What removing a source takes away, and what stays. Raises NotFound."""
    name = ask.value("source")
    if ask.book.enabled(name) is None:
        raise NotFound(f"source {name}", hint=_UNKNOWN)
    return partial(_sure, name, ())


def _sure(name: str, problems: Sequence[str], db: Database, ask: Ask) -> Shown:
    query = parse(narrow.field(None, "source", name))
    found = survey(db, query)
    count = len(found.found)
    values = {
        "name": name,
        "enabled": ask.book.enabled(name),
        "state": ledger.state(db, name),
        "count": f"{MOST} articles and more" if not found.complete else count,
        "query": query.text,
        "muted": mute.of(db, "source", name, ask.clock.now),
        "problems": problems,
    }
    return Shown(template="remove.html", values=values, status=409 if problems else 200)


async def remove(desk: Desk, ask: Ask) -> Moved | Page:
    """Take it out of the config; what it brought stays. Raises NotFound."""
    name = ask.places["name"]
    if ask.book.enabled(name) is None:
        raise NotFound(f"source {name}", hint=_UNKNOWN)
    change = partial(configedit.remove_table, desk.config, desk.environ, "source", name)
    if problems := await _problems(change, name):
        return partial(_sure, name, problems)
    return Moved(place=f"/sources?{urlencode({'removed': name})}")
