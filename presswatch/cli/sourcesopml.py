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
    from pathlib import Path
    from typing import BinaryIO

    from presswatch.adding.transfer import Judged


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
    from presswatch.adding.transfer import judged
    from presswatch.config.edit import add_tables

    loaded = load(config, os.environ)
    outlines = read_opml(file.read(LARGEST + 1))
    tables: list[dict[str, Any]] = []
    counts = {"added": 0, "known": 0, "refused": 0}
    for one in judged(outlines, loaded):
        counts[one.fate] += 1
        if one.table:
            tables.append(one.table)
        out().print(text(f"{one.fate}  {_said(one)}"), soft_wrap=True)
    if tables:
        add_tables(config, os.environ, "source", tables)
    summary = ", ".join(f"{number} {fate}" for fate, number in counts.items())
    out().print(f"{plural(len(outlines), 'source')}: {summary}.")
    if tables:
        err().print(NOTICED)
    if counts["refused"]:
        click.get_current_context().exit(NO)


def _said(one: Judged) -> str:
    if one.fate == "added":
        return f"{one.name}  {one.url}"
    return f"{one.url} ({one.name})" if one.name else f"{one.url}: {one.problem}"


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
    from presswatch.adding.transfer import outlines_of

    left_out: list[str] = []
    outlines = list(outlines_of(read(config).get("source", []), left_out))
    file.write(write_opml(outlines, datetime.now(UTC)))
    if file.name != "<stdout>":
        err().print(text(f"Wrote {plural(len(outlines), 'source')} to {file.name}."))
    for name in left_out:
        err().print(text(f"left out: {name}, whose address is in the environment"))
