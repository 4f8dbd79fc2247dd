"""presswatch rules: which there are, and what they do, tried on the archive."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from presswatch.cli.choice import choose
from presswatch.cli.common import (
    Clock,
    Since,
    command,
    config_option,
    iso,
    plural,
    progress,
    reading,
)
from presswatch.cli.explaining import explain
from presswatch.cli.group import NO, complain
from presswatch.config.load import rulebook
from presswatch.console import err, out, print_table, text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from alerts.history import ChannelState, RuleState
    from alerts.match import Matcher
    from alerts.match.replay import Step
    from alerts.rule import Rule
    from presswatch.config.load import Rulebook
    from presswatch.views.trial import Tally

RECENT = timedelta(days=30)


@click.group()
def rules() -> None:
    """Rules, and what they would have done."""


form_option = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@command(
    "list",
    short="List the rules of the config.",
    example="presswatch rules list",
    codes="""
        0  listed
        1  the config has no rules
        2  the rules in the config are wrong
        3  the archive could not be read
    """,
)
@form_option
@config_option
def list_(*, form: str, config: Path) -> None:
    """List the rules: what they look for and where, and when they matched."""
    book = rulebook(config, os.environ)
    states, channels = _states(config)
    if form == "json":
        rows = [_row(rule, book, states.get(rule.name), channels) for rule in book.rules]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif book.rules:
        _table(book, states, channels)
    if not book.rules:
        complain(f"{config} has no rules.")
        click.get_current_context().exit(NO)


def _states(config: Path) -> tuple[dict[str, RuleState], dict[str, ChannelState]]:
    """Also before the first start, when there is no archive and nothing to tell."""
    from alerts import history
    from archive.errors import ArchiveMissing

    try:
        with reading(config) as (_, db):
            states = history.rule_states(db, datetime.now(UTC) - RECENT)
            return states, {state.name: state for state in history.channel_states(db)}
    except ArchiveMissing:
        return {}, {}


def _table(book: Rulebook, states: dict[str, RuleState], channels: dict[str, ChannelState]) -> None:
    from rich.table import Table

    clock, table = Clock(book.outline.timezone), Table(box=None, pad_edge=False)
    table.header_style = "bold"
    for heading in ("rule", "query", "on", "sources", "channels", "last match", "30 days"):
        right = heading == "30 days"
        table.add_column(heading, overflow="fold", justify="right" if right else "left")
    for rule in book.rules:
        state = states.get(rule.name)
        table.add_row(
            text(rule.name), text(rule.query.text), rule.on, text(" ".join(rule.sources)),
            text(", ".join(_channels(rule, book, channels))),
            clock.away(state.last) if state else "–", str(state.recent if state else 0),
        )  # fmt: skip
    print_table(table)


def _channels(rule: Rule, book: Rulebook, channels: dict[str, ChannelState]) -> list[str]:
    """Names; "(off)" by the config, "(closed)" by the receiver."""
    closed = {name for name, state in channels.items() if state.disabled}
    shown = [f"{name} (closed)" if name in closed else name for name in rule.channels]
    return shown + [f"{name} (off)" for name in dict(book.disabled)[rule.name]]


def _row(
    rule: Rule, book: Rulebook, state: RuleState | None, channels: dict[str, ChannelState]
) -> dict[str, Any]:
    off = dict(book.disabled)[rule.name]
    return {
        "name": rule.name,
        "query": rule.query.text,
        "on": rule.on,
        "sources": list(rule.sources),
        "channels": [
            {
                "name": name,
                "enabled": name not in off,
                "closed": iso(channels[name].disabled) if name in channels else None,
            }
            for name in (*rule.channels, *off)
        ],
        "last_match": iso(state.last) if state else None,
        "matches_30d": state.recent if state else 0,
    }


@command(
    "test",
    short="Show what a rule would have sent, and what a change of it would.",
    example="""
        presswatch rules test patents --since 30d
        presswatch rules test patents --query '专利 AND (甘肃 OR 深圳)'
    """,
    codes="""
        0  it would have sent something; with --query: no story is lost
        1  nothing would have been sent; with --query: stories are lost
        2  the query or the rules in the config are wrong, or no rule has this name
        3  the archive could not be read
    """,
)
@click.argument("name")
@click.option(
    "--since", type=Since(), default="30d", show_default=True, metavar="30d|DATE",
    help="Only what was archived since.",
)  # fmt: skip
@click.option("--query", metavar="NEW", help="Compare with this query, before it is saved.")
@form_option
@config_option
def test(*, name: str, since: datetime, query: str | None, form: str, config: Path) -> None:
    """Show what a rule would have sent, had it been there since.

    The archive goes through the very matching that the service does; nothing is sent or kept.
    """
    from alerts.match import replay
    from presswatch.cli.search import understand
    from presswatch.views.trial import Tally

    book = rulebook(config, os.environ)
    rule = choose(book, name)
    tried = [rule]
    if query is not None:
        new = dataclasses.replace(
            rule, name=f"{name} (changed)", query=understand(query, book.outline)
        )
        tried.append(new)
    matcher = _matcher(tried, book)
    tallies = [Tally(rule=each.name, zone=matcher.zone) for each in tried]
    with reading(config) as (_, db):
        _run(replay.test(db, matcher, since), tallies)
    _report(tallies, tried, since, form, Clock(book.outline.timezone))
    failed = tallies[0].without(tallies[1]) if query is not None else not tallies[0].told
    if failed:
        click.get_current_context().exit(NO)


def _matcher(tried: Iterable[Rule], book: Rulebook) -> Matcher:
    from alerts.match import build

    try:
        return build(tried, ZoneInfo(book.outline.timezone))
    except (KeyError, ValueError, OSError):
        return build(tried)  # `presswatch check` names the mistake


def _run(steps: Iterable[Step], tallies: list[Tally]) -> None:
    with progress("Texts looked at") as advance:
        for step in steps:
            for tally in tallies:
                tally.add(step)
            for _ in range(step.texts):
                advance()


def _report(
    tallies: list[Tally], tried: list[Rule], since: datetime, form: str, clock: Clock
) -> None:
    from presswatch.cli import trials

    if form == "json":
        rows = [{"query": rule.query.text, **trials.row(tally)}
                for rule, tally in zip(tried, tallies, strict=True)]  # fmt: skip
        found: dict[str, Any] = {"rule": tried[0].name, "since": iso(since), **rows[0]}
        if len(rows) > 1:
            old, new = tallies
            found["changed"] = rows[1]
            found["gained"] = [trials.line_row(line) for line in new.without(old)]
            found["lost"] = [trials.line_row(line) for line in old.without(new)]
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for rule, tally in zip(tried, tallies, strict=True):
        out().print(text(f"{rule.name}: ", "bold").append(rule.query.text), soft_wrap=True)
        trials.show(tally, clock, since)
        if tally is not tallies[-1]:
            out().print()
    if len(tallies) > 1:
        trials.show_change(tallies[0], tallies[1], clock)


@command(
    "replay",
    short="Send what a rule would have sent and did not.",
    example="""
        presswatch rules replay patents --since 7d
        presswatch rules replay patents --since 7d --send
    """,
    codes="""
        0  something is to be sent; with --send: it is queued
        1  all has been told already
        2  the rules in the config are wrong, no rule has this name, or its channels are off
        3  the archive could not be read or written
    """,
)
@click.argument("name")
@click.option(
    "--since", type=Since(), default="7d", show_default=True, metavar="7d|DATE",
    help="Only what was archived since.",
)  # fmt: skip
@click.option("--send", is_flag=True, help="Queue the alerts; else only say which.")
@form_option
@config_option
def replay(*, name: str, since: datetime, send: bool, form: str, config: Path) -> None:
    """Match the past again, and tell what the rule has not told yet.

    For a rule that is new or was changed. Once a story (or article, or text, as the rule says)
    holds as ever: replaying twice sends nothing twice. Alerts of a replay say so in their payload.
    """
    from alerts import matches
    from alerts.match import replay as past
    from presswatch.views.trial import Tally

    book = rulebook(config, os.environ)
    rule = choose(book, name)
    if not rule.channels:
        raise click.BadParameter(f"no channel of {name!r} is enabled", param_hint="NAME")
    matcher = _matcher([rule], book)
    tally = Tally(rule=rule.name, zone=matcher.zone)
    with reading(config) as (seen, db):
        late = matches.pending(db)
        if not send:
            _run(past.preview(db, matcher, since), [tally])
    if send:
        asyncio.run(_send(seen.archive_path, matcher, since, tally))
    _report([tally], [rule], since, form, Clock(book.outline.timezone))
    _say_what_follows(tally, len(rule.channels), late, send=send)
    if not tally.told:
        click.get_current_context().exit(NO)


async def _send(path: Path, matcher: Matcher, since: datetime, tally: Tally) -> None:
    from alerts.match import replay as past
    from archive.store import Archive

    archive = Archive.open(path, create=False)
    try:
        with progress("Texts looked at") as advance:
            async for step in past.send(archive, matcher, since, datetime.now(UTC)):
                tally.add(step)
                for _ in range(step.texts):
                    advance()
    finally:
        await asyncio.to_thread(archive.close)


def _say_what_follows(tally: Tally, channels: int, late: int, *, send: bool) -> None:
    console, count = err(), plural(tally.told * channels, "alert")
    if not tally.told:
        console.print("Nothing is left to tell.")
    elif send:
        console.print(f"{count} queued; the service delivers.")
    else:
        console.print(f"Nothing was queued: --send queues {count}.")
    if late:
        texts = plural(late, "text")
        console.print(f"{texts} not matched yet: the service does that, as news.", style="dim")


rules.add_command(list_)
rules.add_command(test)
rules.add_command(explain)
rules.add_command(replay)
