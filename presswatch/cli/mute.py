"""presswatch mute and unmute: what is told to nobody for a while."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from presswatch.cli.common import Clock, Span, command, config_option, plural, reading
from presswatch.cli.group import NO, complain
from presswatch.config.load import outline, read
from presswatch.console import out, text
from presswatch.views import rows as row_of
from presswatch.views.mutewords import mute_lines, say_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

    from alerts.mute import Mute
    from presswatch.config.load import Outline


@command(
    "mute",
    example="""
        presswatch mute rule:patents 3d
        presswatch mute story:187 1w
        presswatch mute source:wire
        presswatch mute
    """,
    codes="""
        0  muted; or listed, with nothing muted too
        2  the command or the config is wrong, or it has no such rule or source
        3  there is no such story, or the archive could not be read or written
    """,
)
@click.argument("what", metavar="[rule:NAME|story:ID|source:NAME]", required=False)
@click.argument("span", metavar="[3d]", type=Span(), required=False)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@config_option
def mute(*, what: str | None, span: timedelta | None, as_json: bool, config: Path) -> None:
    """Tell nobody of a rule, a story or a source for so long, or until it is unmuted.

    What is found meanwhile is matched and stands in the ledger, with the state `muted`. What waits
    for a digest, the morning or a summary goes along. Nothing of it is sent later, except by
    `presswatch alerts retry` or `presswatch rules replay`. Without arguments: what is muted now.
    """
    seen, now = outline(config, os.environ), datetime.now(UTC)
    if what is not None:
        from alerts.mute import begin

        word = _word(what, span, seen, now)
        taken = asyncio.run(_write(seen.archive_path, lambda db: begin(db, word)))
        _say(word, taken, Clock(seen.timezone), as_json=as_json)
        return
    with reading(config) as (_, db):
        from alerts.mute import active

        muted = active(db, now)
    if as_json:
        click.echo(json.dumps([row_of.mute(one) for one in muted], ensure_ascii=False, indent=2))
    else:
        for line in mute_lines(muted, Clock(seen.timezone)) or ["Nothing is muted."]:
            out().print(text(line), soft_wrap=True)


@command(
    "unmute",
    example="presswatch unmute rule:patents",
    codes="""
        0  it is told again from now on
        1  it was not muted
        2  the command or the config is wrong
        3  the archive could not be written
    """,
)
@click.argument("what", metavar="rule:NAME|story:ID|source:NAME")
@config_option
def unmute(*, what: str, config: Path) -> None:
    """Tell again of a rule, a story or a source. What was muted meanwhile stays unsent."""
    from alerts.mute import end

    seen = outline(config, os.environ)
    kind, name = _parse(what)
    if not asyncio.run(_write(seen.archive_path, lambda db: end(db, kind, name))):
        complain(f"{what} was not muted.")
        click.get_current_context().exit(NO)
    out().print(text(f"{what} is told again."))


def _word(what: str, span: timedelta | None, seen: Outline, now: datetime) -> Mute:
    """Raises BadParameter for what is nothing, and for what the config does not know."""
    from alerts.mute import Mute
    from presswatch.config.values import did_you_mean

    kind, name = _parse(what)
    known = {
        "rule": [str(table.get("name")) for table in _rules(seen.path)],
        "source": [source for source, _ in seen.sources],
    }.get(kind)
    if known is not None and name not in known:
        message = f"{seen.path} has no {kind} {name!r}{did_you_mean(name, known)}"
        raise click.BadParameter(message, param_hint="WHAT")
    if span is not None and not span:
        message = "must be longer than nothing"
        raise click.BadParameter(message, param_hint="SPAN")
    return Mute(kind=kind, name=name, since=now, until=None if span is None else now + span)


def _rules(config: Path) -> list[dict[str, Any]]:
    tables = read(config).get("rule", [])
    found = tables if isinstance(tables, list) else []
    return [table for table in found if isinstance(table, dict)]


def _parse(what: str) -> tuple[str, str]:
    from alerts.mute import parse

    try:
        return parse(what)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="WHAT") from None


async def _write(path: Path, job: Callable[[Database], Any]) -> Any:
    from archive.store import Archive

    archive = Archive.open(path, create=False)
    try:
        return await archive.write(job)
    finally:
        await asyncio.to_thread(archive.close)


def _say(word: Mute, taken: int, clock: Clock, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(row_of.mute(word) | {"waiting": taken}, ensure_ascii=False, indent=2))
        return
    along = f"; {plural(taken, 'alert')} that waited with it" if taken else ""
    out().print(text(f"{word.target} is muted {say_until(word, clock)}{along}."), soft_wrap=True)
