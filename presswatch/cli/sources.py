"""presswatch sources: list, test, pause, resume; `add`, `import` and `export` have their files."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from presswatch.cli.common import Clock, command, config_option, iso, plural, reading, waiting
from presswatch.cli.group import NO, complain
from presswatch.cli.sourcesadd import RESTART, add
from presswatch.cli.sourcesopml import export_opml, import_opml
from presswatch.config import load, outline, read
from presswatch.console import out, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from crawler.ledger import SourceState
    from crawler.listing import Listed
    from crawler.source import Source
    from presswatch.config import Config

format_option = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@click.group(short_help="Find, list, try and pause sources.")
def sources() -> None:
    """The sources of the config: find new ones, see how they fare, switch them off and on.

    What these commands write into the config file leaves every other byte of it as it was.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A source as the file has it, and as its polls left it."""

    name: str
    url: str
    kind: str
    when: str
    enabled: bool
    state: str  # paused | new | failing | ok | unchanged | partial …, as polls end
    last_poll: datetime | None
    next_poll: datetime | None


@command(
    "list",
    short="List the sources and when they are polled.",
    example="""
        presswatch sources list
        presswatch sources list --format json | jq -r '.[] | select(.state == "failing") | .name'
    """,
    codes="""
        0  listed
        2  the config is wrong
        3  the archive could not be read
    """,
)
@format_option
@config_option
def list_(*, form: str, config: Path) -> None:
    """List the sources in the order of the config."""
    seen = outline(config, os.environ)
    rows = list(_rows(read(config).get("source", []), _states(config)))
    if form == "json":
        click.echo(json.dumps([_as_json(row) for row in rows], ensure_ascii=False, indent=2))
        return
    from rich.table import Table

    clock = Clock(seen.timezone)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "kind", "every", "state", "last poll", "next poll", "url"):
        table.add_column(heading, overflow="fold", no_wrap=heading not in {"name", "url"})
    for row in rows:
        table.add_row(
            text(row.name), text(row.kind), text(row.when), text(row.state),
            clock.away(row.last_poll), clock.away(row.next_poll), text(row.url),
        )  # fmt: skip
    if rows:
        out().print(table)
    else:
        click.echo("No sources. `presswatch sources add URL` finds one.")


def _states(config: Path) -> dict[str, SourceState]:
    """By name; none before the first start, when there is no archive."""
    from archive.errors import ArchiveMissing
    from crawler import ledger

    try:
        with reading(config) as (_, db):
            return {state.name: state for state in ledger.states(db)}
    except ArchiveMissing:
        return {}


def _rows(tables: Any, states: dict[str, SourceState]) -> Iterator[Row]:
    """From the tables as they stand, so that no secret need be set to list them."""
    for table in tables if isinstance(tables, list) else []:
        if not (isinstance(table, dict) and isinstance(table.get("name"), str)):
            continue
        enabled = table.get("enabled") is not False
        state = states.get(table["name"])
        cron = table.get("cron")
        yield Row(
            name=table["name"],
            url=str(table.get("url", "")),
            kind=str(table.get("kind", "auto")),
            when=f"cron {cron}" if cron else str(table.get("every", "15m")),
            enabled=enabled,
            state=_word(state) if enabled else "paused",
            last_poll=state.last_poll if state else None,
            next_poll=state.next_poll if state and enabled else None,
        )


def _word(state: SourceState | None) -> str:
    if state is None or state.last_poll is None:
        return "new"
    return "failing" if state.failures else state.last_outcome


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": row.url,
        "kind": row.kind,
        "every": row.when,
        "enabled": row.enabled,
        "state": row.state,
        "last_poll": iso(row.last_poll),
        "next_poll": iso(row.next_poll),
    }


@command(
    "test",
    short="Show what a source lists now; nothing is archived.",
    example="presswatch sources test cnipa",
    codes="""
        0  it lists articles
        1  it failed, or lists nothing
        2  the config is wrong, or has no such source
    """,
)
@click.argument("name")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@format_option
@config_option
def test(*, name: str, limit: int, form: str, config: Path) -> None:
    """Ask a source for its list, enabled or not, and show it in the source's order."""
    from crawler.errors import CrawlError
    from presswatch import logs

    loaded = load(config, os.environ)
    source = _choose(loaded, name)
    logs.set_up(level=logging.ERROR)
    try:
        with waiting(f"Asking {source.name}"):
            listed = asyncio.run(_ask(loaded, source))
    except (CrawlError, TimeoutError) as error:
        complain(str(error) or f"no list within {loaded.fetch.poll_limit.total_seconds():g} s")
        click.get_current_context().exit(NO)
    links = listed.links[:limit]
    if form == "json":
        rows = [{"title": one.title, "published": one.published, "url": one.url} for one in links]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        _show(listed, limit)
    if listed.failure is not None:
        complain(str(listed.failure))
    if not links:
        click.get_current_context().exit(NO)


async def _ask(config: Config, source: Source) -> Listed:
    from crawler.listing import list_source
    from crawler.transport import Transport
    from spiders.kinds import KINDS

    transport = Transport(config.fetch)
    await transport.start()
    try:
        async with asyncio.timeout(config.fetch.poll_limit.total_seconds()):
            return await list_source(transport, KINDS[source.kind], source, {})
    finally:
        await transport.stop()


def _show(listed: Listed, limit: int) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("title", overflow="fold", ratio=3)
    table.add_column("date", overflow="fold", ratio=1)
    table.add_column("url", overflow="fold", ratio=3)
    for link in listed.links[:limit]:
        table.add_row(text(link.title or "–"), text(link.published or "–"), text(link.url, "dim"))
    if listed.links:
        out().print(table)
    more = f", {limit} shown" if len(listed.links) > limit else ""
    asked = plural(listed.requests, "request")
    out().print(f"{plural(len(listed.links), 'link')}{more}; {asked}. Nothing was archived.")


def _choose(config: Config, name: str) -> Source:
    for source in config.sources:
        if source.name == name:
            return source
    raise _no_source(config.path, name, [source.name for source in config.sources])


def _no_source(config: Path, name: str, names: list[str]) -> click.BadParameter:
    from presswatch.values import did_you_mean

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


def _switch(config: Path, name: str, *, on: bool) -> None:
    from presswatch.configedit import set_value

    known = dict(outline(config, os.environ).sources)
    word = "on" if on else "paused"
    if known.get(name) is on:
        click.echo(f"The source {name!r} is {word} already.")
        return
    with _named(config, name, list(known)):
        set_value(config, os.environ, "source", name, key="enabled", value=on)
    click.echo(f"The source {name!r} is {word} in {config}. {RESTART}")


@contextmanager
def _named(config: Path, name: str, names: list[str]) -> Iterator[None]:
    try:
        yield
    except KeyError:
        raise _no_source(config, name, names) from None


for one in (add, list_, test, pause, resume, import_opml, export_opml):
    sources.add_command(one)
