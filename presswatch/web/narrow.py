"""A query made narrower by a click: the words of a facet are written into the query itself.

So what is on the screen is what is asked, by the page, by the API, by a feed and by a rule.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from archive.query.lex import OPERATORS
from archive.query.lex import narrow as to_ascii
from archive.query.tree import Some

if TYPE_CHECKING:
    from archive.query import Query

#: What `within` has written, at the end of a query.
_WITHIN: Final = re.compile(
    r"(?:^| AND )after:(\d{4}-\d\d-\d\d) AND before:(\d{4}-\d\d-\d\d)$", re.ASCII
)
_PLAIN: Final = re.compile(r"[\w.-]+")
_QUOTES: Final = (('"', '"'), ("「", "」"), ("『", "』"))


def both(query: Query | None, clause: str) -> str:
    """The query AND a clause."""
    if query is None:
        return clause
    text = query.text.strip()
    return f"({text}) AND {clause}" if isinstance(query.tree, Some) else f"{text} AND {clause}"


def field(query: Query | None, name: str, value: str) -> str:
    """The query for one source or one language."""
    return both(query, f"{name}:{_quoted(value)}")


def _quoted(value: str) -> str:
    """A value as one word, or between quotes that it has not inside."""
    if _PLAIN.fullmatch(value) and value not in OPERATORS:
        return value
    typed = to_ascii(value)
    opening, closing = next((pair for pair in _QUOTES if pair[1] not in typed), _QUOTES[0])
    return f"{opening}{value}{closing}"


def within(text: str, query: Query | None, first: date, last: date) -> str:
    """The query for the days from `first` to `last`, in place of other days clicked before."""
    clause = f"after:{first.isoformat()} AND before:{(last + timedelta(days=1)).isoformat()}"
    known = _WITHIN.search(text.strip())
    if known is None:
        return both(query, clause)
    rest = text.strip()[: known.start()]
    return f"{rest} AND {clause}" if rest else clause


def days_of(text: str) -> tuple[date, date] | None:
    """The days that `within` has written into a query, the first and the last."""
    known = _WITHIN.search(text.strip())
    if known is None:
        return None
    try:
        first, end = date.fromisoformat(known[1]), date.fromisoformat(known[2])
    except ValueError:
        return None
    return (first, end - timedelta(days=1)) if first < end else None


def without_days(text: str) -> str:
    """The query without the days that `within` has written into it."""
    return _WITHIN.sub("", text.strip())
