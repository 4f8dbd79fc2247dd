"""A rule saved from the page: written into config.toml by the code of the command line.

All that is wrong with it is said in the form; the service reads the file again by itself.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from presswatch.config import edit as configedit
from presswatch.errors import ConfigError
from presswatch.web.ask import Moved, Shown
from presswatch.web.render import part
from presswatch.web.ruling import draft

if TYPE_CHECKING:
    from sqlite_utils import Database

    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk
    from presswatch.web.serve import Page


async def save(desk: Desk, ask: Ask) -> Moved | Page:
    """Write the rule of the form; back to the form with every problem where that cannot be."""
    name, query, on = ask.value("name"), ask.value("q"), ask.value("on")
    table: dict[str, Any] = {"name": configedit.literal(name), "query": configedit.literal(query)}
    table["channels"] = [configedit.literal(ask.value("channel"))]
    if on and on != "story":
        table["on"] = configedit.literal(on)
    try:
        await asyncio.to_thread(configedit.add_tables, desk.config, desk.environ, "rule", [table])
    except (ConfigError, OSError) as error:
        return partial(_once_more, said(error))
    return Moved(place=f"/rules/{part(name)}")


def _once_more(problems: list[str], _: Database, ask: Ask) -> Shown:
    """The form as it was sent, with what is wrong."""
    values = draft(ask) | {"problems": problems}
    return Shown(template="newrule.html", values=values, status=400)


def said(error: ConfigError | OSError) -> list[str]:
    if isinstance(error, OSError):
        return [f"The file config.toml could not be written: {error.strerror or error}"]
    if not error.problems:
        return [str(error)]
    return [f"{problem.path}: {problem.message}" for problem in error.problems]
