"""A query as SQL: what the index can tell in one MATCH, what the tables must tell beside it.

甘肃 -体育 after:2026-05-01     MATCH '甘 肃 NOT 体 育'    AND appeared >= …
甘肃 OR story:7                article.id IN (… MATCH '甘 肃') OR article.story IN (…)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive.query import tree as querytree
from archive.query.leaf import Fact
from archive.query.tree import Every, Without

if TYPE_CHECKING:
    from archive.query.tree import Node

_MATCHES = "article.id IN (SELECT rowid FROM search WHERE search MATCH :{})"


@dataclass(frozen=True, slots=True)
class Plan:
    """What finds the hits: both the MATCH expression and the condition must hold."""

    match: str | None  # for the table search; None: the index alone rules nothing out
    condition: str  # over the table article; "1" for none
    values: dict[str, int | str]  # the parameters of the condition
    since: int | None = None  # what must hold of every hit: it appeared then or later (ms)
    until: int | None = None  # and before then
    words: Node | None = None  # what `match` stands for

    @property
    def is_of_a_time(self) -> bool:
        """Whether every hit appeared since then, or before then."""
        return self.since is not None or self.until is not None


@dataclass(slots=True)
class _Writer:
    """Conditions, and the parameters that they name."""

    values: dict[str, int | str] = field(default_factory=dict)

    def condition(self, tree: Node) -> str:
        if querytree.is_text(tree):
            return _MATCHES.format(self._name(querytree.fts(tree)))
        if isinstance(tree, Fact):
            return tree.condition(self._name(tree.value))
        if isinstance(tree, Without):
            return f"({self.condition(tree.keep)} AND NOT {self.condition(tree.drop)})"
        assert isinstance(tree, Every | querytree.Some)
        words = [part for part in tree.parts if querytree.is_text(part)]
        others = [part for part in tree.parts if not querytree.is_text(part)]
        kind = type(tree)
        parts = [words[0] if len(words) == 1 else kind(tuple(words))] if words else []
        joint = " AND " if kind is Every else " OR "
        return f"({joint.join(map(self.condition, (*parts, *others)))})"

    def _name(self, value: int | str) -> str:
        name = f"q{len(self.values)}"
        self.values[name] = value
        return name


def plan(tree: Node) -> Plan:
    """The largest part that one MATCH can tell, and the rest as a condition."""
    words, rest, dropped = _split(tree)
    writer = _Writer()
    conditions = [writer.condition(part) for part in rest]
    conditions += [f"NOT {writer.condition(part)}" for part in dropped]
    match = None if words is None else querytree.fts(words)
    bounds = [part for part in rest if isinstance(part, Fact)]
    since = max((fact.value for fact in bounds if fact.field == "after"), default=None)
    until = min((fact.value for fact in bounds if fact.field == "before"), default=None)
    return Plan(match, " AND ".join(conditions) or "1", writer.values, since, until, words)


def _split(tree: Node) -> tuple[Node | None, list[Node], list[Node]]:
    """(what one MATCH tells, what must hold as well, what must not)."""
    if querytree.is_text(tree):
        return tree, [], []
    if isinstance(tree, Every):
        words = tuple(part for part in tree.parts if querytree.is_text(part))
        rest = [part for part in tree.parts if not querytree.is_text(part)]
        joined = None if not words else words[0] if len(words) == 1 else Every(words)
        return joined, rest, []
    if isinstance(tree, Without):
        kept, rest, dropped = _split(tree.keep)
        if kept is not None and querytree.is_text(tree.drop):
            return Without(kept, tree.drop), rest, dropped
        return kept, rest, [*dropped, tree.drop]
    return None, [tree], []
