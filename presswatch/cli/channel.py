"""presswatch channel."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import command, config_option
from presswatch.cli.group import NO, complain
from presswatch.config.load import outline

if TYPE_CHECKING:
    from pathlib import Path


@click.group(short_help="Enable a channel again.")
def channel() -> None:
    """What the config does not say about channels."""


@command(
    "enable",
    short="Deliver through a channel again that its receiver had closed.",
    example="presswatch channel enable bot",
    codes="""
        0  the channel is enabled; what waits for it is sent by the service
        1  it was not disabled
        2  the config has no such channel, or is wrong
        3  the archive could not be written
    """,
)
@click.argument("name")
@config_option
def enable(*, name: str, config: Path) -> None:
    """Deliver through a channel again.

    A webhook that answers 410 Gone is disabled until you say that its receiver is back. Alerts
    that waited are delivered then. (`enabled = false` in the config is something else.)
    """
    from presswatch.config.values import did_you_mean

    seen = outline(config, os.environ)
    names = [known for known, _ in seen.channels]
    if name not in names:
        message = f"{config} has no channel {name!r}{did_you_mean(name, names)}"
        raise click.BadParameter(message, param_hint="NAME")
    if not asyncio.run(_enable(seen.archive_path, name)):
        complain(f"The channel {name!r} was not disabled.")
        click.get_current_context().exit(NO)
    click.echo(f"The channel {name!r} is enabled; the service delivers what waits for it.")


async def _enable(path: Path, name: str) -> bool:
    from alerts.outbox import enable_channel
    from archive.store import Archive

    archive = Archive.open(path, create=False)
    try:
        return await archive.write(lambda db: enable_channel(db, name, datetime.now(UTC)))
    finally:
        archive.close()


channel.add_command(enable)
