"""presswatch demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import Span, command, no_config_option

if TYPE_CHECKING:
    from datetime import timedelta


@command(
    "demo",
    example="""
        presswatch demo
        presswatch demo --for 30s
    """,
    codes="""
        0  every expected alert arrived
        1  one did not, or something else went wrong; it is named
        3  the folder is not the demo's, or another demo runs in it; nothing was touched
    """,
)
@click.option(
    "--for",
    "span",
    type=Span(),
    metavar="30s",
    help='End by itself after so long, for example "30s".',
)
@click.option("--until-done", is_flag=True, help="End as soon as everything expected has happened.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default="demo-archive",
    show_default=True,
    help="Where config, archive and log go; emptied first if a demo wrote it.",
)
@no_config_option
def demo(*, span: timedelta | None, until_done: bool, folder: Path) -> None:
    """Run the whole job on the embedded sample press, on this machine only, until Ctrl-C.

    Small news sites on loopback ports are polled, read, archived and matched, and a receiver
    verifies the signed webhooks. It says where the archive is and which query to try next.
    """
    from presswatch.demo.run import run_demo

    click.get_current_context().exit(run_demo(span, folder=folder, until_done=until_done))
