"""What a query means: a tree of terms in one normal form, for search and for rules.

A negation cannot stand alone: the index can only list articles that contain something. So every
part carries a sign while the tree is built, and ``p OR NOT n`` becomes ``NOT (n AND NOT p)``. What
is left knows three joints only (`Every`, `Some`, `Without`), each of which FTS5 has as well.
A signed tree that is negative in the end is true of an article with none of its words: refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from archive.query.leaf import Fact, Leaf, Near, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from collections.abc import Set as AbstractSet


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Without:
    keep: Node
    drop: Node


#: Slots that `{title body} : NEAR(…)` takes in FTS5's parser.
_NEAR_STACK = 9

Node: TypeAlias = Leaf | Every | Some | Without
#: Says whether the query holds, from the keys of the leaves that are there.
Test: TypeAlias = "Callable[[AbstractSet[Hashable]], bool]"


@dataclass(frozen=True, slots=True)
class Signed:
    """A tree that is true of no empty article, and whether it is meant the other way round."""

    tree: Node
    negative: bool = False


def negate(part: Signed) -> Signed:
    return Signed(part.tree, not part.negative)


def every(parts: Iterable[Signed]) -> Signed:
    """All of `parts` (one at least)."""
    keep, drop = _by_sign(parts)
    if not keep:
        return Signed(_some(drop), negative=True)
    return Signed(Without(_every(keep), _some(drop)) if drop else _every(keep))


def some(parts: Iterable[Signed]) -> Signed:
    """At least one of `parts` (one at least)."""
    keep, drop = _by_sign(parts)
    if not drop:
        return Signed(_some(keep))
    return Signed(Without(_every(drop), _some(keep)) if keep else _every(drop), negative=True)


def _by_sign(parts: Iterable[Signed]) -> tuple[list[Node], list[Node]]:
    positive: list[Node] = []
    negative: list[Node] = []
    for part in parts:
        (negative if part.negative else positive).append(part.tree)
    return positive, negative


def _every(parts: list[Node]) -> Node:
    flat = _flat(parts, Every)
    return flat[0] if len(flat) == 1 else Every(flat)


def _some(parts: list[Node]) -> Node:
    flat = _flat(parts, Some)
    return flat[0] if len(flat) == 1 else Some(flat)


def _flat(parts: list[Node], kind: type[Every | Some]) -> tuple[Node, ...]:
    """The parts without repeats, and those of the same kind opened: less to nest and to test."""
    flat: dict[Node, None] = {}
    for part in parts:
        inner = part.parts if isinstance(part, Every | Some) and type(part) is kind else (part,)
        flat.update(dict.fromkeys(inner))
    return tuple(flat)


def leaves(tree: Node) -> Iterator[Leaf]:
    """Every leaf of the tree, left to right, with repeats."""
    if isinstance(tree, Leaf):
        yield tree
        return
    for part in _parts(tree):
        yield from leaves(part)


def is_text(tree: Node) -> bool:
    """Whether the index alone can tell."""
    return not any(isinstance(leaf, Fact) for leaf in leaves(tree))


def _parts(tree: Every | Some | Without) -> tuple[Node, ...]:
    return (tree.keep, tree.drop) if isinstance(tree, Without) else tree.parts


def tester(tree: Node, key: Callable[[Leaf], Hashable]) -> Test:
    """The tree as a function of the set of keys that are there.

    Flat trees, which most rules are, become one set operation in C.
    """
    if isinstance(tree, Leaf):
        return frozenset((key(tree),)).issubset
    if isinstance(tree, Without):
        keep, drop = tester(tree.keep, key), tester(tree.drop, key)
        return lambda present: keep(present) and not drop(present)
    leaves = frozenset(key(part) for part in tree.parts if isinstance(part, Leaf))
    deeper = tuple(tester(part, key) for part in tree.parts if not isinstance(part, Leaf))
    if isinstance(tree, Every):
        if not deeper:
            return leaves.issubset
        return lambda present: leaves <= present and all(test(present) for test in deeper)
    if not deeper:
        return lambda present: not leaves.isdisjoint(present)
    return lambda present: not leaves.isdisjoint(present) or any(test(present) for test in deeper)


def holds(tree: Node, present: AbstractSet[Leaf]) -> bool:
    return tester(tree, lambda leaf: leaf)(present)


def fired(tree: Node, present: AbstractSet[Leaf]) -> Iterator[Leaf]:
    """The leaves that made a tree true that holds: those worth showing, with repeats."""
    if isinstance(tree, Leaf):
        yield tree
    elif isinstance(tree, Without):
        yield from fired(tree.keep, present)
        yield from _excused(tree.drop, present)
    else:
        for part in tree.parts:
            if isinstance(tree, Every) or holds(part, present):
                yield from fired(part, present)


def _excused(tree: Node, present: AbstractSet[Leaf]) -> Iterator[Leaf]:
    """The leaves that made a tree false: in ``a NOT (b NOT c)``, c excuses b."""
    if isinstance(tree, Without):
        if holds(tree.drop, present):
            yield from fired(tree.drop, present)
        yield from _excused(tree.keep, present)
    elif not isinstance(tree, Leaf):
        for part in tree.parts:
            if not holds(part, present):
                yield from _excused(part, present)


def triggers(tree: Node, cost: Callable[[Leaf], float]) -> tuple[Leaf, ...]:
    """The cheapest set of leaves of which one at least is there whenever the tree holds."""
    if isinstance(tree, Leaf):
        return (tree,)
    if isinstance(tree, Without):
        return triggers(tree.keep, cost)
    sets = [triggers(part, cost) for part in tree.parts]
    if isinstance(tree, Every):
        return min(sets, key=lambda found: sum(map(cost, found)))
    return tuple(dict.fromkeys(term for found in sets for term in found))


def needed(tree: Node) -> Iterator[tuple[str, ...]]:
    """The tokens without which no text is a hit, of one term or pair after the other."""
    if isinstance(tree, Term):
        yield tree.tokens[:-1] if tree.prefix else tree.tokens
    elif isinstance(tree, Near):
        yield (*next(needed(tree.left)), *next(needed(tree.right)))
    elif isinstance(tree, Without):
        yield from needed(tree.keep)
    elif isinstance(tree, Every):
        for part in tree.parts:
            yield from needed(part)


def fts(tree: Node, gate: str = "", *, anywhere: bool = False) -> str:
    """A tree of words as an FTS5 MATCH expression (`is_text`: FTS5 knows no facts).

    `gate` is one more, which every hit has: it stands among the parts that are joined. `anywhere`
    also finds texts of which an author's name has what is long.
    """
    if isinstance(tree, Term | Near):
        return tree.fts(anywhere=anywhere)
    if isinstance(tree, Fact):
        message = f"no words: {tree}"
        raise TypeError(message)
    if isinstance(tree, Without):
        keep = fts(tree.keep, gate, anywhere=anywhere)
        keep = keep if isinstance(tree.keep, Leaf) else f"({keep})"
        return f"{keep} NOT {_nested(tree.drop)}"
    # FTS5's parser has a stack of 100: what nests deepest goes first, where it needs least.
    parts = sorted(tree.parts, key=stack, reverse=True)
    more = [f"({gate})"] if gate and isinstance(tree, Every) else []
    written = [*(_nested(part, anywhere=anywhere) for part in parts), *more]
    return (" AND " if isinstance(tree, Every) else " OR ").join(written)


def _nested(tree: Node, *, anywhere: bool = False) -> str:
    made = fts(tree, anywhere=anywhere)
    return made if isinstance(tree, Leaf) else f"({made})"


def stack(tree: Node) -> int:
    """How many slots of FTS5's parser stack the compiled tree takes: 6 for a term."""
    if isinstance(tree, Leaf):
        return _NEAR_STACK if isinstance(tree, Near) else 6
    if isinstance(tree, Without):
        return 1 + max(stack(tree.keep), 2 + stack(tree.drop))
    first, *rest = sorted(map(stack, tree.parts), reverse=True)
    return 1 + max([first, *(2 + slots for slots in rest)])
