"""The terminal: data goes to standard output, progress and complaints to standard error.

Whatever came from outside is shown through `visible`: a page's title must not be able to move the
cursor, change the colour, or turn the rest of the line round.
"""

from __future__ import annotations

import errno
import io
import os
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

#: Where output is piped and nobody says how wide it may be.
PIPED_WIDTH = 120

#: A terminal with fewer columns than that, as on a phone, shows no tables.
NARROW = 64

_WORD = re.compile(r"\s*\S+\s*")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # Persian words and joined emoji need them, and they do no harm
_NOTHING = "\u00ad\u200b\u2060\ufeff"  # where a line may break: as harmless, and common


def visible(text: str, *, keep: str = "") -> str:
    """The text with control characters as pictures (␛) or code points, but for those of `keep`."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in keep or char in _JOINERS else _shown(char)
        for char in text
    )


def _shown(char: str) -> str:
    if char in _NOTHING:
        return ""
    if unicodedata.category(char) not in _UNSEEN:
        return char  # a wide blank, or younger than our Unicode tables
    number = ord(char)
    if number < 0x20:
        return chr(0x2400 + number)
    return "␡" if number == 0x7F else f"\\u{number:04x}"


def text(value: object, style: str = "") -> Text:
    """A cell or a line from outside: visible, one line, no markup."""
    # As a span: a style of the whole would colour what is appended later.
    return Text(overflow="fold").append(visible(str(value)), style=style or None)


def marked(value: str, marks: Iterable[tuple[int, int]], style: str = "bold yellow") -> Text:
    """A line from outside with some of its characters set off; positions are those of `value`."""
    line, done = Text(overflow="fold"), 0
    for start, end in sorted(marks):
        line.append(visible(value[done:start]))
        line.append(visible(value[max(start, done) : end]), style=style)
        done = max(done, end)
    return line.append(visible(value[done:]))


class Shown(Console):
    """A console whose soft lines break between words on a terminal.

    A word that is wider than the terminal, an address for example, is left to the terminal, so
    that it can be copied in one piece. Whoever reads our output through a pipe gets the line as
    it is.
    """

    def print(self, *objects: Any, soft_wrap: bool | None = None, **how: Any) -> None:
        if soft_wrap and self.is_terminal and "no_wrap" not in how:
            objects = tuple(_broken(one, self.width) for one in objects)
        super().print(*objects, soft_wrap=soft_wrap, **how)

    def on_broken_pipe(self) -> None:
        """Nobody reads on: raises BrokenPipeError, where rich would end the process."""
        try:
            super().on_broken_pipe()
        except SystemExit as error:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from error


def _broken(value: Any, width: int) -> Any:
    """A line with breaks before the words that do not fit; rich folds long words as well."""
    line = Text(value) if isinstance(value, str) else value
    if not isinstance(line, Text):
        return value
    breaks, column = [], 0
    for word in _WORD.finditer(line.plain):
        if column and column + cell_len(word[0].rstrip()) > width:
            breaks.append(word.start())
            column = 0
        column += cell_len(word[0])
    pieces = line.divide(breaks)
    for piece in pieces:
        piece.rstrip()
    return Text("\n").join(pieces)


def print_rows(rows: Iterable[Sequence[Text]], widths: Sequence[int]) -> None:
    """Print rows of short cells, `widths` columns wide, and a long one behind them.

    On a terminal the long one goes on below itself; through a pipe a row is a line.
    """
    from rich.table import Table  # costs more than many a command

    console = out()
    if not console.is_terminal:
        for *short, long in rows:
            padded = (Text.assemble(cell, " " * (width - cell_len(cell.plain)))
                      for cell, width in zip(short, widths, strict=True))  # fmt: skip
            console.print(Text.assemble(*padded, long), soft_wrap=True)
        return
    table = Table.grid()
    for width in widths:
        table.add_column(min_width=width, no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def print_table(table: Table) -> None:
    """Print a table; where columns would be a word wide, each row as lines of heading and cell."""
    console = out()
    if console.width >= NARROW:
        console.print(table)
        return
    from rich.table import Table

    rows = zip(*(column.cells for column in table.columns), strict=True)
    for number, row in enumerate(rows):
        if number:
            console.print()
        lines = Table.grid(padding=(0, 1, 0, 0))
        lines.add_column(style="bold", no_wrap=True)
        lines.add_column(overflow="fold")
        for column, cell in zip(table.columns, row, strict=True):
            if str(cell):
                lines.add_row(column.header, cell)
        console.print(lines)


def lose_nothing(stream: object) -> None:
    """Let a stream show what its coding lacks by its number: no title may end a command.

    Where the locale is GBK or ISO 8859-1, for example; Python's own answer is a traceback.
    """
    if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="backslashreplace")


def out() -> Console:
    """Standard output as it is now."""
    return _console(stderr=False)


def err() -> Console:
    """Standard error as it is now."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    console = Shown(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = PIPED_WIDTH
    return console
