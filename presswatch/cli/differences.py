"""What `presswatch show ID --diff` prints: two texts of an article, and what changed between."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from archive.diff import Piece, diff, line_diff, near_changes
from presswatch.cli.common import iso
from presswatch.console import out, text, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console
    from sqlite_utils import Database

    from archive.article import Article, Revision
    from archive.diff import Paragraph
    from presswatch.cli.common import Clock

LAST = "last"
_SPAN = re.compile(r"(\d{1,9}):(\d{1,9})", re.ASCII)
_SIGNS = {"same": "  ", "gone": "- ", "new": "+ ", "changed": "~ "}
_STYLES = {"same": "", "gone": "red strike", "new": "green"}
_PLAIN = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}

if TYPE_CHECKING:
    _Type = click.ParamType[tuple[int, int] | str]
else:
    _Type = click.ParamType


class Numbers(_Type):
    """Two texts by their numbers, "1:3"; without a value the last two."""

    name = "N:M"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int] | str:
        if isinstance(value, tuple) or value == LAST:
            return LAST if isinstance(value, str) else value
        found = _SPAN.fullmatch(str(value))
        if not found:
            message = f"{value!r} is not N:M; behind the ID, --diff alone takes the last two texts"
            self.fail(message, param, ctx)
        return int(found[1]), int(found[2])


def pair(
    db: Database, article: Article, wanted: tuple[int, int] | str
) -> tuple[Revision, Revision] | str:
    """The two texts to compare, or why there are none."""
    from archive.lookup import revision

    if isinstance(wanted, str):
        if article.revisions < 2:
            return (
                f"Article {article.id} has one text only: nothing has changed since it was filed."
            )
        wanted = (article.revisions - 1, article.revisions)
    first, second = (revision(db, article.id, number) for number in wanted)
    if first is None or second is None:
        return f"Article {article.id} has the texts 1 to {article.revisions}."
    return first, second


def show_differences(old: Revision, new: Revision, clock: Clock) -> None:
    """Title and text with what went and what came: in colours, or as ``[-gone-]{+came+}``."""
    console = out()
    between = (
        f"article {new.article}: from text {old.number} of {clock.time(old.seen)}"
        f" to text {new.number} of {clock.time(new.seen)}"
    )
    console.print(text(between, "dim"), soft_wrap=True)
    console.print(_line("title  ", line_diff(old.title, new.title), console), soft_wrap=True)
    console.print()
    paragraphs = diff(old.text, new.text)
    if all(paragraph.kind == "same" for paragraph in paragraphs):
        console.print(text("The text is the same.", "dim"))
        return
    for shown in near_changes(paragraphs):
        line = text("  …", "dim") if shown is None else _paragraph(shown, console)
        console.print(line, soft_wrap=not console.is_terminal)


def dump_differences(old: Revision, new: Revision) -> None:
    """The same for programs, every paragraph of it."""
    row = {
        "id": new.article,
        "from": {"number": old.number, "seen": iso(old.seen)},
        "to": {"number": new.number, "seen": iso(new.seen)},
        "title": _row(line_diff(old.title, new.title)),
        "paragraphs": [
            {"kind": paragraph.kind, "pieces": _row(paragraph.pieces)}
            for paragraph in diff(old.text, new.text)
        ],
    }
    click.echo(json.dumps(row, ensure_ascii=False, indent=2))


def _row(pieces: Iterable[Piece]) -> list[dict[str, str]]:
    return [{"mark": piece.mark, "text": piece.text} for piece in pieces]


def _paragraph(paragraph: Paragraph, console: Console) -> Text:
    sign = _SIGNS[paragraph.kind]
    if paragraph.kind == "changed" or _coloured(console):
        return _line(sign, paragraph.pieces, console)
    # The sign says it of the whole paragraph.
    return _line(sign, (Piece("same", piece.text) for piece in paragraph.pieces), console)


def _line(head: str, pieces: Iterable[Piece], console: Console) -> Text:
    line, coloured = Text(head, overflow="fold"), _coloured(console)
    for piece in pieces:
        shown = visible(piece.text)
        form = "{}" if coloured else _PLAIN[piece.mark]
        line.append(form.format(shown), style=_STYLES[piece.mark] or None)
    return line


def _coloured(console: Console) -> bool:
    return console.is_terminal and console.color_system is not None and not console.no_color
