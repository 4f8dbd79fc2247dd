"""presswatch sources import and export: OPML, which every feed reader speaks."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from presswatch.cli.common import command, config_option, plural
from presswatch.cli.group import NO
from presswatch.cli.sourcesadd import NOTICED
from presswatch.config.load import load, read
from presswatch.console import err, out, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from presswatch.adding.opml import Outline
    from presswatch.config.records import Config


@command(
    "import",
    short="Take the sources of an OPML file into the config.",
    example="presswatch sources import feeds.opml",
    codes="""
        0  what is new in it was written into the config, be it nothing
        1  some of it cannot be a source; the rest was written
        2  the config is wrong, or there is no such file; nothing was written
        3  the file is no OPML, or the config cannot be written
    """,
)
@click.argument("file", type=click.File("rb"))
@config_option
def import_opml(*, file: BinaryIO, config: Path) -> None:
    """Add every feed of an OPML file that is no source yet, and say what became of each."""
    from presswatch.adding.opml import LARGEST, read_opml
    from presswatch.config.edit import add_tables

    loaded = load(config, os.environ)
    outlines = read_opml(file.read(LARGEST + 1))
    tables: list[dict[str, Any]] = []
    counts = {"added": 0, "known": 0, "refused": 0}
    for fate, said, table in _judged(outlines, loaded):
        counts[fate] += 1
        if table:
            tables.append(table)
        out().print(text(f"{fate}  {said}"), soft_wrap=True)
    if tables:
        add_tables(config, os.environ, "source", tables)
    summary = ", ".join(f"{number} {fate}" for fate, number in counts.items())
    out().print(f"{plural(len(outlines), 'source')}: {summary}.")
    if tables:
        err().print(NOTICED)
    if counts["refused"]:
        click.get_current_context().exit(NO)


def _judged(
    outlines: Iterable[Outline], config: Config
) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """What becomes of each outline, a sentence about it, and the table of a new source."""
    from presswatch.adding.naming import Names, same_address

    known = {same_address(source.url): source.name for source in config.sources}
    names = Names(source.name for source in config.sources)
    for outline in outlines:
        key = same_address(outline.url)
        if key in known:
            yield "known", f"{outline.url} ({known[key]})", None
            continue
        name = names.take(outline.url, outline.name)
        table, problem = _table(outline, name)
        if problem:
            yield "refused", f"{outline.url}: {problem}", None
            continue
        known[key] = name
        yield "added", f"{name}  {outline.url}", table


def _table(outline: Outline, name: str) -> tuple[dict[str, Any], str]:
    """The source's table and what is wrong with it, or ``""``."""
    from pydantic import ValidationError

    from presswatch.adding.opml import MORE
    from presswatch.config.edit import literal
    from presswatch.config.model import SourceTable
    from presswatch.config.words import problem_of

    given = {"name": name, "url": outline.url, "kind": outline.kind}
    given |= {key: getattr(outline, key) for key in MORE}
    values = {key: value for key, value in given.items() if value}
    try:
        SourceTable.model_validate(values)
    except ValidationError as error:
        problems = [problem_of(one, "", SourceTable) for one in error.errors(include_url=False)]
        return {}, "; ".join(str(one).removeprefix(".") for one in problems)
    return {key: literal(value) for key, value in values.items()}, ""


@command(
    "export",
    short="Write the sources as OPML.",
    example="presswatch sources export sources.opml",
    codes="""
        0  written
        2  the config is wrong
        3  the file could not be written
    """,
)
@click.argument("file", type=click.File("wb", atomic=True), default="-")
@config_option
def export_opml(*, file: BinaryIO, config: Path) -> None:
    """Write the sources as OPML 2.0 to a file or to standard output.

    Headers stay here, and so do addresses that take something from the environment: they may hold
    secrets. They are named on standard error.
    """
    from presswatch.adding.opml import write_opml

    file.write(write_opml(_outlines(read(config).get("source", [])), datetime.now(UTC)))


def _outlines(tables: Any) -> Iterator[Outline]:
    """From the tables as they stand, which hold no secret of the environment."""
    from presswatch.adding.opml import MORE, Outline

    for table in tables if isinstance(tables, list) else []:
        if not (isinstance(table, dict) and isinstance(table.get("url"), str)):
            continue
        name, url = str(table.get("name", "")), table["url"]
        if "${" in url.replace("$${", ""):
            err().print(text(f"left out: {name}, whose address is in the environment"))
            continue
        yield Outline(
            url=url.replace("$${", "${"),
            name=name.replace("$${", "${"),
            kind=str(table.get("kind", "auto")),
            **{key: table[key] for key in MORE if isinstance(table.get(key), str)},
        )
