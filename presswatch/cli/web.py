"""presswatch web: the page of an archive, without the service."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import command, config_option, reading
from presswatch.config.load import read
from presswatch.console import err, text

if TYPE_CHECKING:
    from pathlib import Path

    from presswatch.config.records import WebOptions


@command(
    "web",
    example="""
        presswatch web
        presswatch web --port 8401 --config demo-archive/config.toml
    """,
    codes="""
        0  stopped by SIGTERM or SIGINT
        2  the config is wrong; nothing was started
        3  the archive could not be read, or the address cannot be had
    """,
)
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="N",
    help="Another port than that of [web] listen; 0 takes one that is free.",
)  # fmt: skip
@config_option
def web(*, port: int | None, config: Path) -> None:
    """Serve what the archive holds; nothing can be changed from there.

    `presswatch run` serves the same page, and one that can poll, retry and save rules.
    """
    from presswatch.config.check import check_web

    options = check_web(config, read(config), os.environ)
    if port is not None:
        options = dataclasses.replace(options, port=port)
    with reading(config) as (seen, _):
        archive = seen.archive_path
    asyncio.run(_serve(config, archive, options))


async def _serve(config: Path, archive: Path, options: WebOptions) -> None:
    from presswatch.web.server import bind, serving, url_of

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    bound = bind(options)
    async with serving(bound, options, config=config, archive=archive):
        err().print(text(f"The page is at {url_of(bound, options)} ; Ctrl-C ends it."))
        await stop.wait()
