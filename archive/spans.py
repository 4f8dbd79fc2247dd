"""Which queries an article fires, and where: one automaton over the terms of all of them.

It runs over the very token streams that the index holds, so that it finds what the search finds:
a term is a pattern between blanks (``" 知 识 产 权 "``), a prefix one without the last blank.
A query costs nothing where none of its words occurs: only those with a trigger term
(`archive.querytree.triggers`) in the article are tested, and only for those that hold are places
in the original text looked up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick

from archive import querytree
from archive.fold import Folded, fold, name_token, stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from archive.query import Query
    from archive.querytree import Term, Test

#: The order in which spans are listed.
_FIELDS = ("title", "body", "source")
#: The fields in which a term of a field is looked for.
_LOOK_IN = {"": ("title", "body"), "title": ("title",), "source": ("source",)}


@dataclass(frozen=True)
class Document:
    """The original texts of an article. They are folded when first needed."""

    title: str
    body: str
    source: str

    @cached_property
    def streams(self) -> Mapping[str, str]:
        """Field → its token stream: what the index holds."""
        return {
            "title": stream(self.title),
            "body": stream(self.body),
            "source": name_token(self.source),
        }

    @cached_property
    def _folded(self) -> dict[str, Folded]:
        return {}

    def original(self, field: str) -> str:
        return {"title": self.title, "body": self.body, "source": self.source}[field]

    def span(self, field: str, first: int, last: int) -> tuple[int, int]:
        """Where in the original the tokens `first` to `last` of a field stand."""
        if field == "source":
            return 0, len(self.source)
        if field not in self._folded:
            self._folded[field] = fold(self.original(field))
        return self._folded[field].span(first, last)


@dataclass(frozen=True, slots=True)
class Span:
    """A place of a term: character offsets in the original text of a field."""

    field: str  # title | body | source
    start: int
    end: int
    words: str  # the original text there
    term: Term


class _Patterns:
    """The distinct patterns of some terms, and the automaton over them."""

    def __init__(self, terms: Mapping[Term, int]) -> None:
        numbers: dict[str, int] = {}
        self.number = {term: numbers.setdefault(_pattern(term), len(numbers)) for term in terms}
        #: field → pattern → the numbers of the terms that are there when it is found there
        self.terms: dict[str, list[tuple[int, ...]]] = {}
        for field in _FIELDS:
            meant: list[tuple[int, ...]] = [()] * len(numbers)
            for term, number in terms.items():
                if field in _LOOK_IN[term.field]:
                    meant[self.number[term]] += (number,)
            self.terms[field] = meant
        self._automaton = AhoCorasick(numbers, store_patterns=False) if numbers else None

    def find(self, text: str) -> dict[int, list[int]]:
        """Pattern → the offsets in a token stream at which its first token begins."""
        if self._automaton is None or not text:
            return {}
        places: dict[int, list[int]] = defaultdict(list)
        # The blank before the stream takes the place of the blank that begins every pattern.
        hits = self._automaton.find_matches_as_indexes(f" {text} ", overlapping=True)
        for pattern, start, _ in hits:
            places[pattern].append(start)
        return places


def _pattern(term: Term) -> str:
    return " " + " ".join(term.tokens) + ("" if term.prefix else " ")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A query of the automaton, as far as matching needs it."""

    name: str
    query: Query
    test: Test


def _cost(term: Term, uses: int) -> float:
    """A guess at how often a term wakes a query: a source has many articles, a long word few."""
    return uses * 10.0 if term.field == "source" else uses / sum(map(len, term.tokens))


class Automaton:
    """Matches an article against many queries in one run over its tokens. Safe to share."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        uses = Counter(term for query in queries.values() for term in query.terms)
        numbers = {term: number for number, term in enumerate(uses)}
        self._numbers = numbers
        # Names of sources have an automaton of their own: there every article hits, and a prefix
        # of one letter must not be looked for in a whole text.
        self._texts = _Patterns({t: n for t, n in numbers.items() if t.field != "source"})
        self._names = _Patterns({t: n for t, n in numbers.items() if t.field == "source"})
        self._entries: list[_Entry] = []
        self._woken: list[list[int]] = [[] for _ in numbers]  # term → entries to test
        for index, (name, query) in enumerate(queries.items()):
            test = querytree.tester(query.tree, numbers.__getitem__)
            self._entries.append(_Entry(name, query, test))
            for term in querytree.triggers(query.tree, lambda term: _cost(term, uses[term])):
                self._woken[numbers[term]].append(index)

    def fires(self, document: Document) -> list[str]:
        """The names of the queries that hold, in their order: `match` without the places."""
        return [entry.name for entry in self._hits(self._terms(self._find(document)))]

    def match(self, document: Document) -> dict[str, tuple[Span, ...]]:
        """Name → the places that made its query hold, title first; absent: it does not hold.

        Places in the original texts are worked out only if a query holds at all.
        """
        found = self._find(document)
        present = self._terms(found)
        places = _Places(document, found)
        return {
            entry.name: tuple(self._spans(entry.query, present, places))
            for entry in self._hits(present)
        }

    def _find(self, document: Document) -> Mapping[str, Mapping[int, list[int]]]:
        """Field → pattern → where it stands in the stream."""
        return {field: self._patterns(field).find(text) for field, text in document.streams.items()}

    def _terms(self, found: Mapping[str, Mapping[int, list[int]]]) -> set[int]:
        present: set[int] = set()
        for field, patterns in found.items():
            present.update(*map(self._patterns(field).terms[field].__getitem__, patterns))
        return present

    def _hits(self, present: set[int]) -> list[_Entry]:
        woken = sorted(set[int]().union(*map(self._woken.__getitem__, present)))
        return [entry for entry in map(self._entries.__getitem__, woken) if entry.test(present)]

    def _patterns(self, field: str) -> _Patterns:
        return self._names if field == "source" else self._texts

    def _spans(self, query: Query, present: set[int], places: _Places) -> Iterator[Span]:
        held = {term for term in query.terms if self._numbers[term] in present}
        terms = tuple(dict.fromkeys(querytree.fired(query.tree, held)))
        for field in _FIELDS:
            spans = [
                Span(field, start, end, words, term)
                for term in terms
                if field in _LOOK_IN[term.field]
                for start, end, words in places.of(
                    field, self._patterns(field).number[term], len(term.tokens)
                )
            ]
            yield from sorted(spans, key=lambda span: (span.start, span.end))


class _Places:
    """Offsets in the token streams of one article, on demand as offsets in its texts."""

    def __init__(self, document: Document, found: Mapping[str, Mapping[int, list[int]]]) -> None:
        self._document = document
        self._found = found
        self._known: dict[tuple[str, int], Sequence[tuple[int, int, str]]] = {}

    def of(self, field: str, pattern: int, length: int) -> Sequence[tuple[int, int, str]]:
        """(start, end, words) of each place of a pattern of `length` tokens."""
        key = field, pattern
        if key not in self._known:
            self._known[key] = list(
                self._locate(field, self._found[field].get(pattern, ()), length)
            )
        return self._known[key]

    def _locate(
        self, field: str, offsets: Sequence[int], length: int
    ) -> Iterator[tuple[int, int, str]]:
        text, tokens = self._document.original(field), self._document.streams[field]
        index = behind = 0  # tokens before offset `behind`
        for offset in offsets:
            index += tokens.count(" ", behind, offset)
            behind = offset
            start, end = self._document.span(field, index, index + length - 1)
            yield start, end, text[start:end]
