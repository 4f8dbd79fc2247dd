"""The query language, from its text to a `Query`: one tree for the search and for the rules.

    query  = all  { "OR" all }             every operator in upper case
    all    = part { ["AND"] part }         adjacent parts are joined by AND
    part   = { "NOT" | "-" } unit [ "NEAR/5" unit ]
    unit   = [field] (word | word* | "phrase" | "phrase"* | @concept | "(" query ")")
    field  = "title:" | "author:" | …      (`archive.query.lex.FIELDS`) not inside another field

A word that folds into several tokens (知识产权, AT&T) is a phrase of those. The reference with
examples is docs/queries.md. Errors are `archive.errors.QueryError`, each with its column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property, partial
from typing import TYPE_CHECKING, NoReturn

from archive.errors import QueryError
from archive.query import sql as querysql
from archive.query import tree as querytree
from archive.query.concepts import Concepts, TooDeepError
from archive.query.leaf import FACTS, NAMES, Leaf, Near, Term
from archive.query.lex import OPERATORS, Lexeme, lexemes, narrow
from archive.query.tree import Node, Signed
from archive.query.value import leaf
from archive.variants import IDEOGRAPHS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

MAX_LENGTH = 10_000  # characters
MAX_NESTING = 50  # parentheses
#: Of concepts inside each other, with their parentheses: Python has room for a thousand calls, of
#: which a parenthesis takes six, and a concept as many as two of them.
_MAX_DEPTH = 100
_CONCEPT = 2
#: FTS5's parser has 100 slots and no way to ask how many are left.
MAX_STACK = 90

_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
MAX_GAP = 500  # of NEAR
_MAX_PAIRS = 400  # that a NEAR between two groups stands for


@dataclass(frozen=True)
class Query:
    """A query as written and as understood. Equal queries have the same tree."""

    text: str
    tree: Node
    notes: tuple[str, ...] = ()  # "column 5: …": understood, but perhaps not as meant

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """All that it asks, each once, also what must not be."""
        return tuple(dict.fromkeys(querytree.leaves(self.tree)))

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Every word and phrase once, those of NEAR and those that must not occur among them."""
        found = (
            term
            for leaf in self.leaves
            for term in ((leaf.left, leaf.right) if isinstance(leaf, Near) else (leaf,))
            if isinstance(term, Term)
        )
        return tuple(dict.fromkeys(found))

    def fts(self) -> str:
        """An FTS5 MATCH expression. Raises TypeError for a query that asks for facts as well."""
        return querytree.fts(self.tree)

    def plan(self) -> querysql.Plan:
        """How the archive finds its hits."""
        return querysql.plan(self.tree)

    def holds(self, present: Callable[[Leaf], bool]) -> bool:
        """Whether an article is a hit of which those leaves are true that are `present`."""
        return querytree.holds(self.tree, {leaf for leaf in self.leaves if present(leaf)})


def parse(text: str, concepts: Concepts | None = None, *, zone: tzinfo = UTC) -> Query:
    """Read a query; raises QueryError with the 1-based column of what cannot be understood.

    `concepts` are those that it may use; in `zone` the days of `before:` and `after:` begin.
    """
    parser = _Parser(text, concepts or Concepts({}), zone)
    return Query(text, parser.checked(), tuple(parser.notes))


def concept_problems(
    values: Mapping[str, Sequence[str]], *, zone: tzinfo = UTC
) -> Iterator[tuple[str, int, QueryError]]:
    """What is wrong with concepts: (name, number of the query, counted from 1, error)."""
    return Concepts(values).problems(partial(_inside, zone))


def concept_notes(
    values: Mapping[str, Sequence[str]], *, zone: tzinfo = UTC
) -> Iterator[tuple[str, int, str]]:
    """What is understood, but perhaps not as meant: (name, number of the query, note)."""
    concepts = Concepts(values)
    for name, items in values.items():
        for number, item in enumerate(items, start=1):
            try:
                notes = () if _as_phrase(item) else parse(item, concepts, zone=zone).notes
            except QueryError:
                continue  # `concept_problems` says what is wrong
            yield from ((name, number, note) for note in notes)


def _inside(zone: tzinfo, text: str, field: str, concepts: Concepts) -> Node:
    """A query of a concept that is used inside a field."""
    if phrase := _as_phrase(text):
        return leaf(phrase, field, zone)
    return _Parser(text, concepts, zone, field).checked()


def _as_phrase(text: str) -> Lexeme | None:
    """The query of a concept as the phrase that it is, if it has plain words only."""
    _check_text(text)
    words = list(lexemes(text))[:-1]
    if len(words) < 2 or not all(word.kind == "word" and not word.star for word in words):
        return None
    name = text.strip()
    return Lexeme("phrase", name, words[0].column, f'"{name}"')


def _check_text(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"longer than {MAX_LENGTH} characters",
            column=MAX_LENGTH + 1,
            hint="name its parts as concepts, or make two queries of it",
        )
    if not text.strip():
        raise QueryError("the query is empty", column=1, hint="write a word")
    if bad := re.search("[\ud800-\udfff]", text):
        raise QueryError("this is not valid text", column=bad.start() + 1, hint="type it again")


class _Parser:
    """One recursive descent over the lexemes of one query."""

    def __init__(self, text: str, concepts: Concepts, zone: tzinfo, field: str = "") -> None:
        _check_text(text)
        self.notes: list[str] = []
        self._first_not = 0  # column
        self._concepts = concepts
        self._zone = zone
        self._lexemes = lexemes(text)
        self._before: Lexeme | None = None
        self._now = next(self._lexemes)
        self._field = field
        self._open: list[Lexeme] = []

    def checked(self) -> Node:
        """The tree of the whole query, if it says what must occur and is not too large."""
        found = self._any()
        if self._now.kind != "end":
            self._refuse()
        if found.negative:
            raise QueryError(
                "this would be true of every article with none of its words",
                column=self._first_not or 1,
                hint="say what must occur: a word AND NOT another",
            )
        if querytree.stack(found.tree) > MAX_STACK:
            raise QueryError(
                "too many NOT and parentheses inside each other",
                column=1,
                hint="write it flatter, or make two queries of it",
            )
        return found.tree

    def _advance(self) -> Lexeme:
        taken = self._before = self._now
        self._now = next(self._lexemes)
        return taken

    def _at(self, operator: str) -> bool:
        return self._now.kind == "operator" and self._now.text == operator

    def _any(self) -> Signed:
        adjacent: list[int] = []
        parts = [self._all(adjacent)]
        while self._at("OR"):
            self._advance()
            parts.append(self._all(adjacent))
        if len(parts) > 1 and adjacent:
            self._note(adjacent[0], "joined by AND to what stands before it: AND binds before OR")
        return querytree.some(parts)

    def _all(self, adjacent: list[int]) -> Signed:
        parts = [self._part()]
        while not (self._now.kind in ("end", "close") or self._at("OR")):
            if self._at("AND"):
                self._advance()
            elif not self._at("NOT"):
                adjacent.append(self._now.column)
            parts.append(self._part())
        return querytree.every(parts)

    def _part(self) -> Signed:
        negative = False
        while self._at("NOT"):
            self._first_not = self._first_not or self._now.column
            self._advance()
            negative = not negative
        found = self._unit()
        if self._now.kind == "near":
            found = self._near(found)
        return querytree.negate(found) if negative else found

    def _unit(self) -> Signed:
        return self._fielded() if self._now.kind == "field" else self._primary()

    def _near(self, left: Signed) -> Signed:
        near = self._advance()
        right = self._unit()
        if self._now.kind == "near":
            raise QueryError(
                f"{self._now.typed} behind {near.typed}",
                column=self._now.column,
                hint="it stands between two words only: (a NEAR/5 b) AND (b NEAR/5 c)",
            )
        return Signed(_pairs(near, left, right))

    def _fielded(self) -> Signed:
        if self._field:
            raise QueryError(
                f"{self._now.text}: inside {self._field}:",
                column=self._now.column,
                hint="a field applies to the one word, phrase or group after it",
            )
        self._field = self._advance().text
        found = self._unit()
        self._field = ""
        return found

    def _primary(self) -> Signed:
        if self._now.kind == "open":
            return self._group()
        if self._now.kind not in ("word", "phrase", "concept"):
            self._refuse()
        lexeme = self._advance()
        if lexeme.kind == "concept":
            return Signed(self._meaning(lexeme))
        found = leaf(lexeme, self._field, self._zone)
        self._remark(lexeme, found)
        return Signed(found)

    def _meaning(self, lexeme: Lexeme) -> Node:
        """What a concept stands for."""
        depth = len(self._open) + _CONCEPT
        self._check_depth(depth)
        read = partial(_inside, self._zone)
        return self._concepts.meaning(lexeme.text, lexeme.column, self._field, read, depth)

    def _check_depth(self, more: int) -> None:
        """Of concepts that use each other; what is read already costs nothing."""
        if self._concepts.around + more > _MAX_DEPTH:
            raise TooDeepError(
                "too many concepts and parentheses inside each other",
                column=self._before.column if self._before else 1,
                hint="write what the innermost of them says",
            )

    def _group(self) -> Signed:
        if len(self._open) == MAX_NESTING:
            raise QueryError(
                f"more than {MAX_NESTING} parentheses inside each other",
                column=self._now.column,
                hint="leave out those that change nothing",
            )
        self._check_depth(len(self._open) + 1)
        before = self._before
        if (
            before
            and before.kind == "word"
            and before.column + len(before.typed) == self._now.column
        ):
            self._note(self._now.column, "this parenthesis opens a group; if it is text, quote it")
        self._open.append(self._advance())
        found = self._any()
        if self._now.kind != "close":
            self._refuse()
        self._advance()
        self._open.pop()
        return found

    def _refuse(self) -> NoReturn:
        raise _unexpected(self._now, self._before, self._open)

    def _note(self, column: int, message: str) -> None:
        self.notes.append(f"column {column}: {message}")

    def _remark(self, lexeme: Lexeme, found: Leaf) -> None:
        """Note what is understood, but perhaps not as it was meant."""
        plain = narrow(lexeme.text)
        if lexeme.kind == "phrase":
            if plain.endswith("*"):
                self._note(lexeme.column, 'a * inside quotes is text: "like this"* is a prefix')
        elif plain.upper() in OPERATORS:
            self._note(lexeme.column, f"{plain} is searched for; the operator is {plain.upper()}")
        elif re.match(r"near(?:/|$)", plain, re.IGNORECASE):
            self._note(lexeme.column, f"{plain} is searched for; the operator is NEAR/5")
        elif plain[0] in "-!" and self._field not in (*FACTS, *NAMES):
            self._note(lexeme.column, f"{plain[0]} is ignored; to exclude a word write NOT")
        if not lexeme.star or not isinstance(found, Term) or found.field in NAMES:
            return
        if _IDEOGRAPH.match(found.tokens[-1]):
            self._note(lexeme.column, "a * after a Chinese word changes nothing")


def _pairs(near: Lexeme, left: Signed, right: Signed) -> Node:
    """Both sides of a NEAR: each alternative of one with each of the other."""
    gap = int(near.text)
    sides = [_alternatives(near, side) for side in (left, right)]
    pairs = [Near(a, b, gap) for a in sides[0] for b in sides[1]]
    if any(pair.left.field != pair.right.field for pair in pairs):
        message, hint = "its sides stand in different fields", "write title:(a NEAR/5 b)"
    elif any(pair.field in NAMES for pair in pairs):
        message, hint = f"{pairs[0].field}: is a name as a whole", "write AND"
    elif gap > MAX_GAP:
        message, hint = f"more than {MAX_GAP} words between", "write AND"
    elif len(pairs) > _MAX_PAIRS:
        message, hint = f"stands for more than {_MAX_PAIRS} pairs", "write fewer alternatives"
    else:
        return querytree.some(Signed(pair) for pair in pairs).tree
    raise QueryError(f"{near.typed}: {message}", column=near.column, hint=hint)


def _alternatives(near: Lexeme, side: Signed) -> tuple[Term, ...]:
    parts = side.tree.parts if isinstance(side.tree, querytree.Some) else (side.tree,)
    terms = tuple(part for part in parts if isinstance(part, Term))
    if side.negative or len(terms) < len(parts):
        raise QueryError(
            f"{near.typed} stands between words, phrases, or groups of them joined by OR",
            column=near.column,
            hint="write (a OR b) NEAR/5 c",
        )
    return terms


def _unexpected(now: Lexeme, before: Lexeme | None, opened: list[Lexeme]) -> QueryError:
    """What to say when `now` stands, after `before`, where it cannot."""
    kind = before.kind if before else "open"
    column, hint = now.column, ""
    joins = ("operator", "near")
    if before and kind == "field":
        message, column = f"{before.text}: without a word, phrase or group after it", before.column
        hint = "write it directly behind the colon"
    elif before and kind in joins and now.kind in joins:
        message, hint = f"{now.typed} directly after {before.typed}", "remove one"
    elif before and kind in joins:
        message, column = f"{before.typed} without anything after it", before.column
        hint = f'to search for the word, quote it: "{before.typed}"'
    elif now.kind in joins:
        message = f"{now.typed} without anything before it"
        hint = f'to search for the word, quote it: "{now.typed}"'
    elif before and kind == "open" and now.kind == "close":
        message, column = "nothing between the parentheses", before.column
        hint = "write a word between them"
    elif now.kind == "close":
        message, hint = "this parenthesis closes nothing", "remove it, or open one before"
    else:
        message, column = "this parenthesis is not closed", opened[-1].column
        hint = "add a ) after the group"
    return QueryError(message, column=column, hint=hint)
