"""presswatch sources: test, pause, resume, remove; the others have files of their own."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from presswatch.cli.common import command, config_option, format_option, plural, waiting
from presswatch.cli.group import NO, complain
from presswatch.cli.sourcesadd import NOTICED, add
from presswatch.cli.sourceslist import list_
from presswatch.cli.sourcesopml import export_opml, import_opml
from presswatch.config.load import load, outline
from presswatch.console import out, print_table, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crawler.listing import Listed
    from crawler.source import Link, Source
    from presswatch.cli.sourcesparts import Looked
    from presswatch.config.records import Config


@click.group()
def sources() -> None:
    """The sources of the config: find new ones, see how they fare, switch them off and on.

    What these commands write into the config file leaves every other byte of it as it was.
    """


@command(
    "test",
    short="Show what a source lists now; nothing is archived.",
    example="presswatch sources test cnipa",
    codes="""
        0  it lists articles
        1  it failed, lists nothing, or its `text` matched nothing on any page
        2  the config is wrong, or has no such source
    """,
)
@click.argument("name")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@format_option
@config_option
def test(*, name: str, limit: int, form: str, config: Path) -> None:
    """Ask a source for its list, enabled or not, and show it in the source's order.

    Where it has `text`, `drop` or `ignore_lines`, its first pages are read, and what these did to
    them is shown.
    """
    from crawler.errors import CrawlError
    from presswatch.cli import sourcesparts
    from presswatch.process import logs

    loaded = load(config, os.environ)
    source = _choose(loaded, name)
    logs.set_up(level=logging.ERROR)
    try:
        with waiting(f"Asking {source.name}"):
            listed, looked = asyncio.run(_ask(loaded, source, limit))
    except (CrawlError, TimeoutError) as error:
        complain(str(error) or f"no list within {loaded.fetch.poll_limit.total_seconds():g} s")
        click.get_current_context().exit(NO)
    links = listed.links[:limit]
    if form == "json":
        click.echo(json.dumps(_rows(links, looked), ensure_ascii=False, indent=2))
    else:
        _show(listed, limit)
        sourcesparts.show(looked)
    for said in filter(None, (listed.failure, sourcesparts.complaint(looked))):
        complain(str(said))
    if not links or sourcesparts.failed(looked):
        click.get_current_context().exit(NO)


async def _ask(config: Config, source: Source, most: int) -> tuple[Listed, list[Looked]]:
    """What it lists, and what is read of the first pages where it says how."""
    from crawler.fetch.transport import Transport
    from crawler.listing import list_source
    from presswatch.cli.sourcesparts import look
    from spiders.kinds import KINDS

    limit = config.fetch.poll_limit.total_seconds()
    async with Transport(config.fetch) as transport, asyncio.timeout(limit):
        listed = await list_source(transport, KINDS[source.kind], source, {})
        return listed, await look(transport, config.fetch, source, listed.links[:most])


def _rows(links: Sequence[Link], looked: Sequence[Looked]) -> list[dict[str, Any]]:
    from presswatch.cli.sourcesparts import row

    read = {one.link.url: {"read": row(one)} for one in looked}
    return [
        {"title": one.title, "published": one.published, "url": one.url} | read.get(one.url, {})
        for one in links
    ]


def _show(listed: Listed, limit: int) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("title", overflow="fold", ratio=3)
    table.add_column("date", overflow="fold", ratio=1)
    table.add_column("url", overflow="fold", ratio=3)
    for link in listed.links[:limit]:
        table.add_row(text(link.title or "–"), text(link.published or "–"), text(link.url, "dim"))
    if listed.links:
        print_table(table)
    more = f", {limit} shown" if len(listed.links) > limit else ""
    asked = plural(listed.requests, "request")
    out().print(f"{plural(len(listed.links), 'link')}{more}; {asked}. Nothing was archived.")


def _choose(config: Config, name: str) -> Source:
    for source in config.sources:
        if source.name == name:
            return source
    raise _no_source(config.path, name, [source.name for source in config.sources])


def _no_source(config: Path, name: str, names: list[str]) -> click.BadParameter:
    from presswatch.config.values import did_you_mean

    message = f"{config} has no source {name!r}{did_you_mean(name, names)}"
    return click.BadParameter(message, param_hint="NAME")


@command(
    "pause",
    short="Poll a source no more, until it is resumed.",
    example="presswatch sources pause cnipa",
    codes="""
        0  the source is paused, or was before
        2  the config is wrong, or has no such source; nothing was written
        3  the config could not be written
    """,
)
@click.argument("name")
@config_option
def pause(*, name: str, config: Path) -> None:
    """Write `enabled = false` into the source's table. What it brought stays in the archive."""
    _switch(config, name, on=False)


@command(
    "resume",
    short="Poll a paused source again.",
    example="presswatch sources resume cnipa",
    codes="""
        0  the source is polled again, or was not paused
        2  the config is wrong, or has no such source; nothing was written
        3  the config could not be written
    """,
)
@click.argument("name")
@config_option
def resume(*, name: str, config: Path) -> None:
    """Write `enabled = true` into the source's table."""
    _switch(config, name, on=True)


@command(
    "remove",
    short="Take a source out of the config.",
    example="presswatch sources remove cnipa",
    codes="""
        0  the source is out of the config
        2  the config is wrong, or would be; or it has no such source; nothing was written
        3  the config could not be written
    """,
)
@click.argument("name")
@config_option
def remove(*, name: str, config: Path) -> None:
    """Take the source's table out of the config file; what it brought stays in the archive.

    To poll it no more for a while, `pause` it.
    """
    from presswatch.config.edit import remove_table

    known = dict(outline(config, os.environ).sources)
    with _named(config, name, list(known)):
        remove_table(config, os.environ, "source", name)
    click.echo(f"The source {name!r} is out of {config}. {NOTICED}")


def _switch(config: Path, name: str, *, on: bool) -> None:
    from presswatch.config.edit import set_value

    known = dict(outline(config, os.environ).sources)
    word = "on" if on else "paused"
    if known.get(name) is on:
        click.echo(f"The source {name!r} is {word} already.")
        return
    with _named(config, name, list(known)):
        set_value(config, os.environ, "source", name, key="enabled", value=on)
    click.echo(f"The source {name!r} is {word} in {config}. {NOTICED}")


@contextmanager
def _named(config: Path, name: str, names: list[str]) -> Iterator[None]:
    try:
        yield
    except KeyError:
        raise _no_source(config, name, names) from None


for one in (add, list_, test, pause, resume, remove, import_opml, export_opml):
    sources.add_command(one)
