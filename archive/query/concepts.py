"""Concepts: names for queries, used as ``@NAME`` in any query.

A concept has one query or several, joined by OR; they may use other concepts. A concept that
uses itself, by whatever way, means nothing and is an error that names the way.
"""

from __future__ import annotations

import difflib
import unicodedata
from typing import TYPE_CHECKING

from archive.errors import QueryError
from archive.query import tree as querytree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from archive.query.tree import Node

#: Leaves of a concept with all that it uses written out: a few lines of concepts that use each
#: other twice would else fill the memory.
MAX_LEAVES = 5_000


class TooDeepError(QueryError):
    """Parentheses and concepts inside each other, too many: told of all who use them."""


class _InsideError(QueryError):
    """A concept that is used cannot be understood; its own entry says so as well."""


class _CycleError(QueryError):
    """A concept uses itself."""

    def __init__(self, chain: str, way: frozenset[str], column: int) -> None:
        self.chain, self.way = chain, way
        super().__init__(
            f"this concept uses itself: {chain}", column=column, hint="take one of them out"
        )


class Concepts:
    """The concepts of a config, read when they are used and once for each field."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        """`values`: name → its queries. Of names that differ in case or width the first counts."""
        self._values: dict[str, tuple[str, tuple[str, ...]]] = {}
        for name, items in values.items():
            self._values.setdefault(key(name), (name, tuple(items)))
        self._known: dict[tuple[str, str], Node] = {}
        self._open: list[str] = []
        self.around = 0  # how deep inside others what is being read stands

    def meaning(
        self,
        name: str,
        column: int,
        field: str,
        read: Callable[[str, str, Concepts], Node],
        depth: int,
    ) -> Node:
        """What a concept stands for inside ``field:``; `read` makes a tree of (text, field).

        `depth` is added to what is around it. Raises QueryError at `column`, where it is used.
        """
        wanted = key(name)
        if wanted not in self._values:
            raise self._unknown(name, column)
        known = wanted, field
        if known not in self._known:
            self.around += depth
            try:
                self._known[known] = self._read(wanted, column, field, read)
            finally:
                self.around -= depth
        return self._known[known]

    def _read(
        self, wanted: str, column: int, field: str, read: Callable[[str, str, Concepts], Node]
    ) -> Node:
        name, items = self._values[wanted]
        if wanted in self._open:
            way = [*self._open[self._open.index(wanted) :], wanted]
            chain = " → ".join(f"@{self._values[step][0]}" for step in way)
            raise _CycleError(chain, frozenset(way), column)
        self._open.append(wanted)
        try:
            parts = [querytree.Signed(read(item, field, self)) for item in items]
        except _CycleError as error:
            raise _CycleError(error.chain, error.way, column) from None
        except TooDeepError as error:
            raise TooDeepError(error.message, column=column, hint=error.hint) from None
        except QueryError as error:
            said = f"inside @{name}: column {error.column}: {error.message}"
            raise _InsideError(said, column=column, hint=error.hint) from None
        finally:
            self._open.pop()
        tree = querytree.some(parts).tree
        if sum(1 for _ in querytree.leaves(tree)) > MAX_LEAVES:
            raise QueryError(f"@{name} stands for more than {MAX_LEAVES} words", column=column)
        return tree

    def _unknown(self, name: str, column: int) -> QueryError:
        names = {known: shown for known, (shown, _) in self._values.items()}
        close = difflib.get_close_matches(key(name), names, 1)
        hint = f'to search for the text, quote it: "@{name}"'
        if close:
            hint = f"did you mean @{names[close[0]]}?"
        return QueryError(f"unknown concept @{name}", column=column, hint=hint)

    def problems(
        self, read: Callable[[str, str, Concepts], Node]
    ) -> Iterator[tuple[str, int, QueryError]]:
        """Every query that cannot be understood: (name of the concept, which, counted from 1)."""
        for wanted, (name, items) in self._values.items():
            for number, item in enumerate(items, start=1):
                self._open = [wanted]
                try:
                    read(item, "", self)
                except _InsideError:
                    continue  # said where the concept itself stands
                except _CycleError as error:
                    if wanted in error.way:
                        yield name, number, error
                except QueryError as error:
                    yield name, number, error
                finally:
                    self._open = []


def key(name: str) -> str:
    """By what names of concepts are told apart."""
    return unicodedata.normalize("NFKC", name).casefold()
