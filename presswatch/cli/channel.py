"""presswatch channel."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import command, config_option
from presswatch.cli.group import NO, complain
from presswatch.clock import plural
from presswatch.config.load import outline

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def channel() -> None:
    """What the config does not say about channels."""


@command(
    "enable",
    short="Deliver through a channel again that its receiver had closed.",
    example="presswatch channel enable bot",
    codes="""
        0  the channel is enabled; what waits for it is sent by the service
        1  it was not disabled, and nothing that was tried in vain waits
        2  the config has no such channel, or is wrong
        3  the archive could not be written
    """,
)
@click.argument("name")
@config_option
def enable(*, name: str, config: Path) -> None:
    """Deliver through a channel again.

    A webhook that answers 410 Gone is disabled until you say that its receiver is back. Alerts
    that waited are delivered then. (`enabled = false` in the config is something else.) Of one
    that was never disabled, what failed is tried again at once: you have mended it, say.
    """
    from presswatch.config.values import did_you_mean

    seen = outline(config, os.environ)
    names = [known for known, _ in seen.channels]
    if name not in names:
        message = f"{config} has no channel {name!r}{did_you_mean(name, names)}"
        raise click.BadParameter(message, param_hint="NAME")
    enabled, due = asyncio.run(_enable(seen.archive_path, name))
    if not enabled and not due:
        complain(f"The channel {name!r} was not disabled, and nothing was tried in vain.")
        click.get_current_context().exit(NO)
    if not enabled:
        click.echo(f"The channel {name!r} was not disabled; what failed there is tried again now.")
        return
    click.echo(f"The channel {name!r} is enabled; the service delivers what waits for it.")


async def _enable(path: Path, name: str) -> tuple[bool, int]:
    """Whether it was disabled; how many alerts that were tried in vain are due."""
    from alerts.outbox import enable_channel, try_again
    from archive.store import Archive

    archive = Archive.open(path, create=False)
    try:
        now = datetime.now(UTC)
        enabled = await archive.write(lambda db: enable_channel(db, name, now))
        return enabled, await archive.write(lambda db: try_again(db, name, now))
    finally:
        archive.close()


@command(
    "drop",
    short="Let go of what waits for a channel that is no more.",
    example="presswatch channel drop bot",
    codes="""
        0  nothing waits for it any more
        1  nothing had waited for it
        2  the config has such a channel, or is wrong
        3  the archive could not be written
    """,
)
@click.argument("name")
@config_option
def drop(*, name: str, config: Path) -> None:
    """Let go of what waits for a channel that the config has no more.

    Renamed or taken out of the config, a channel leaves what waited for it: it is sent when a
    channel of that name comes back. Dropped, it stays in the ledger, muted, and `alerts retry`
    has nowhere to send it to; `rules replay` sends what its rules have found to other channels.
    """
    seen = outline(config, os.environ)
    if name in dict(seen.channels):
        message = f"{config} has the channel {name!r}; `presswatch mute` silences rules"
        raise click.BadParameter(message, param_hint="NAME")
    count = asyncio.run(_drop(seen.archive_path, name))
    if not count:
        complain(f"Nothing waits for a channel {name!r}.")
        click.get_current_context().exit(NO)
    click.echo(f"Dropped: {plural(count, 'alert')} for {name!r}, which nobody is told of.")


async def _drop(path: Path, name: str) -> int:
    from alerts.outbox.leftover import drop
    from archive.store import Archive

    archive = Archive.open(path, create=False)
    try:
        return await archive.write(lambda db: drop(db, name, datetime.now(UTC)))
    finally:
        archive.close()


channel.add_command(enable)
channel.add_command(drop)
