"""presswatch sources list: the sources as the file has them, and as their polls left them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from presswatch.cli.common import (
    Clock,
    command,
    config_option,
    format_option,
    iso,
    reading,
)
from presswatch.config.load import outline, read
from presswatch.console import out, text
from presswatch.views import rows as row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from crawler.health import Trouble
    from crawler.ledger import SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A source as the file has it, and as its polls left it."""

    name: str
    url: str
    kind: str
    when: str
    enabled: bool
    state: str  # paused | new | failing | trouble | ok | unchanged | partial …, as polls end
    last_poll: datetime | None
    next_poll: datetime | None
    troubles: tuple[Trouble, ...] = ()  # that the self-check has found and that are not over


@dataclass(frozen=True, slots=True)
class _Known:
    """What the archive knows: both by the name of the source."""

    states: Mapping[str, SourceState] = field(default_factory=dict)
    troubles: Mapping[str, tuple[Trouble, ...]] = field(default_factory=dict)


@command(
    "list",
    short="List the sources and when they are polled.",
    example="""
        presswatch sources list
        presswatch sources list --format json | jq -r '.[] | select(.state == "failing") | .name'
        presswatch sources list --format json | jq '.[] | select(.troubles != [])'
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
    """List the sources in the order of the config, and what the self-check says of them."""
    seen = outline(config, os.environ)
    rows = list(_rows(read(config).get("source", []), _known(config)))
    if form == "json":
        click.echo(json.dumps([_as_json(row) for row in rows], ensure_ascii=False, indent=2))
    elif rows:
        _print(rows, Clock(seen.timezone))
    else:
        click.echo("No sources. `presswatch sources add URL` finds one.")


def _print(rows: Sequence[Row], clock: Clock) -> None:
    from rich.table import Table

    from presswatch.views.standing import of_trouble

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "kind", "every", "state", "last poll", "next poll", "url"):
        table.add_column(heading, overflow="fold", no_wrap=heading not in {"name", "url"})
    for row in rows:
        table.add_row(
            text(row.name), text(row.kind), text(row.when), text(row.state),
            clock.away(row.last_poll), clock.due(row.next_poll), text(row.url),
        )  # fmt: skip
    out().print(table)
    for row in rows:
        for trouble in row.troubles:
            out().print(
                text(f"! {str(of_trouble(trouble)).removeprefix('source ')}", "bold red"),
                soft_wrap=True,
            )


def _known(config: Path) -> _Known:
    """Nothing before the first start, when there is no archive."""
    from archive.errors import ArchiveMissing
    from crawler import ledger
    from crawler.health import troubles

    try:
        with reading(config) as (_, db):
            states = {state.name: state for state in ledger.states(db)}
            opened = troubles.opened(db)
    except ArchiveMissing:
        return _Known()
    return _Known(states, {name: tuple(kinds.values()) for name, kinds in opened.items()})


def _rows(tables: Any, known: _Known) -> Iterator[Row]:
    """From the tables as they stand, so that no secret need be set to list them."""
    for table in tables if isinstance(tables, list) else []:
        if not (isinstance(table, dict) and isinstance(table.get("name"), str)):
            continue
        enabled = table.get("enabled") is not False
        state = known.states.get(table["name"])
        troubles = known.troubles.get(table["name"], ()) if enabled else ()
        yield Row(
            name=table["name"],
            url=str(table.get("url", "")),
            kind=str(table.get("kind", "auto")),
            when=_when(table),
            enabled=enabled,
            state=_word(state, troubled=bool(troubles)) if enabled else "paused",
            last_poll=state.last_poll if state else None,
            next_poll=state.next_poll if state and enabled else None,
            troubles=troubles,
        )


def _when(table: Mapping[str, Any]) -> str:
    """As `check` says it."""
    if cron := table.get("cron"):
        return f"cron {cron}"
    if "every_min" in table or "every_max" in table:
        return f"{table.get('every_min')} to {table.get('every_max')}"
    return str(table.get("every", "15m"))


def _word(state: SourceState | None, *, troubled: bool) -> str:
    if state is None or state.last_poll is None:
        return "new"
    return "failing" if state.failures else "trouble" if troubled else state.last_outcome


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
        "troubles": [row_of.trouble(trouble) for trouble in row.troubles],
    }
