"""presswatch export."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from presswatch.cli.common import command, config_option, plural, progress, reading, since_option
from presswatch.console import err

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime


@command(
    "export",
    example="""
        presswatch export > articles.jsonl
        presswatch export --format csv --bom --since 30d --output articles.csv
    """,
    codes="""
        0  written (also if there are no articles)
        2  the command or the config is wrong
        3  the archive could not be read, or the file not written
    """,
)
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True
)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write to this file, which appears only when it is complete.",
)  # fmt: skip
@click.option("--bom", is_flag=True, help="Begin with the mark by which Excel knows UTF-8.")
@since_option
@config_option
def export(
    *, form: str, output: Path | None, bom: bool, since: datetime | None, config: Path
) -> None:
    """Write every article out: a line each, with id, url, title, text, times, story and copies.

    Times are ISO 8601 with their offset. Cells of CSV that a spreadsheet would run are escaped.
    """
    from archive.export import export_rows, write_csv, write_jsonl

    write = write_csv if form == "csv" else write_jsonl
    with (
        reading(config) as (_, db),
        _opened(output) as out,
        progress("Writing articles", wanted=output is not None) as advance,
    ):
        if bom:
            out.write("\ufeff")
        written = write(_counted(export_rows(db, since), advance), out)
    if output is not None:
        err().print(f"Wrote {plural(written, 'article')} to {output}.", soft_wrap=True)


def _counted(
    rows: Iterable[dict[str, Any]], advance: Callable[[], None]
) -> Iterator[dict[str, Any]]:
    for row in rows:
        advance()
        yield row


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that is put in place when it is complete."""
    if output is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # for programs, whatever the locale says
        yield sys.stdout
        return
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(output)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(output)) from error
    finally:
        part.unlink(missing_ok=True)
