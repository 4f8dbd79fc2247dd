"""presswatch poll."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import command, config_option, waiting
from presswatch.cli.group import NO
from presswatch.config.load import load
from presswatch.console import err, out, print_table, text
from presswatch.units import say_duration

if TYPE_CHECKING:
    from pathlib import Path

    from archive.store import Archive
    from crawler.source import PollReport, Source
    from presswatch.config.records import Config


@command(
    "poll",
    example="presswatch poll cnipa",
    codes="""
        0  polled (also if nothing was new)
        1  the poll failed; the reason is shown and kept
        2  the config is wrong, or has no such source
        3  it could not be polled: another poll of it is under way, or no archive to write to
    """,
)
@click.argument("source")
@click.option("--verbose", is_flag=True, help="Log what happens while it happens.")
@config_option
def poll(*, source: str, verbose: bool, config: Path) -> None:
    """Poll one source once, enabled or not, and show what became of every page that it listed.

    What is new is archived. Rules and deliveries are the service's: it takes them up at once if
    it runs, else when it is started.
    """
    from presswatch.process import logs

    loaded = load(config, os.environ)
    chosen = _choose(loaded, source)
    logs.set_up(verbose=verbose, level=logging.ERROR)
    with waiting(f"Polling {chosen.name}"):
        report, alive = asyncio.run(_poll(loaded, chosen))
    _show(report)
    _say_what_follows(report, alive=alive)
    if report.outcome == "failed":
        click.get_current_context().exit(NO)


def _choose(config: Config, name: str) -> Source:
    from presswatch.config.values import did_you_mean

    for source in config.sources:
        if source.name == name:
            return source
    near = did_you_mean(name, [source.name for source in config.sources])
    raise click.BadParameter(f"{config.path} has no source {name!r}{near}", param_hint="SOURCE")


async def _poll(config: Config, source: Source) -> tuple[PollReport, bool]:
    """The report, and whether a service is there to match what was found."""
    from archive.heartbeat import heartbeat
    from archive.store import Archive
    from presswatch.polling.assembly import open_engine
    from presswatch.views.standing import alive

    archive = Archive.open(config.archive_path)
    try:
        await _let_go_of_the_dead(archive, config.archive_path)
        async with open_engine(config.fetch, archive) as opened:
            report = await opened.engine.poll(source, owner=f"poll {os.getpid()}")
        beat = await archive.read(heartbeat)
    finally:
        await asyncio.to_thread(archive.close)
    return report, alive(beat, datetime.now(UTC))


async def _let_go_of_the_dead(archive: Archive, path: Path) -> None:
    """Free the sources that a service was polling when it was killed, where none runs now.

    Nobody else would for ten minutes, until the next start.
    """
    from archive.errors import ArchiveError
    from archive.store import ServiceLock
    from crawler import ledger

    with suppress(ArchiveError), ServiceLock(path, patience=0):
        await archive.write(lambda db: ledger.free_leases(db, "service "))


def _show(report: PollReport) -> None:
    from rich.table import Table

    if report.pages:
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("", no_wrap=True)
        table.add_column("id", justify="right", no_wrap=True)
        table.add_column("page", ratio=1, overflow="fold")
        for page in report.pages:
            cell = text(page.title or page.url, "bold" if page.outcome == "new" else "")
            if page.title:
                cell.append("\n").append(text(page.url, "dim"))
            if page.reason and page.outcome != "new":
                cell.append("\n").append(text(page.reason, "dim"))
            table.add_row(page.outcome or page.fate, str(page.article or ""), cell)
        print_table(table)
    kinds = ("new", "revised", "copy", "same", "dropped", "failed")
    counts = [f"{report.count(kind)} {kind}" for kind in kinds if report.count(kind)]
    counts.insert(0, f"{report.found or 0} listed")
    line = f"{report.source}: {report.outcome}, {', '.join(counts)}; {say_duration(report.took)}"
    out().print(text(line), soft_wrap=True)
    if report.reason:
        err().print(text(report.reason), style="yellow", soft_wrap=True)


def _say_what_follows(report: PollReport, *, alive: bool) -> None:
    if not (report.count("new") or report.count("revised") or report.count("copy")):
        return
    if alive:
        err().print("The service matches and delivers what is new.", style="dim")
    else:
        err().print("No service runs: what is new is matched once `presswatch run` does.")
