"""presswatch init, check and version."""

from __future__ import annotations

import os
from importlib import resources
from typing import TYPE_CHECKING

import click

from presswatch import __version__
from presswatch.cli.common import command, config_option, no_config_option, plural
from presswatch.cli.group import NO, complain
from presswatch.config.load import load
from presswatch.console import err, out, print_table, text
from presswatch.units import say_duration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.source import Source
    from presswatch.config.records import Config


@command(
    "init",
    example="presswatch init && $EDITOR config.toml",
    codes="""
        0  the file was written
        1  there is one already; it was left as it is
        3  it could not be written
    """,
)
@config_option
def init(config: Path) -> None:
    """Write a commented config file to begin with; never over one that exists."""
    template = resources.files("presswatch").joinpath("template.toml").read_text(encoding="utf-8")
    try:
        file = config.open("x", encoding="utf-8")
    except FileExistsError:
        complain(f"{config} is here already; it was left as it is.")
        click.get_current_context().exit(NO)
    try:
        with file:
            file.write(template)
    except OSError as error:  # half a config would be in the way of the next try
        config.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(config)) from error
    where = "" if str(config) == "config.toml" else f" --config {config}"
    click.echo(f"Wrote {config}. Edit it, then: presswatch check{where}")


@command(
    "check",
    example="""
        presswatch check
        presswatch check --online
    """,
    codes="""
        0  the config can be used (warnings do not count)
        1  with --online: a source or a channel does not work
        2  the config is wrong; every problem is named
    """,
)
@click.option(
    "--online", is_flag=True,
    help="Ask every source for its listing and every channel whether it answers. A webhook gets"
    " a signed test message; nothing is archived.",
)  # fmt: skip
@config_option
def check(config: Path, *, online: bool) -> None:
    """Verify the config, all of it, and show what it says."""
    checked = load(config, os.environ)
    for warning in checked.warnings:
        err().print(text(f"warning: {warning}"), style="yellow", soft_wrap=True)
    if online:
        from presswatch.cli.online import try_all

        if not try_all(checked):
            click.get_current_context().exit(NO)
        return
    _show(checked)


def _when(source: Source) -> str:
    if source.cron:
        return f"cron {source.cron}"
    least = source.every_min
    between = "" if least is None else f"{say_duration(least)} to "
    return f"every {between}{say_duration(source.every)}"


def _lines(config: Config) -> Iterator[tuple[str, str, str, str]]:
    """What there is, as: source, channel or rule; name; kind; when or where."""
    from alerts.channel import TYPES

    for source in config.sources:
        when = f"{_when(source)} ({source.timezone})" if source.enabled else "off"
        yield "source", source.name, source.kind, f"{when}  {source.url}"
    for channel in config.channels:
        yield "channel", channel.name, TYPES[type(channel)], "on"
    for name in config.disabled_channels:
        yield "channel", name, "", "off (enabled = false)"
    for rule in config.rules:
        whom = ", ".join(rule.channels) or "nobody"
        said = f"tells {whom}: {' '.join(rule.query.text.split())}"
        yield "rule", rule.name, f"on {rule.on}", said


def _show(config: Config) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "name", "what", "when or where"):
        table.add_column(heading, overflow="fold")
    for what, name, kind, said in _lines(config):
        table.add_row(what, text(name), kind, text(said))
    if table.row_count:
        print_table(table)
    counts = [
        plural(len(config.sources), "source"),
        plural(len(config.channels), "enabled channel"),
        plural(len(config.rules), "rule"),
        plural(len(config.warnings), "warning"),
    ]
    out().print(f"The config can be used: {', '.join(counts)}.")
    out().print(text(f"Archive: {config.archive_path}"), soft_wrap=True)
    if not config.sources:
        err().print("Nothing is watched yet: `presswatch sources add URL` finds a site's feed.")


@command(
    "version",
    example="presswatch version",
    codes="0  always",
)
@no_config_option
def version() -> None:
    """Print the version of presswatch and of what it stands on."""
    import platform
    import sqlite3

    from archive.fold import fold_version

    click.echo(f"presswatch {__version__}")
    click.echo(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    click.echo(f"fold {fold_version()}")
