"""presswatch alerts send: what is held, all that is so at once."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import command, config_option, reading, since_option
from presswatch.cli.group import NO, complain
from presswatch.config.load import outline
from presswatch.console import out, text
from presswatch.views.heldwords import say_held, say_sum

if TYPE_CHECKING:
    from pathlib import Path

    from alerts.outbox import Count, Held

#: Those of `alerts.outbox.HELD`, which the help does not load.
HELD = ("held", "collected", "muted")


@command(
    "send",
    short="Send now what is held, all that is so.",
    example="""
        presswatch alerts send --state held --channel desk
        presswatch alerts send --state muted --rule patents --since 2d --yes
    """,
    codes="""
        0  on its way; the service sends it
        1  nothing is held so, or you said no
        2  the command or the config is wrong
        3  the archive could not be read or written
    """,
)
@click.option("--state", type=click.Choice(HELD), required=True, help="What is held how.")
@click.option("--rule", metavar="NAME", default="", help="Only what this rule queued.")
@click.option("--channel", metavar="NAME", default="", help="Only what goes there.")
@since_option
@click.option("--yes", is_flag=True, help="Without asking.")
@config_option
def send(
    *, state: str, rule: str, channel: str, since: datetime | None, yes: bool, config: Path
) -> None:
    """Send now what waits for the end of quiet hours, for a digest, or was muted; asks before.

    held: its time is ahead, as in quiet hours; a digest goes whole. collected: goes with a digest,
    and by itself now. muted: was to be told to nobody. Each keeps its id and passes by quiet hours,
    digest and throttle. What waits for a channel that its receiver has closed is left.
    """
    from alerts import outbox

    now = datetime.now(UTC)
    held = outbox.Held(state=state, rule=rule, channel=channel, since=since, until=now)
    with reading(config) as (_, db):
        counts = outbox.count_held(db, held, now)
    if not counts:
        complain("Nothing is held so.")
        click.get_current_context().exit(NO)
    _show(counts)
    if not yes and not click.confirm(f"Send {say_sum(counts)} now?", default=False, err=True):
        click.get_current_context().exit(NO)
    count = asyncio.run(_send(outline(config, os.environ).archive_path, held))
    click.echo(f"{count} queued to be sent now, each under its id; the service delivers.")


def _show(counts: list[Count]) -> None:
    width = max(len(one.channel) for one in counts)
    for one in counts:
        out().print(text(f"{one.channel:<{width}}  {say_held(one)}"), soft_wrap=True)


async def _send(path: Path, held: Held) -> int:
    from alerts import outbox
    from archive.store import Archive

    archive = Archive.open(path, create=False)
    try:
        return await archive.write(partial(outbox.send_held, held=held, now=datetime.now(UTC)))
    finally:
        await asyncio.to_thread(archive.close)
