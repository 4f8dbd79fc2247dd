"""Text from outside made harmless for one line of a log, a terminal, a mail header or a table."""

from __future__ import annotations

import unicodedata

_ELLIPSIS = "…"
#: Controls, invisible formats (direction overrides among them), half surrogates, line separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # Persian words and joined emoji need them, and they do no harm


def one_line(text: str, limit: int = 500) -> str:
    """`text` as one line of at most `limit` characters; an ellipsis shows where it was cut.

    Characters that nobody sees and runs of blanks become one blank.
    """
    head = text[: limit * 4]  # so much more can be blanks; a whole book need not be read
    line = " ".join("".join(map(_seen, head)).split())
    if len(line) <= limit and len(head) == len(text):
        return line
    return line[: limit - 1].rstrip() + _ELLIPSIS


def _seen(char: str) -> str:
    hidden = not char.isprintable() and unicodedata.category(char) in _UNSEEN
    return " " if hidden and char not in _JOINERS else char
