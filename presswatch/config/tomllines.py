"""Where the statements of a TOML document stand: text in, offsets out.

A person's config is edited by cutting into its text, so that not one other byte can change. For
that only the places must be known; what the pieces mean is for the TOML reader to say.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*|\r?\n|[ \t]+|[\[{]|[\]}]|=|[^\s\"'#\[\]{}=]+|.",
    re.DOTALL,
)
_HEADER = re.compile(r"[ \t]*\[")


@dataclass(frozen=True, slots=True)
class Statement:
    """One header, or one key with its value; offsets in characters."""

    start: int  # of its line
    value: int  # where the value begins; of a header, where the header does
    end: int  # behind its last character that is neither blank nor comment
    after: int  # behind its line break, if it has one
    header: tuple[str, ...]  # the names of a header; empty for a key
    array: bool  # the header is one of [[…]]
    keys: tuple[str, ...]  # of a key with its value, dotted parts apart; empty for a header

    @property
    def is_header(self) -> bool:
        return bool(self.header)


def statements(text: str) -> Iterator[Statement]:
    """The statements of a valid TOML document, in order; blank lines and comments are skipped."""
    at = 0
    while at < len(text):
        begin, value, end, at = at, *_line(text, at)
        if end > begin:
            yield _statement(text, begin, value, end, at)


def _line(text: str, at: int) -> tuple[int, int, int]:
    """Of the statement that may begin here: its value, its end (`at` if none), the next line."""
    depth, value, end = 0, 0, at
    while at < len(text):
        found = _TOKEN.match(text, at)
        assert found is not None  # the last alternative takes anything
        piece, at = found.group(), found.end()
        if piece in "[{":
            depth += 1
        elif piece in "]}":
            depth -= 1
        elif piece in {"\n", "\r\n"} and not depth:
            break
        if piece.isspace() or piece.startswith("#"):
            continue
        if not value and not depth and piece == "=":
            value = -1
        elif value == -1:
            value = found.start()
        end = at
    return max(value, 0), end, at


def _statement(text: str, start: int, value: int, end: int, after: int) -> Statement:
    piece = text[start:end]
    names: list[str] = []
    inner: Any = tomllib.loads(piece)
    if not _HEADER.match(piece):
        # The value may be a table too: `1` in its place tells its keys from those of the key.
        names = _path(tomllib.loads(text[start:value] + "1"))
        return Statement(start, value, end, after, (), array=False, keys=tuple(names))
    array = piece.lstrip().startswith("[[")
    return Statement(start, start, end, after, tuple(_path(inner)), array=array, keys=())


def _path(inner: Any) -> list[str]:
    names: list[str] = []
    while isinstance(inner, (dict, list)) and inner:
        if isinstance(inner, list):
            inner = inner[0]
            continue
        name, inner = next(iter(inner.items()))
        names.append(name)
    return names
