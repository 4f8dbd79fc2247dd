"""A query taken apart over one article: every clause, true or false, and where its words stand.

Each clause is asked as a query of its own, by the automaton that the rules run in: nothing here
knows what a term, a field or a distance means, so a clause says what the rules see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.query.parser import Query
from archive.query.spans import Automaton
from archive.query.tree import Every, Node, Some, Without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.query.spans import Document, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A part of a query in its normal form, where repeats and double negations are gone."""

    depth: int  # 0 for the whole query
    label: str  # a term as typed, or "all of", "any of", "none of" for what follows one deeper
    holds: bool
    spans: tuple[Span, ...] = ()  # of a term: its places, title first


@dataclass(frozen=True, slots=True)
class _Part:
    """A clause before it is asked; "none of" holds where what is asked does not."""

    depth: int
    label: str
    asked: Node
    opposite: bool = False

    @property
    def is_leaf(self) -> bool:
        """What has places of its own: no joint, and not the head over a single excluded term."""
        return not self.opposite and not isinstance(self.asked, _JOINTS)


_JOINTS = (Every, Some, Without)


def explain(query: Query, document: Document) -> tuple[Clause, ...]:
    """Every clause in the order of reading, each before its parts. The first is the whole query."""
    parts = list(_parts(query.tree, 0))
    automaton = Automaton({str(n): Query(part.label, part.asked) for n, part in enumerate(parts)})
    found = automaton.match(document)
    return tuple(
        Clause(
            depth=part.depth,
            label=part.label,
            holds=(str(number) in found) is not part.opposite,
            spans=found.get(str(number), ()) if part.is_leaf else (),
        )
        for number, part in enumerate(parts)
    )


def _parts(tree: Node, depth: int) -> Iterator[_Part]:
    if isinstance(tree, Without):
        yield _Part(depth, "all of", tree)
        # `a AND b NOT c` reads as three parts of one list.
        kept = tree.keep.parts if isinstance(tree.keep, Every) else (tree.keep,)
        for part in kept:
            yield from _parts(part, depth + 1)
        yield _Part(depth + 1, "none of", tree.drop, opposite=True)
        dropped = tree.drop.parts if isinstance(tree.drop, Some) else (tree.drop,)
        for part in dropped:
            yield from _parts(part, depth + 2)
    elif isinstance(tree, Every | Some):
        yield _Part(depth, "all of" if isinstance(tree, Every) else "any of", tree)
        for part in tree.parts:
            yield from _parts(part, depth + 1)
    else:
        yield _Part(depth, str(tree), tree)
