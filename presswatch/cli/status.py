"""presswatch status."""

from __future__ import annotations

import json
import os
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import Clock, command, config_option, reading
from presswatch.cli.group import NO, complain
from presswatch.config.load import outline
from presswatch.console import out, print_table, text
from presswatch.errors import ConfigError, ConfigMissing
from presswatch.units import say_size
from presswatch.views import rows as row_of
from presswatch.views.mutewords import mute_lines
from presswatch.views.standing import Standing, alive, attention, gather

if TYPE_CHECKING:
    from pathlib import Path

    from presswatch.config.load import Outline
    from presswatch.views.standing import Concern, SourceStanding

#: More sources than this are listed only where something is wrong, or with --all.
MANY = 50


@command(
    "status",
    example="""
        presswatch status
        presswatch status --json | jq '.sources[] | select(.failures > 0)'
        presswatch status --live
    """,
    codes="""
        0  all is well; with --live: the service gave a sign of life within a minute
        1  something needs attention; with --live: it gave none
        2  the config is wrong
        3  the archive could not be read
    """,
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--live", is_flag=True, help="Ask only if the service lives, for container health.")
@click.option("--all", "every", is_flag=True, help=f"Every source, also of more than {MANY}.")
@config_option
def status(*, as_json: bool, live: bool, every: bool, config: Path) -> None:
    """Show how everything stands, and say what somebody should look at."""
    if live:
        lives = _lives(config)
        click.echo("alive" if lives else "no sign of life from the service")
        click.get_current_context().exit(0 if lives else NO)
    seen = _outlined(config)
    standing = _standing(config, seen)
    troubles = attention(standing)
    if as_json:
        click.echo(json.dumps(row_of.status(standing, troubles), ensure_ascii=False, indent=2))
    else:
        _print(standing, troubles, seen, every=every)
    if troubles:
        click.get_current_context().exit(NO)


def _lives(config: Path) -> bool:
    """Also while the config is wrong: the service goes on by the one that it has read."""
    from archive.connection import open_for_reading
    from archive.errors import ArchiveMissing
    from archive.heartbeat import heartbeat
    from presswatch.config.ruins import archive_of

    try:
        with closing(open_for_reading(archive_of(config, os.environ))) as db:
            return alive(heartbeat(db), datetime.now(UTC))
    except ArchiveMissing:
        return False


def _outlined(config: Path) -> Outline:
    """Raises ConfigError, after saying what runs meanwhile."""
    try:
        return outline(config, os.environ)
    except ConfigMissing:
        raise
    except ConfigError:
        with suppress(ConfigError):
            if _lives(config):
                complain("The service runs on, by the config that it read before.")
        raise


def _standing(config: Path, seen: Outline) -> Standing:
    """Also before the first start, when there is no archive and nothing to tell."""
    from archive.errors import ArchiveMissing
    from archive.lock import holder
    from presswatch.views.standing import SourceStanding

    now = datetime.now(UTC)
    try:
        with reading(config) as (_, db):
            return gather(db, seen, now)
    except ArchiveMissing:
        sources = (SourceStanding(name=n, enabled=on, state=None) for n, on in seen.sources)
        alerts = {"due": 0, "delivered": 0, "dead": 0}
        return Standing(
            now=now, beat=None, sources=tuple(sources), channels=(), alerts=alerts, dead=(),
            holder=holder(seen.archive_path),
        )  # fmt: skip


def _print(standing: Standing, troubles: list[Concern], seen: Outline, *, every: bool) -> None:
    console, clock = out(), Clock(seen.timezone)
    beat = standing.beat
    if standing.holder:
        console.print(f"service   no sign of life; process {standing.holder} holds the archive")
    elif beat is None:
        console.print("service   has never run")
    elif standing.alive:
        since = clock.time(beat.started)
        console.print(f"service   running since {since}, process {beat.pid}, {beat.version}")
    elif beat.ended is not None:
        console.print(f"service   stopped in order {clock.time(beat.ended)}")
    else:
        console.print(f"service   not running; last seen {clock.time(beat.at)}")
    _config(standing, clock)
    console.print(text(f"archive   {seen.archive_path}{_sizes(standing)}"), soft_wrap=True)
    counts = standing.alerts
    some = (state for state in ("collected", "muted") if counts.get(state))
    more = "".join(f", {counts[state]} {state}" for state in some)
    said = "alerts    {due} waiting, {delivered} delivered, {dead} dead".format(**counts)
    console.print(said + more)
    for line in mute_lines(standing.mutes, clock):
        console.print(text(f"muted     {line}"), soft_wrap=True)
    _sources(standing, clock, every=every)
    _channels(standing, clock)
    console.print()
    for trouble in troubles:
        console.print(text(f"! {trouble}", "bold red"), soft_wrap=True)
    if not troubles:
        console.print("All is well.", style="green")


def _config(standing: Standing, clock: Clock) -> None:
    """Which config counts, and what its last change came to."""
    note = standing.config
    if note is not None:
        said = "; ".join(f"{subject}: {words}" for subject, words in note.changed)
        changed = f"changed ({said})" if said else "read"
        out().print(text(f"config    {changed} {clock.time(note.read)}"), soft_wrap=True)


def _sizes(standing: Standing) -> str:
    if standing.size is None or standing.room is None:
        return "; not there yet"
    return f", {say_size(standing.size.used)}; {say_size(standing.room)} free on its disk"


def _sources(standing: Standing, clock: Clock, *, every: bool) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("source", "last poll", "outcome", "next poll", "remark"):
        table.add_column(heading, overflow="fold", no_wrap=heading not in {"source", "remark"})
    shown = [one for one in standing.sources if every or not _boring(standing, one)]
    for one in shown:
        state = one.state
        if not one.enabled:
            table.add_row(text(one.name), "", "off", "", "")
        elif state is None or state.last_poll is None:
            following = clock.due(state.next_poll) if state else "–"
            table.add_row(text(one.name), "–", "", following, "")
        else:
            failed = f"failed {state.failures}×: " if state.failures > 1 else ""
            table.add_row(
                text(one.name), clock.away(state.last_poll), state.last_outcome,
                clock.due(state.next_poll), text(failed + state.last_reason),
            )  # fmt: skip
    if shown:
        out().print()
        print_table(table)
    if len(shown) < len(standing.sources):
        rest = len(standing.sources) - len(shown)
        out().print(f"{rest} more sources without trouble; --all shows them.", style="dim")


def _boring(standing: Standing, one: SourceStanding) -> bool:
    hiccup = one.state is not None and one.state.failures
    return len(standing.sources) > MANY and one.how != "troubled" and not hiccup


def _channels(standing: Standing, clock: Clock) -> None:
    from rich.table import Table

    if not standing.channels:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("channel", "state", "waiting", "delivered", "dead", "longest waiting"):
        table.add_column(heading, justify="right" if heading in {"waiting", "dead"} else "left")
    for channel, enabled in standing.channels:
        state = "disabled" if channel.disabled else "on" if enabled else "off"
        if channel.failing and state == "on":
            state = f"failing, next try {clock.due(channel.held_until)}"
            state += f": {channel.failing_reason}" if channel.failing_reason else ""
        table.add_row(
            text(channel.name), text(state), str(channel.due), str(channel.delivered),
            str(channel.dead), clock.away(channel.oldest_due),
        )  # fmt: skip
    out().print()
    print_table(table)
