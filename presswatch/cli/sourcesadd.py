"""presswatch sources add."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import Clock, command, config_option, plural, waiting
from presswatch.cli.group import NO, complain
from presswatch.config.load import load
from presswatch.console import err, out, print_table, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from presswatch.adding.explored import Explored
    from presswatch.config.records import Config
    from spiders.discover import Candidate

NOTICED = "A running service follows within seconds."

NEWEST = 10


@command(
    "add",
    short="Find what a site can be polled by, and write it into the config.",
    example="""
        presswatch sources add https://www.wipo.int/pressroom/
        presswatch sources add --yes --every 30m https://www.wipo.int/pressroom/
    """,
    codes="""
        0  a source was written into the config
        1  nothing was found there, it is a source already, or you chose none
        2  the config is wrong, or would be; nothing was written
        3  the page could not be had, or the config not written
    """,
)
@click.argument("url")
@click.option("--yes", is_flag=True, help="Take the best without asking.")
@click.option("--name", default="", help="Of the source; default: from the host, and unique.")
@click.option("--every", default="", metavar="15m|2h", help="Time between two polls; default 15m.")
@config_option
def add(*, url: str, yes: bool, name: str, every: str, config: Path) -> None:
    """Find the feeds and news sitemaps of a site, or read the page as a list of articles.

    Shows the ten newest articles that each would give. Best is what lists recent articles of
    this site: a feed, then a sitemap, then the page itself; among equals the one with more of
    them. What dates nothing comes after these, and what lists only old articles last.
    """
    from presswatch.adding.explored import OFFERED
    from presswatch.adding.writing import known_as
    from presswatch.process import logs

    loaded = load(config, os.environ)
    url = _web_url(url)
    if known := known_as(loaded, url):
        _already(known)
    logs.set_up(level=logging.ERROR)
    with waiting(f"Looking at {url}"):
        explored = asyncio.run(_explore(loaded, url))
    if not explored.candidates:
        complain("\n".join(["Nothing there lists articles:", *explored.misses]))
        click.get_current_context().exit(NO)
    offered = explored.candidates[:OFFERED]
    _show(offered, Clock(loaded.service.timezone))
    with _answered():
        chosen = offered[0] if yes or len(offered) == 1 else _ask(offered)
        if known := known_as(loaded, chosen.url):
            _already(known)
        if not yes and len(offered) == 1:
            click.confirm(f"Add this {chosen.kind}?", default=True, abort=True, err=True)
    _write(loaded, chosen, name=name, every=every)


def _web_url(url: str) -> str:
    from presswatch.adding.writing import web_address

    try:
        return web_address(url)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="URL") from None


def _already(name: str) -> None:
    complain(f"This is the source {name!r} already.")
    click.get_current_context().exit(NO)


async def _explore(config: Config, url: str) -> Explored:
    from crawler.fetch.transport import Transport
    from presswatch.adding.explore import explore

    zone = config.service.timezone
    async with Transport(config.fetch) as transport:
        return await explore(transport, url, timezone=zone, now=datetime.now(UTC))


def _show(offered: list[Candidate], clock: Clock) -> None:
    from rich.table import Table

    for number, candidate in enumerate(offered, start=1):
        if number > 1:
            out().print()
        listed = plural(candidate.listed, "link")
        heading = f"{number}  {candidate.kind}  {candidate.url}"
        out().print(text(heading, "bold"), soft_wrap=True)
        out().print(f"   {listed}, {candidate.recent} recent articles of this site", style="dim")
        table = Table(box=None, padding=(0, 1, 0, 2), header_style="bold")
        table.add_column("title", overflow="fold", ratio=3)
        table.add_column("date", no_wrap=True)
        table.add_column("url", overflow="fold", ratio=3)
        for article in candidate.newest(NEWEST):
            when = clock.short(article.when, precise=article.precise)
            table.add_row(text(article.title or "–"), when, text(article.url, "dim"))
        print_table(table)


def _ask(offered: list[Candidate]) -> Candidate:
    choice = click.IntRange(1, len(offered))
    number: int = click.prompt("Which one?", type=choice, default=1, err=True)
    return offered[number - 1]


@contextmanager
def _answered() -> Iterator[None]:
    """Where nobody answers, or "n", nothing is written."""
    try:
        yield
    except click.Abort:
        click.echo(err=True)
        complain("None was chosen, and nothing written. --yes takes the first without asking.")
        click.get_current_context().exit(NO)


def _write(config: Config, chosen: Candidate, *, name: str, every: str) -> None:
    from presswatch.adding.writing import table_of, write

    table = table_of(config, chosen.url, chosen.kind, name=name, every=every)
    write(config.path, os.environ, table)
    said = f"Added the {chosen.kind} as source {table['name']!r} to {config.path}."
    out().print(text(said), soft_wrap=True)
    err().print(NOTICED)
