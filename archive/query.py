"""The query language, from its text to a `Query`: one tree for the search and for the rules.

    query  = all  { "OR" all }             every operator in upper case
    all    = part { ["AND"] part }         adjacent parts are joined by AND
    part   = { "NOT" } [field] (word | word* | "phrase" | "phrase"* | "(" query ")")
    field  = "title:" | "source:"          not inside another field

A word that folds into several tokens (知识产权, AT&T) is a phrase of those. The reference with
examples is docs/queries.md. Errors are `archive.errors.QueryError`, each with its column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from archive import querytree
from archive.errors import QueryError
from archive.fold import SENTINEL, name_token, stream
from archive.querylex import OPERATORS, Lexeme, lexemes, narrow
from archive.querytree import Node, Signed, Term
from archive.variants import IDEOGRAPHS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Query", "Term", "parse"]

MAX_LENGTH = 10_000  # characters
MAX_NESTING = 50  # parentheses
#: FTS5's parser has 100 slots and no way to ask how many are left.
MAX_STACK = 90

_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_SYMBOLS = {"&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR", "!": "NOT", "-": "NOT"}


@dataclass(frozen=True)
class Query:
    """A query as written and as understood. Equal queries have the same tree."""

    text: str
    tree: Node
    notes: tuple[str, ...] = ()  # "column 5: …": understood, but perhaps not as meant

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Every term once, also those that must not occur."""
        return tuple(dict.fromkeys(querytree.terms(self.tree)))

    def fts(self) -> str:
        """An FTS5 MATCH expression over the columns title, body and source."""
        return querytree.fts(self.tree)

    def holds(self, present: Callable[[Term], bool]) -> bool:
        """Whether an article with (and only with) the terms that are `present` is a hit."""
        return querytree.holds(self.tree, {term for term in self.terms if present(term)})


def parse(text: str) -> Query:
    """Read a query; raises QueryError with the 1-based column of what cannot be understood."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"longer than {MAX_LENGTH} characters", column=MAX_LENGTH + 1)
    if not text.strip():
        raise QueryError("the query is empty", column=1)
    if bad := re.search("[\ud800-\udfff]", text):
        raise QueryError("this is not valid text", column=bad.start() + 1)
    parser = _Parser(text)
    signed = parser.whole()
    if signed.negative:
        raise QueryError(
            "this would be true of every article with none of its words",
            column=parser.first_not or 1,
            hint="say what must occur: a word AND NOT another",
        )
    if querytree.stack(signed.tree) > MAX_STACK:
        raise QueryError("too many NOT and parentheses inside each other", column=1)
    return Query(text, signed.tree, tuple(parser.notes))


class _Parser:
    """One recursive descent over the lexemes of one query."""

    def __init__(self, text: str) -> None:
        self.notes: list[str] = []
        self.first_not = 0  # column
        self._lexemes = lexemes(text)
        self._before: Lexeme | None = None
        self._now = next(self._lexemes)
        self._field = ""
        self._open: list[Lexeme] = []

    def whole(self) -> Signed:
        found = self._any()
        if self._now.kind != "end":
            self._refuse()
        return found

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
            self.first_not = self.first_not or self._now.column
            self._advance()
            negative = not negative
        found = self._fielded() if self._now.kind == "field" else self._primary()
        return querytree.negate(found) if negative else found

    def _fielded(self) -> Signed:
        if self._field:
            raise QueryError(
                f"{self._now.text}: inside {self._field}:",
                column=self._now.column,
                hint="a field applies to the one word, phrase or group after it",
            )
        self._field = self._advance().text
        found = self._fielded() if self._now.kind == "field" else self._primary()
        self._field = ""
        return found

    def _primary(self) -> Signed:
        if self._now.kind == "open":
            return self._group()
        if self._now.kind not in ("word", "phrase"):
            self._refuse()
        lexeme = self._advance()
        term = _term(lexeme, self._field)
        self._remark(lexeme, term)
        return Signed(term)

    def _group(self) -> Signed:
        if len(self._open) == MAX_NESTING:
            raise QueryError(
                f"more than {MAX_NESTING} parentheses inside each other", column=self._now.column
            )
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

    def _remark(self, lexeme: Lexeme, term: Term) -> None:
        """Note what is understood, but perhaps not as it was meant."""
        plain = narrow(lexeme.text)
        if lexeme.kind == "phrase":
            if plain.endswith("*"):
                self._note(lexeme.column, 'a * inside quotes is text: "like this"* is a prefix')
        elif plain.upper() in OPERATORS:
            self._note(lexeme.column, f"{plain} is searched for; the operator is {plain.upper()}")
        elif plain[0] in "-!":
            self._note(lexeme.column, f"{plain[0]} is ignored; to exclude a word write NOT")
        if lexeme.star and term.field != "source" and _IDEOGRAPH.match(term.tokens[-1]):
            self._note(lexeme.column, "a * after a Chinese word changes nothing")


def _unexpected(now: Lexeme, before: Lexeme | None, opened: list[Lexeme]) -> QueryError:
    """What to say when `now` stands, after `before`, where it cannot."""
    kind = before.kind if before else "open"
    column, hint = now.column, ""
    if before and kind == "field":
        message, column = f"{before.text}: without a word, phrase or group after it", before.column
    elif kind == "operator" == now.kind:
        assert before is not None
        message, hint = f"{now.text} directly after {before.text}", "remove one"
    elif before and kind == "operator":
        message, column = f"{before.text} without anything after it", before.column
        hint = f'to search for the word, quote it: "{before.text}"'
    elif now.kind == "operator":
        message = f"{now.text} without anything before it"
        hint = f'to search for the word, quote it: "{now.text}"'
    elif before and kind == "open" and now.kind == "close":
        message, column = "nothing between the parentheses", before.column
    elif now.kind == "close":
        message, hint = "this parenthesis closes nothing", "remove it, or open one before"
    else:
        message, column = "this parenthesis is not closed", opened[-1].column
        hint = "add a ) after the group"
    return QueryError(message, column=column, hint=hint)


def _term(lexeme: Lexeme, field: str) -> Term:
    tokens = _tokens(lexeme.text, field)
    if tokens:
        return Term(field, tokens, lexeme.star, lexeme.typed)
    if lexeme.kind == "phrase" and not lexeme.text.strip():
        raise QueryError("the phrase is empty", column=lexeme.column)
    operator = _SYMBOLS.get(narrow(lexeme.text))
    raise QueryError(
        f"{lexeme.text.strip()} has no letters or digits, so there is nothing to look for",
        column=lexeme.column,
        hint=f"leave it out, or write {operator}" if operator else "",
    )


def _tokens(text: str, field: str) -> tuple[str, ...]:
    if field == "source":
        return (name_token(text.strip()),) if any(map(str.isalnum, text)) else ()
    tokens = stream(text).split()
    while tokens and tokens[0] == SENTINEL:
        del tokens[0]
    while tokens and tokens[-1] == SENTINEL:
        del tokens[-1]
    return tuple(tokens)
