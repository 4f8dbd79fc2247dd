"""A source that was chosen, on its way into config.toml: the one way that command and page go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from presswatch.adding.naming import Names, same_address
from presswatch.config.edit import add_tables, literal, with_tables
from presswatch.config.values import web_url

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from presswatch.config.records import Config


def web_address(typed: str) -> str:
    """The URL that somebody means who may have left out its scheme. Raises ValueError."""
    return web_url(typed if "://" in typed else f"https://{typed}")


def known_as(config: Config, url: str) -> str:
    """The name of the source that has this address, in whatever spelling, or ``""``."""
    wanted = same_address(url)
    return next((one.name for one in config.sources if same_address(one.url) == wanted), "")


def table_of(
    config: Config, url: str, kind: str, *, name: str = "", every: str = ""
) -> dict[str, str]:
    """The table of a new source; without a name it gets one from its host that no other has.

    Values mean just what they say: nothing in them is taken from the environment.
    """
    picked = name or Names(source.name for source in config.sources).take(url)
    table = {"name": picked, "url": url, "kind": kind, "every": every}
    return {key: literal(value) for key, value in table.items() if value}


def write(path: Path, environ: Mapping[str, str], table: Mapping[str, str]) -> Config:
    """Write it behind the other sources. Raises as `presswatch.config.edit.add_tables` does."""
    return add_tables(path, environ, "source", [table])


def block(table: Mapping[str, str]) -> str:
    """The table as it would stand in the file, for whoever puts it there by hand."""
    return with_tables("", "source", [table]).strip()
