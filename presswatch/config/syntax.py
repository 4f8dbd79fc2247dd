"""What is no TOML: where, and what to write instead.

tomllib says at which character it could not go on. Nothing of the line is repeated: it may hold a
secret, and the sentence goes to the log, to the page and to the operator's channel.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from presswatch.errors import Problem

if TYPE_CHECKING:
    import tomllib
    from collections.abc import Callable

_PLACE = re.compile(r"(.*) \(at (line (\d+), column (\d+)|end of document)\)", re.DOTALL)
#: Characters of word processors and Chinese keyboards → what TOML wants there.
_LOOKALIKES = dict.fromkeys("“”„‟＂", '"') | dict.fromkeys("‘’＇", "'") | {"＝": "=", "，": ","}
_LISTS = re.compile(r"\[\[?\s*(source|channel|rule)\s*\]")
_UNQUOTED = re.compile(r"\d[\w-]*")
_OPEN = "a quote or bracket that was opened before is not closed"


def problem_of(error: tomllib.TOMLDecodeError, text: str) -> Problem:
    """The error with its place, ``line 3, column 7``, and the likeliest cause."""
    found = _PLACE.fullmatch(str(error))
    if found is None:
        return Problem("", str(error))
    said, place = found[1], found[2]
    advice = _OPEN if found[3] is None else _advice(said, text, int(found[3]), int(found[4]))
    return Problem(place, f"{said} ({advice})" if advice else said)


def _advice(said: str, text: str, number: int, column: int) -> str:
    line = text.replace("\r\n", "\n").split("\n")[number - 1]
    if odd := next((char for char in line if char in _LOOKALIKES), ""):
        return f"{odd} is another character than {_LOOKALIKES[odd]} and does not count as one"
    for beginning, advise in _ADVICE:
        if said.startswith(beginning):
            return advise(line, column - 1)
    return ""


def _value(line: str, at: int) -> str:
    rest = line[at:].strip()
    if not rest or rest.startswith("#"):
        return "a value is missing behind the ="
    if rest.lower().startswith(("true", "false")):
        return "true and false are written small"
    return 'a text stands in quotes, "…"'


def _twice(line: str, _: int) -> str:
    if named := _LISTS.match(line.strip()):
        return f"write [[{named[1]}]], with two brackets on either side, each time"
    return "it stands in the file before; keep one of the two"


def _behind(line: str, at: int) -> str:
    if _UNQUOTED.fullmatch(line[:at].partition("=")[2].strip()):
        return 'a duration or date stands in quotes, "30m"'
    return "nothing but a comment may stand behind a value"


#: How tomllib's sentence begins → what to say of the line and the place in it, counted from 0.
_ADVICE: tuple[tuple[str, Callable[[str, int], str]], ...] = (
    ("Illegal character", lambda _line, _at: "a quote that opens in this line is not closed in it"),
    ("Invalid value", _value),
    ("Cannot overwrite", _twice),
    ("Cannot declare", _twice),
    ("Unescaped", lambda _line, _at: "write it twice, or take single quotes"),
    ("Expected '='", lambda _line, _at: "a line is NAME = VALUE"),
    ("Expected newline", _behind),
)
