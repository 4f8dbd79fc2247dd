"""Text from outside made harmless for one line of a log, a terminal, a mail header or a table."""

from __future__ import annotations

import re
import unicodedata
from email.errors import HeaderParseError
from email.header import decode_header

_ELLIPSIS = "…"
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bq]\?[ ->@-~]*\?=", re.IGNORECASE)  # RFC 2047
#: Controls, invisible formats (direction overrides among them), half surrogates, line separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # Persian words and joined emoji need them, and they do no harm


def one_line(text: str, limit: int = 500) -> str:
    """`text` as one line of at most `limit` characters; an ellipsis shows where it was cut.

    Characters that nobody sees and runs of blanks become one blank.
    """
    head = text[: limit * 4]  # so much more can be blanks; a whole book need not be read
    line = " ".join(visible(head).split())
    if len(line) <= limit and len(head) == len(text):
        return line
    return line[: limit - 1].rstrip() + _ELLIPSIS


def visible(text: str) -> str:
    """`text` with a blank for every character that nobody sees; nothing else changes its place."""
    return "".join(map(_seen, text))


def header_line(text: str, limit: int = 200) -> str:
    """`text` as one line of a mail's header, with nothing in it that a reader would decode.

    Encoded words are decoded first: what they hide, line breaks above all, goes the same way as
    what stands there openly. What looks like another one then is broken up.
    """
    return one_line(_ENCODED_WORD.sub(_decoded, text), limit).replace("=?", "= ?")


def _decoded(word: re.Match[str]) -> str:
    try:
        ((data, charset),) = decode_header(word[0])
        return data.decode(charset or "ascii", "replace") if isinstance(data, bytes) else data
    except (HeaderParseError, LookupError, ValueError):  # no such coding, or no base64
        return word[0]


def _seen(char: str) -> str:
    hidden = not char.isprintable() and unicodedata.category(char) in _UNSEEN
    return " " if hidden and char not in _JOINERS else char
