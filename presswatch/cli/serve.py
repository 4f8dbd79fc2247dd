"""presswatch run."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import command, config_option
from presswatch.cli.group import INTERRUPTED
from presswatch.config.load import load
from presswatch.console import err, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from presswatch.config.records import Config, ServiceOptions
    from presswatch.process.logs import Format

#: Seconds. `timeout` and some shells signal the process and its group: that is meant once.
ONE_AND_THE_SAME = 1.0


@command(
    "run",
    example="""
        presswatch run
        presswatch run --config /etc/presswatch/config.toml --log-format json
    """,
    codes="""
        0  stopped by SIGTERM or SIGINT, everything drained
        2  the config is wrong; nothing was started
        3  the archive cannot be used: another service runs on it, or it is damaged
        130  a second signal ended it at once; the next start goes on from what is committed
    """,
)
@click.option(
    "--log-format", "form", type=click.Choice(["auto", "console", "json"]),
    help="In the place of `[service] log`; auto: for people on a terminal, else JSON lines.",
)  # fmt: skip
@click.option("--verbose", is_flag=True, help="Log more, other libraries included.")
@config_option
def run(*, form: Format | None, verbose: bool, config: Path) -> None:
    """Poll, archive, match and deliver until SIGTERM or SIGINT; logs go to standard error.

    The first signal drains and stops within ten seconds, a second one ends at once. A changed
    config is applied while it runs, or refused whole with every problem; SIGHUP reads it again
    at once, also where only the file of a secret has changed.
    """
    from presswatch.process import interrupt, logs

    def log_by(service: ServiceOptions) -> None:
        level = logs.LEVELS[service.log_level]
        logs.set_up(form or service.log, verbose=verbose, level=level)

    loaded = load(config, os.environ)
    for warning in loaded.warnings:
        err().print(text(f"warning: {warning}"), style="yellow", soft_wrap=True)
    log_by(loaded.service)
    with interrupt.ends_it():  # until the service is there to hear it
        asyncio.run(_serve(loaded, log_by))


async def _serve(config: Config, log_by: Callable[[ServiceOptions], None]) -> None:
    from presswatch.service import Service

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    first: list[float] = []

    def signalled() -> None:
        if first and loop.time() - first[0] > ONE_AND_THE_SAME:
            # Whatever was not committed was not promised to anybody.
            os._exit(INTERRUPTED)
        first.append(loop.time())
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signalled)
    service = Service(config, log_by=log_by)
    loop.add_signal_handler(signal.SIGHUP, service.reread)
    await service.run(stop)
