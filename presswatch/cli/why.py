"""presswatch why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import Clock, command, config_option, iso, reading
from presswatch.cli.group import NO, complain
from presswatch.console import out, print_rows, text

if TYPE_CHECKING:
    from pathlib import Path

    from presswatch.views.trace import Trace


@command(
    "why",
    example="""
        presswatch why https://www.example.org/news/42.html
        presswatch why 42
    """,
    codes="""
        0  told
        1  no source has ever listed this page
        2  the command or the config is wrong
        3  the archive could not be read
    """,
)
@click.argument("key", metavar="URL|ID")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@config_option
def why(*, key: str, form: str, config: Path) -> None:
    """Tell what became of a page, with times.

    Which poll found it; whether it was fetched, read, filed or dropped, and why; which rule held
    for which words; what was queued, and what came of every try to deliver it.
    """
    from presswatch.views.trace import trace

    with reading(config) as (seen, db):
        traced = next(filter(None, (trace(db, one) for one in _spellings(key))), None)
        if traced is None:
            complain(
                f"{key} is not known: no source has listed it."
                " `presswatch sources test SOURCE` shows what a source lists now."
            )
            click.get_current_context().exit(NO)
        if form == "json":
            _json(traced)
        else:
            _print(traced, Clock(seen.timezone))


def _spellings(key: str) -> tuple[str, ...]:
    """An address as browsers show it lacks its beginning."""
    bare = "://" not in key and not key.isdigit()
    return (f"https://{key}", f"http://{key}") if bare else (key,)


def _print(traced: Trace, clock: Clock) -> None:
    console = out()
    if traced.article:
        console.print(text(traced.article.newest.title, "bold"), soft_wrap=True)
    console.print(text(traced.url), soft_wrap=True)
    console.print()
    rows = (
        (text(clock.time(event.at) if event.at else "", "dim"), text(event.what, "bold"),
         text(event.said))
        for event in traced.events
    )  # fmt: skip
    print_rows(rows, (21, 12))


def _json(traced: Trace) -> None:
    row = {
        "url": traced.url,
        "article": traced.article.id if traced.article else None,
        "events": [
            {"at": iso(event.at), "what": event.what, "said": event.said} for event in traced.events
        ],
    }
    click.echo(json.dumps(row, ensure_ascii=False, indent=2))
