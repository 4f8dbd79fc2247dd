"""presswatch doctor."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import command, config_option, plural, waiting
from presswatch.cli.group import NO
from presswatch.config.load import load
from presswatch.console import out, print_table, text
from presswatch.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from presswatch.doctor.check import Check


@command(
    "doctor",
    example="""
        presswatch doctor
        presswatch doctor --offline --json
    """,
    codes="""
        0  everything is as it should be
        1  something is wrong: see the last column
    """,
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--offline", is_flag=True, help="Ask no source, no receiver and no mail server.")
@config_option
def doctor(*, as_json: bool, offline: bool, config: Path) -> None:
    """Look at everything that could be wrong: versions, config, disk, archive, index, clock.

    And, unless --offline: whether each receiver, mail server and chat service can be reached, as
    far as that can be told without a message, and what the robots.txt of each source says. Nobody
    is sent an alert or a mail; each line says what was not tried. `presswatch check --online`
    goes further and tries all of it; `presswatch status` tells how the service fares.
    """
    checks = _checks(config, offline=offline)
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=2))
    else:
        _print(checks)
    if not all(check.fine for check in checks):
        click.get_current_context().exit(NO)


def _checks(config: Path, *, offline: bool) -> list[Check]:
    from presswatch.doctor.check import Check
    from presswatch.doctor.here import here
    from presswatch.process import logs

    try:
        loaded = load(config, os.environ)
    except ConfigError as error:
        todo = "mend it; docs/config.md lists every key"
        return [
            Check(what="config", name=str(config), fine=False, said=line, todo=todo)
            for line in str(error).splitlines()
        ]
    logs.set_up(level=logging.CRITICAL)
    logs.hide.learn(loaded.secrets)
    with waiting("Looking at the archive"):
        checks = list(here(loaded, datetime.now(UTC)))
    if not offline:
        from presswatch.doctor.elsewhere import elsewhere

        with waiting("Asking sources and receivers"):
            checks += asyncio.run(elsewhere(loaded))
    return checks


def _print(checks: list[Check]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "what", "name", "found", "what to do"):
        table.add_column(heading, overflow="fold")
    for check in checks:
        mark = text("ok", "green") if check.fine else text("wrong", "bold red")
        todo = "" if check.fine else check.todo
        table.add_row(mark, check.what, text(check.name), text(check.said), text(todo))
    print_table(table)
    wrong = sum(not check.fine for check in checks)
    out().print(f"{plural(wrong, 'thing')} to look at." if wrong else "Everything is fine.")
