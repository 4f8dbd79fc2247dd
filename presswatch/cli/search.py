"""presswatch search."""

from __future__ import annotations

import csv
import json
import os
import shlex
import sys
from typing import TYPE_CHECKING, Any, TypedDict

import click

from presswatch.cli.common import Clock, command, config_option, reading, since_option
from presswatch.cli.group import NO, USAGE, complain
from presswatch.console import err, marked, print_table, text, visible
from presswatch.views import rows as row_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

    from archive.query import Query
    from archive.search import Hit, Sort, Tally
    from presswatch.config.load import Outline

FIELDS = ("id", "url", "title", "source", "published", "first_seen", "language", "story",
          "snippets")  # fmt: skip
_BAR = 40  # columns of the longest bar
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Narrowed(TypedDict):
    """What the options ask beside the query."""

    since: datetime | None
    source: str | None


@command(
    "search",
    example="""
        presswatch search '知识产权 AND (甘肃 OR 深圳)' --since 7d
        presswatch search 'title:patent*' --format jsonl | jq -r .url
        presswatch search '专利 NEAR/5 甘肃 site:gov.cn' --count day
    """,
    codes="""
        0  articles were found
        1  none was found
        2  the query or the config is wrong
        3  the archive could not be read
    """,
)
@click.argument("words", metavar="QUERY", nargs=-1, required=True)
@since_option
@click.option("--source", metavar="NAME", help="Only what this source published.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, metavar="N",
    help="At most so many.",
)  # fmt: skip
@click.option(
    "--sort", type=click.Choice(["newest", "relevance"]), default="newest", show_default=True,
    help="What comes first.",
)  # fmt: skip
@click.option(
    "--count", "tally", type=click.Choice(["day", "source"]),
    help="How many articles a day or of each source, in place of the articles.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "jsonl", "csv"]), default="table",
    show_default=True, help="A table for people, the others for programs.",
)  # fmt: skip
@config_option
def search(
    *,
    words: tuple[str, ...],
    since: datetime | None,
    source: str | None,
    limit: int,
    sort: Sort,
    tally: str | None,
    form: str,
    config: Path,
) -> None:
    """Find articles, or count them.

    A query has words, "phrases", prefix*, AND, OR, NOT, NEAR/5 and parentheses, the fields title:,
    source:, author:, site:, lang:, after:, before: and story:, and the concepts of the config,
    @NAME. Chinese words match anywhere in running text, Latin words as whole words.
    """
    from archive import search as archive_search
    from presswatch.config.load import outline

    parsed = understand(_query(words), outline(config, os.environ))
    narrowed: Narrowed = {"since": since, "source": source}
    with reading(config) as (seen, db):
        _known(source, [name for name, _ in seen.sources])
        if tally is not None:
            _tally(_counted(db, parsed, tally, narrowed, Clock(seen.timezone)), tally, form)
            return
        hits = archive_search.search(db, parsed, **narrowed, sort=sort, limit=limit)
        if form == "table":
            _table(hits, Clock(seen.timezone))
            _sum_up(len(hits), archive_search.count(db, parsed, **narrowed))
        else:
            _data(hits, form)
    if not hits:
        click.get_current_context().exit(NO)


def _query(words: tuple[str, ...]) -> str:
    """Several words are no query: the shell has taken the quotes of its phrases."""
    if len(words) > 1:
        joined = " ".join(words)
        raise click.UsageError(
            f"write the query in quotes: presswatch search {shlex.quote(joined)}"
        )
    return words[0]


def _counted(
    db: Database, query: Query, tally: str, narrowed: Narrowed, clock: Clock
) -> list[Tally]:
    from archive import search as archive_search

    if tally == "source":
        return archive_search.count_by_source(db, query, **narrowed)
    return archive_search.count_by_day(db, query, **narrowed, zone=clock.zone)


def _tally(tallies: list[Tally], kind: str, form: str) -> None:
    """The counts with bars for people; ends the command with 1 where nothing was found."""
    rows = [{kind: one.key, "articles": one.articles} for one in tallies]
    if form == "table":
        _bars(tallies)
    elif form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif form == "jsonl":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
    else:
        writer = csv.writer(sys.stdout)
        writer.writerow((kind, "articles"))
        writer.writerows((_cell(one.key), one.articles) for one in tallies)
    if not tallies:
        complain("Nothing found.")
        click.get_current_context().exit(NO)


def _bars(tallies: list[Tally]) -> None:
    from rich.table import Table

    if not tallies:
        return
    most = max(one.articles for one in tallies)
    table = Table(box=None, pad_edge=False, show_edge=False, show_header=False)
    for one in tallies:
        bar = "█" * max(1, round(one.articles * _BAR / most))
        table.add_row(text(one.key), text(str(one.articles)), text(bar))
    print_table(table)


def understand(query: str, seen: Outline) -> Query:
    """The query read; ends the command with a caret under the column where it cannot be."""
    from archive.errors import QueryError
    from archive.query import Concepts, parse

    try:
        parsed = parse(query, Concepts(seen.concepts), zone=Clock(seen.timezone).zone)
    except QueryError as error:
        complain(f"The query cannot be understood: {error}")
        _point(query, error.column)
        click.get_current_context().exit(USAGE)
    for note in parsed.notes:
        err().print(text(note), style="yellow")
    return parsed


def _point(query: str, column: int) -> None:
    """The query's line with a caret below, where wide characters take two columns."""
    from rich.cells import cell_len

    before = query[: column - 1]
    start = before.rfind("\n") + 1
    line = visible(query[start:].split("\n", 1)[0])
    console = err()
    caret = " " * (2 + cell_len(visible(before[start:]))) + "^"
    for one in (text(f"  {line}"), caret):
        console.print(one, soft_wrap=True, no_wrap=True)


def _known(source: str | None, names: list[str]) -> None:
    """A name that no source has is not wrong, since sources are removed and articles stay."""
    from presswatch.config.values import did_you_mean

    if source is not None and source not in names:
        err().print(text(f"No source in the config is called {source!r}"
                         f"{did_you_mean(source, names)}"), style="yellow")  # fmt: skip


def _table(hits: list[Hit], clock: Clock) -> None:
    from rich.table import Table

    if not hits:
        return
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("id", justify="right", no_wrap=True)
    table.add_column("published", no_wrap=True)
    table.add_column("source")
    table.add_column("article", ratio=1, overflow="fold")
    for hit in hits:
        cell = text(hit.title or hit.url, "bold")
        for snippet in hit.snippets:
            cell.append("\n").append(marked(snippet.text, snippet.marks))
        cell.append(f"\n{visible(hit.url)}", style="dim")
        when = clock.short(hit.published) if hit.published else f"({clock.short(hit.first_seen)})"
        table.add_row(str(hit.article), when, text(hit.source), cell)
    print_table(table)


def _sum_up(shown: int, total: int) -> None:
    if not total:
        complain("Nothing found.")
    elif shown < total:
        err().print(f"{shown} of {total}; --limit shows more.", style="dim")


def _data(hits: list[Hit], form: str) -> None:
    rows = [row_of.hit(hit) for hit in hits]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif form == "jsonl":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
    else:
        _csv(rows)


def _csv(rows: list[dict[str, Any]]) -> None:
    """RFC 4180, with cells that a spreadsheet would take for a formula made text."""
    writer = csv.writer(sys.stdout)
    writer.writerow(FIELDS)
    for row in rows:
        row["snippets"] = " … ".join(snippet["text"] for snippet in row["snippets"])
        cells = ["" if row[name] is None else str(row[name]) for name in FIELDS]
        writer.writerow(map(_cell, cells))


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value
