"""presswatch alerts: the ledger of what was queued, tried, delivered and given up."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from presswatch.cli.alertssend import send
from presswatch.cli.common import (
    Clock,
    command,
    config_option,
    plural,
    reading,
    since_option,
    waiting,
)
from presswatch.cli.group import NO, complain
from presswatch.config.load import load, outline
from presswatch.console import err, out, print_table, text, visible
from presswatch.views import rows as row_of

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

    from alerts.channel import Result
    from alerts.history import AlertRow, AttemptRow, ChannelState
    from presswatch.config.records import Config


#: Those of `alerts.history.STATES`, which the help does not load. What is held is due, and its time
#: is ahead or its channel closed; what is collected goes with a digest, what is muted to nobody.
STATES = ("due", "held", "collected", "delivered", "dead", "muted")


@click.group()
def alerts() -> None:
    """What was queued, tried, delivered and given up."""


form_option = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@command(
    "list",
    short="List alerts, the latest first.",
    example="""
        presswatch alerts list --state dead
        presswatch alerts list --rule patents --since 7d --format json
    """,
    codes="""
        0  listed
        1  no alert is so
        2  the command or the config is wrong
        3  the archive could not be read
    """,
)
@click.option("--state", type=click.Choice(STATES), help="Only those.")
@click.option("--rule", metavar="NAME", help="Only what this rule queued.")
@click.option("--channel", metavar="NAME", help="Only what goes there.")
@since_option
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, metavar="N",
    help="At most so many.",
)  # fmt: skip
@form_option
@config_option
def list_(*, form: str, config: Path, **wanted: Any) -> None:
    """List the alerts of the ledger, the latest first."""
    from alerts import history
    from alerts.history import overview

    if wanted["state"] == "held":
        wanted |= {"state": None, "held": datetime.now(UTC)}
    with reading(config) as (seen, db):
        rows = history.latest_alerts(db, **wanted)
        about = overview.subjects(db, [row.id for row in rows])
        titles = [about[row.id][0] for row in rows]
        channels = history.channel_states(db) if any(row.state == "due" for row in rows) else []
    if form == "json":
        listed = [
            row_of.alert(row) | {"title": title} for row, title in zip(rows, titles, strict=True)
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
    elif rows:
        _table(rows, titles, Clock(seen.timezone))
        waited_for = {row.channel for row in rows if row.state == "due"}
        _hindrances([one for one in channels if one.name in waited_for], Clock(seen.timezone))
    if not rows:
        asked = any(wanted.get(name) for name in ("state", "held", "rule", "channel", "since"))
        complain("No alert is so." if asked else "No alert was queued yet.")
        click.get_current_context().exit(NO)


def _table(rows: list[AlertRow], titles: list[str], clock: Clock) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("queued", "rule", "channel", "state", "tries", "alert"):
        fixed = heading in {"queued", "state", "tries"}
        table.add_column(heading, overflow="fold", no_wrap=fixed)
    for row, about in zip(rows, titles, strict=True):
        cell = text(about, "bold").append(f"\n{visible(row.id)}", style="dim")
        if row.via:
            cell.append(f"\nwith {visible(row.via)}", style="dim")
        if row.reason:
            cell.append(f"\n{visible(row.reason)}", style="red")
        table.add_row(
            clock.short(row.created), text(row.rule or f"({row.kind})"), text(row.channel),
            row.state, str(row.attempts), cell,
        )  # fmt: skip
    print_table(table)


def _hindrances(channels: list[ChannelState], clock: Clock) -> None:
    """Why what waits for these channels waits."""
    for one in channels:
        said = ""
        if one.disabled:
            said = f"is disabled since {clock.time(one.disabled)}: {one.disabled_reason}"
        elif one.failing:
            since, following = clock.time(one.failing), clock.away(one.held_until)
            said = f"takes nothing since {since}: {one.failing_reason}; next try {following}"
        elif one.held_until and one.held_until > clock.now:
            said = f"asked to be left alone; next try {clock.away(one.held_until)}"
        if said:
            err().print(text(f"{one.name} {said}", "yellow"), soft_wrap=True)


@command(
    "show",
    short="Show an alert: every try, and what is sent.",
    example="presswatch alerts show msg_2KqPc0Vn7iTzWb4eYhRxSa1D",
    codes="""
        0  shown
        2  the command or the config is wrong
        3  no alert has this id, or the archive could not be read
    """,
)
@click.argument("alert", metavar="ID")
@form_option
@config_option
def show(*, alert: str, form: str, config: Path) -> None:
    """Show an alert: what became of it, every try with the receiver's answer, and its payload."""
    from alerts import history
    from alerts.history import overview

    with reading(config) as (seen, db):
        row = history.find_alert(db, alert)
        tries, payload = history.attempts(db, alert), history.payload_of(db, alert)
        message = history.find_alert(db, row.via) if row.via else None
        told = history.goes_with(db, alert)
        about = overview.subjects(db, [alert])[alert][0]
    if form == "json":
        found = row_of.alert(row) | {"payload": payload}
        found["attempts"] = [row_of.attempt(one) for one in tries]
        found["tells"] = [one.id for one in told]
        found["message"] = message and row_of.alert(message)
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        clock = Clock(seen.timezone)
        _print(row, about, tries, clock, _company(message, told, clock))
        out().print(text(json.dumps(payload, ensure_ascii=False)), soft_wrap=True)


def _company(message: AlertRow | None, told: list[AlertRow], clock: Clock) -> list[tuple[str, str]]:
    """With which message an alert goes, or what goes with a message."""
    if message is not None:
        when = clock.away(message.due if message.state == "due" else message.settled)
        said = f"{message.kind} {message.id}: {message.state}, {when}"
        return [("with", said + (f": {message.reason}" if message.reason else ""))]
    return [("tells", f"{one.id}  {one.rule}: {one.state}") for one in told]


def _print(
    row: AlertRow,
    about: str,
    tries: list[AttemptRow],
    clock: Clock,
    company: list[tuple[str, str]],
) -> None:
    console = out()
    console.print(text(about, "bold"), soft_wrap=True)
    facts = [
        ("alert", row.id),
        ("rule", row.rule or f"(a {row.kind})"),
        ("channel", row.channel),
        ("queued", clock.time(row.created)),
        ("state", row.state + (f": {row.reason}" if row.reason else "")),
        ("next try", clock.due(row.due) if row.state == "due" else ""),
        *company,
    ]
    for name, value in facts:
        if value:
            console.print(text(f"{name:<10}", "dim").append(visible(value)), soft_wrap=True)
    for one in tries:
        status = f" {one.status}" if one.status else ""
        took = f"{one.took.total_seconds() * 1000:.0f} ms"
        answer = f": {one.answer}" if one.answer else ""
        line = text(f"{'tried':<10}", "dim")
        line.append(visible(f"{clock.time(one.at)}  {one.outcome}{status}, {took}{answer}"))
        console.print(line, soft_wrap=True)
    console.print()


@command(
    "retry",
    short="Send an alert again, or all dead letters.",
    example="""
        presswatch alerts retry msg_2KqPc0Vn7iTzWb4eYhRxSa1D
        presswatch alerts retry --dead --channel bot
    """,
    codes="""
        0  queued again; the service sends it under the same id
        1  there is no dead letter
        2  the command or the config is wrong
        3  no alert has this id, or the archive could not be written
    """,
)
@click.argument("alert", metavar="ID", required=False)
@click.option("--dead", is_flag=True, help="Every alert that was given up.")
@click.option("--channel", metavar="NAME", help="With --dead: only those for this channel.")
@config_option
def retry(*, alert: str | None, dead: bool, channel: str | None, config: Path) -> None:
    """Send again what was given up, or one alert whatever its state, by the whole schedule.

    An alert keeps its id, so a receiver that remembers ids is told nothing twice.
    """
    if (alert is None) is not dead:
        message = "name one alert, or say --dead"
        raise click.UsageError(message)
    if channel is not None and not dead:
        message = "--channel goes with --dead"
        raise click.UsageError(message)
    count = asyncio.run(_retry(outline(config, os.environ).archive_path, alert, channel))
    if not count:
        complain("There is no dead letter.")
        click.get_current_context().exit(NO)
    click.echo(f"{plural(count, 'alert')} queued again; the service delivers.")


async def _retry(path: Path, alert: str | None, channel: str | None) -> int:
    from alerts import outbox
    from archive.store import Archive

    def job(db: Database) -> int:
        now = datetime.now(UTC)
        if alert is None:
            return outbox.retry_dead(db, now, channel)
        outbox.retry(db, alert, now)
        return 1

    archive = Archive.open(path, create=False)
    try:
        return await archive.write(job)
    finally:
        await asyncio.to_thread(archive.close)


@command(
    "test",
    short="Find out whether a channel would deliver.",
    example="presswatch alerts test bot",
    codes="""
        0  it would
        1  it would not; the reason is shown
        2  the config is wrong, or no enabled channel has this name
    """,
)
@click.argument("channel")
@config_option
def test(*, channel: str, config: Path) -> None:
    """Send a test message to a webhook or a chat; ask a mail server for its recipients only.

    Nothing of it is in the ledger.
    """
    from alerts.channel import Outcome
    from alerts.errors import ChannelUnusable

    loaded = load(config, os.environ)
    _known(loaded, channel)
    try:
        with waiting(f"Trying {channel}"):
            result = asyncio.run(_probe(loaded, channel))
    except ChannelUnusable as error:
        complain(str(error))
        click.get_current_context().exit(NO)
    said = result.reason or result.answer
    if result.outcome is not Outcome.DELIVERED:
        complain(f"The channel {channel!r} would not deliver: {said}")
        click.get_current_context().exit(NO)
    out().print(text(f"The channel {channel!r} delivers{f': {said}' if said else ''}."))


def _known(config: Config, channel: str) -> None:
    from presswatch.config.values import did_you_mean

    names = [known.name for known in config.channels]
    if channel in names:
        return
    off = " that is enabled" if channel in config.disabled_channels else ""
    message = f"{config.path} has no channel {channel!r}{off}{did_you_mean(channel, names)}"
    raise click.BadParameter(message, param_hint="CHANNEL")


async def _probe(config: Config, channel: str) -> Result:
    from alerts.deliver import probe

    (found,) = (known for known in config.channels if known.name == channel)
    return await probe(found, datetime.now(UTC))


@command(
    "verify",
    short="Hold the ledger against the archive.",
    example="presswatch alerts verify",
    codes="""
        0  all is in order
        1  something is wrong, and named
        2  the config is wrong
        3  the archive could not be read
    """,
)
@config_option
def verify(*, config: Path) -> None:
    """Hold the ledger against the archive: nothing matched is unqueued, nothing queued is lost."""
    from alerts.history import verify as ledger

    wrong = 0
    with reading(config) as (_, db), waiting("Reading the ledger"):
        totals = ledger.totals(db)
        for problem in ledger.problems(db):
            wrong += 1
            out().print(text(problem), soft_wrap=True)
    verdict = "all in order" if not wrong else f"{wrong} wrong"
    counted = "{matches} matches, {alerts} alerts, {tries} tries".format(**totals)
    err().print(f"{counted}: {verdict}.")
    if totals["waiting"]:
        err().print(f"{plural(totals['waiting'], 'text')} not matched yet.", style="dim")
    if wrong:
        click.get_current_context().exit(NO)


alerts.add_command(list_)
alerts.add_command(show)
alerts.add_command(retry)
alerts.add_command(send)
alerts.add_command(test)
alerts.add_command(verify)
