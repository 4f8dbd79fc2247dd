"""presswatch show."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from crawler.evidence.doubt import against, place
from presswatch.cli.common import Clock, command, config_option, iso, reading
from presswatch.cli.differences import (
    LAST,
    Numbers,
    dump_differences,
    pair,
    show_differences,
)
from presswatch.cli.group import NO, USAGE, complain
from presswatch.console import out, print_rows, text, visible
from presswatch.views import rows as row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlite_utils import Database

    from archive.article import Article, Revision
    from archive.retold import Telling


@command(
    "show",
    example="""
        presswatch show 42
        presswatch show https://www.example.org/news/42.html --format json
        presswatch show 42 --raw > page.html
        presswatch show 42 --diff
    """,
    codes="""
        0  shown
        1  the archive has no such article, or not the texts to compare
        2  the command or the config is wrong, or --raw would go to a terminal
        3  the archive could not be read
    """,
)
@click.argument("key", metavar="ID|URL")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--raw", is_flag=True, help="The response as it was fetched, byte for byte.")
@click.option(
    "--diff",
    "texts",
    type=Numbers(),
    is_flag=False,
    flag_value=LAST,
    help="What changed between its last two texts, or from text N to text M.",
)
@config_option
def show(
    *, key: str, form: str, raw: bool, texts: tuple[int, int] | str | None, config: Path
) -> None:
    """Show an article: its newest text, where else it stands, and what its page said of itself.

    Any URL will do that ever led to it, also with tracking parameters.
    """
    from archive.lookup import find_article
    from archive.retold import tellings

    with reading(config) as (seen, db):
        article = find_article(db, key)
        if article is None:
            complain(_missing(db, key))
            click.get_current_context().exit(NO)
        if raw:
            _raw(db, article)
        elif texts is not None:
            _differences(pair(db, article, texts), form, Clock(seen.timezone))
        elif form == "json":
            row = _row(article, tellings(db, article.newest.story))
            click.echo(json.dumps(row, ensure_ascii=False, indent=2))
        else:
            _print(article, tellings(db, article.newest.story), Clock(seen.timezone))


def _missing(db: Database, key: str) -> str:
    from archive.retention import removed

    gone = removed(db, int(key)) if key.isdigit() and len(key) < 19 else None
    if gone is not None:
        return (
            f"Article {key} ({gone.url}) was removed on {gone.at:%Y-%m-%d}: it was kept for as"
            " long as the config says (keep_articles)."
        )
    return f"The archive has no article {key}. `presswatch why URL` may know the page."


def _raw(db: Database, article: Article) -> None:
    from archive.lookup import raw_body

    body = raw_body(db, article.id)
    if body is None:
        complain(f"The response of article {article.id} is no longer kept (keep_raw).")
        click.get_current_context().exit(NO)
    if sys.stdout.isatty():  # what a stranger's server sent can do anything to a terminal
        complain(f"Not on a terminal: presswatch show {article.id} --raw > page.html")
        click.get_current_context().exit(USAGE)
    sys.stdout.buffer.write(body.body)


def _differences(two: tuple[Revision, Revision] | str, form: str, clock: Clock) -> None:
    if isinstance(two, str):
        complain(two)
        click.get_current_context().exit(NO)
    elif form == "json":
        dump_differences(*two)
    else:
        show_differences(*two, clock)


def _print(article: Article, story: Sequence[Telling], clock: Clock) -> None:
    console, newest = out(), article.newest
    console.print(text(newest.title or "(no title)", "bold"), soft_wrap=True)
    facts = [
        ("url", newest.url),
        ("article", f"{article.id}, in story {newest.story}"),
        ("source", newest.source),
        ("text", _text_from(article)),
        ("withdrawn", _withdrawn(article, clock)),
        ("published", _published(article, clock)),
        ("first seen", clock.time(newest.first_seen)),
        ("authors", ", ".join(newest.authors)),
        ("credited to", article.credited_source),
        ("language", newest.language),
        ("revisions", f"{article.revisions}, the newest of {clock.time(newest.seen)}"),
        ("copy of", str(newest.copy_of or "")),
        *_story(article, story, clock),
        *(("led here", alias) for alias in article.aliases if alias != newest.url),
        *(
            (f"{'*' if item.chosen else ' '} {item.field}", f"{item.value} ({item.where})")
            for item in article.evidence
            if item.field != "doubt"
        ),
        *(("caption", caption) for caption in article.captions),
        ("sha256", article.raw_sha256),
    ]
    print_rows(((Text(name, "dim"), text(value)) for name, value in facts if value), (13,))
    console.print()
    for paragraph in newest.text.split("\n"):
        console.print(Text(visible(paragraph)), soft_wrap=not console.is_terminal)


def _story(article: Article, story: Sequence[Telling], clock: Clock) -> Iterator[tuple[str, str]]:
    """Where else the story stands, its first article before all, and how the others differ."""
    for number, telling in enumerate(story):
        how = f": {telling.how}" if telling.how else ""
        if telling.article == article.id:
            if how:
                yield "as a copy", telling.how
            continue
        date = clock.short(telling.published, precise=telling.precise)
        when = date if telling.published else f"seen {clock.short(telling.first_seen)}"
        where = f"{telling.url} ({telling.source}, {telling.article}), {when}"
        yield ("also at" if number else "first at"), where + how
    if len(article.copies) >= len(story):
        yield "also at", f"{len(article.copies) + 1 - len(story)} more"


def _published(article: Article, clock: Clock) -> str:
    """The date, whose word it is, and what speaks against it."""
    newest = article.newest
    if newest.published is None:
        return "not known"
    chosen = (one.where for one in article.evidence if one.field == "published" and one.chosen)
    whose = f" ({place(where)})" if (where := next(chosen, "")) else ""
    doubts = against(article)
    date = clock.short(newest.published, precise=newest.published_precise)
    return f"{date}{whose}" + (f"; doubt: {'; '.join(doubts)}" if doubts else "")


def _text_from(article: Article) -> str:
    """Where the text comes from, if not from its page."""
    for item in article.evidence:
        if item.field == "text" and item.where == "feed":
            return f"from the feed; {item.value}"
    return ""


def _withdrawn(article: Article, clock: Clock) -> str:
    if article.withdrawn is None:
        return ""
    return f"{clock.time(article.withdrawn)}, its page is gone"


def _row(article: Article, story: Sequence[Telling]) -> dict[str, Any]:
    return row_of.article(article, against(article)) | {
        "first": story[0].article,
        "copies": _copies(article, story),
        "content_hash": article.newest.content_hash,
    }


def _copies(article: Article, story: Sequence[Telling]) -> list[dict[str, Any]]:
    """`how` is against the first of the story; "" for the first itself."""
    how = {telling.article: telling.how for telling in story}
    return [
        {
            "id": copy.article,
            "url": copy.url,
            "source": copy.source,
            "title": copy.title,
            "published": iso(copy.published),
            "first_seen": iso(copy.first_seen),
            "how": how.get(copy.article, ""),
        }
        for copy in article.copies
    ]
