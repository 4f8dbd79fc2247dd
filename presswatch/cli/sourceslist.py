"""presswatch sources list: the sources as the file has them, and as their polls left them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
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
from presswatch.console import out, print_table, text
from presswatch.views import rows as row_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from presswatch.views.standing import SourceStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A source as the file has it, and as its polls left it."""

    name: str
    url: str
    kind: str
    when: str
    standing: SourceStanding


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
    tables = [table for table in _tables(read(config)) if isinstance(table.get("name"), str)]
    known = _known(config, [(str(t["name"]), t.get("enabled") is not False) for t in tables])
    rows = [_row(table, one) for table, one in zip(tables, known, strict=True)]
    if form == "json":
        click.echo(json.dumps([_as_json(row) for row in rows], ensure_ascii=False, indent=2))
    elif rows:
        _print(rows, Clock(seen.timezone))
    else:
        click.echo("No sources. `presswatch sources add URL` finds one.")


def _print(rows: Sequence[Row], clock: Clock) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "kind", "every", "state", "last poll", "next poll", "url"):
        table.add_column(heading, overflow="fold", no_wrap=heading not in {"name", "url"})
    for row in rows:
        table.add_row(
            text(row.name), text(row.kind), text(row.when), text(row.standing.word),
            clock.away(_last(row)), clock.due(_next(row)), text(row.url),
        )  # fmt: skip
    print_table(table)
    for row in rows:
        for concern in row.standing.concerns():
            said = str(concern).removeprefix("source ")
            out().print(text(f"! {said}", "bold red"), soft_wrap=True)


def _known(config: Path, named: list[tuple[str, bool]]) -> tuple[SourceStanding, ...]:
    """As the archive has them; of none anything before the first start, when there is none."""
    from archive.errors import ArchiveMissing
    from presswatch.views.standing import SourceStanding, sources

    try:
        with reading(config) as (_, db):
            return sources(db, named)[0]
    except ArchiveMissing:
        return tuple(SourceStanding(name=name, enabled=on, state=None) for name, on in named)


def _tables(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """As they stand, so that no secret need be set to list them."""
    tables = document.get("source", [])
    return [t for t in tables if isinstance(t, dict)] if isinstance(tables, list) else []


def _row(table: Mapping[str, Any], standing: SourceStanding) -> Row:
    return Row(
        name=standing.name,
        url=str(table.get("url", "")),
        kind=str(table.get("kind", "auto")),
        when=_when(table),
        standing=standing,
    )


def _last(row: Row) -> datetime | None:
    return row.standing.state.last_poll if row.standing.state else None


def _next(row: Row) -> datetime | None:
    """None of one that is paused, whatever was planned."""
    state = row.standing.state
    return state.next_poll if state and row.standing.enabled else None


def _when(table: Mapping[str, Any]) -> str:
    """As `check` says it."""
    if cron := table.get("cron"):
        return f"cron {cron}"
    if "every_min" in table or "every_max" in table:
        return f"{table.get('every_min')} to {table.get('every_max')}"
    return str(table.get("every", "15m"))


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": row.url,
        "kind": row.kind,
        "every": row.when,
        "enabled": row.standing.enabled,
        "state": row.standing.word,
        "last_poll": iso(_last(row)),
        "next_poll": iso(_next(row)),
        "troubles": [row_of.trouble(one) for one in row.standing.troubles if row.standing.enabled],
    }
