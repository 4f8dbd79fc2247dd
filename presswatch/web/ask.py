"""What a page is asked, and what it answers, without anything of the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from presswatch.web.errors import Nonsense

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlite_utils import Database

    from presswatch.clock import Clock
    from presswatch.views.standing import Standing
    from presswatch.web.book import Book
    from presswatch.web.standings import Standings
    from presswatch.web.trying import Trials

MOST_ID = 2**62  # beyond this SQLite takes no integer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request: which page, with which parameters, and who asks when."""

    path: str  # "/search"
    places: Mapping[str, Any]  # of the path: {"article": 7}
    values: Mapping[str, str]  # of the query string or of the form; the last of each name
    book: Book
    clock: Clock
    live: bool  # whether changes can be made here: the service's own page
    standings: Standings
    trials: Trials
    known: bool = False  # somebody has logged in, and can log out
    unwritten: str = ""  # why the service can write nothing, which the archive cannot say

    def value(self, name: str) -> str:
        """A parameter without blanks around it; "" where it is not given."""
        return self.values.get(name, "").strip()

    def number(self, name: str) -> int | None:
        """A parameter that is a number; None where it is not given. Raises Nonsense."""
        text = self.value(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise Nonsense(f"{name}={text[:40]}", cause="not a number")
        return min(int(text), MOST_ID)

    def standing(self, db: Database, *, sums: bool = False) -> Standing:
        """How everything stands, as of a moment ago; `sums` are those of the whole ledger."""
        return self.standings.current(db, self.book.rules.outline, self.clock.now, sums=sums)

    def head(self, db: Database) -> Standing:
        """The same for the head of a page, which may be a little older."""
        return self.standings.of_head(db, self.book.rules.outline, self.clock.now)

    def link(self, **changes: object) -> str:
        """This page with other parameters; None or "" takes one away."""
        kept: dict[str, object] = {**self.values, **changes}
        text = urlencode({key: value for key, value in kept.items() if value not in {None, ""}})
        return f"{self.path}?{text}" if text else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page to be rendered."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Another page has the answer."""

    place: str
    status: int = 303
