"""What several commands share: options, the archive opened for reading, times for people."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from presswatch.clock import Clock, iso, plural
from presswatch.config.load import Outline, outline
from presswatch.console import err
from presswatch.units import parse_duration, parse_since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlite_utils import Database


#: What all commands use of it is imported from here.
__all__ = ["Clock", "Since", "Span", "command", "config_option", "format_option", "iso",
           "no_config_option", "plural", "progress", "reading", "since_option",
           "waiting"]  # fmt: skip

PATIENCE = 2.0  # seconds in which nobody asks what is going on
REDRAW = 0.2


def command(
    name: str, *, example: str, codes: str, short: str | None = None
) -> Callable[[Callable[..., Any]], click.Command]:
    """A command whose help ends with an example and its exit codes, one a line."""
    parts = ["\b\nExample:"]
    parts += [f"  {line.strip()}" for line in example.strip().splitlines()]
    parts += ["", "\b", "Exit codes:"]
    parts += [f"  {line.strip()}" for line in codes.strip().splitlines()]
    return click.command(name, epilog="\n".join(parts), short_help=short)


config_option = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    default="config.toml",
    show_default=True,
    envvar="PRESSWATCH_CONFIG",
    metavar="FILE",
    help="The config file; also taken from PRESSWATCH_CONFIG.",
)


format_option = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


#: For commands that read no config: whoever wraps presswatch may pass it everywhere.
no_config_option = click.option(
    "--config",
    type=click.Path(),
    expose_value=False,
    metavar="FILE",
    help="Taken as by every command, and not read by this one.",
)


if TYPE_CHECKING:
    _Moment = click.ParamType[datetime]
    _Span = click.ParamType[timedelta]
else:
    _Moment = _Span = click.ParamType


class Span(_Span):
    """So long: "30s", "15m"."""

    name = "30s|15m|2h"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        try:
            return value if isinstance(value, timedelta) else parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Since(_Moment):
    """A moment: so long ago ("7d"), or a date ("2026-05-01")."""

    name = "7d|DATE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            return value if isinstance(value, datetime) else parse_since(value, datetime.now(UTC))
        except ValueError as error:
            self.fail(str(error), param, ctx)


since_option = click.option(
    "--since",
    type=Since(),
    metavar="7d|DATE",
    help='Only what is younger: "7d", "12h", or a date, "2026-05-01".',
)


@contextmanager
def reading(config: Path) -> Iterator[tuple[Outline, Database]]:
    """The config's outline and its archive, read-only.

    Raises ConfigError, and ArchiveMissing saying how an archive comes about.
    """
    from archive.connection import open_for_reading
    from archive.errors import ArchiveMissing

    seen = outline(config, os.environ)
    try:
        db = open_for_reading(seen.archive_path)
    except ArchiveMissing as error:
        hint = "`presswatch run` makes it when it starts"
        raise ArchiveMissing(str(seen.archive_path), cause=error.cause, hint=hint) from None
    try:
        yield seen, db
    finally:
        db.close()


@contextmanager
def progress(what: str, wanted: bool = True) -> Iterator[Callable[[], None]]:
    """A function to call for every thing done; the terminal shows how many, after two seconds.

    Nothing is shown where standard error is no terminal.
    """
    console = err()
    if not (wanted and console.is_terminal):
        yield lambda: None
        return
    begun, done, shown = monotonic(), 0, 0.0

    def advance() -> None:
        nonlocal done, shown
        done += 1
        now = monotonic()
        if now - begun > PATIENCE and now - shown > REDRAW:
            shown = now
            status.start()
            status.update(f"{what}: {done}")

    status = console.status(what)
    try:
        yield advance
    finally:
        status.stop()


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say on a terminal what is being waited for, once it has taken two seconds."""
    console = err()
    if not console.is_terminal:
        yield
        return
    status = console.status(what)
    timer = Timer(PATIENCE, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()
