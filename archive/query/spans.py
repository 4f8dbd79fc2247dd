"""Which queries an article fires, and where: one automaton over the terms of all of them.

It runs over the very token streams that the index holds, so that it finds what the search finds:
a term is a pattern between blanks (``" 知 识 产 权 "``), a prefix one without the last blank.
A query costs nothing where none of its words occurs: only those with a trigger term
(`archive.query.tree.triggers`) in the article are tested, and only for those that hold are places
in the original text looked up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from ahocorasick_rs import AhoCorasick, Implementation

from archive.article import to_ms
from archive.facets import bylines, host, site_token
from archive.fold import SENTINEL, Folded, excerpt, name_token, stream
from archive.query import tree as querytree
from archive.query.leaf import COLUMNS, NAMES, Fact, Near, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from archive.query.leaf import Leaf
    from archive.query.parser import Query
    from archive.query.tree import Test

#: The order in which spans are listed.
_FIELDS = ("title", "body", "author", "source", "lang", "site")
_LONG = 500  # characters of a pattern; made within 5 ms, whatever it holds


@dataclass(frozen=True)
class Document:
    """What queries ask of an article. Its texts are folded when first needed."""

    title: str
    body: str
    source: str
    language: str = ""
    authors: tuple[str, ...] = ()
    url: str = ""
    appeared: datetime | None = None  # published, else first seen
    story: int | None = None  # the root
    merged: tuple[int, ...] = ()  # stories that became one with it
    sought: tuple[Leaf, ...] | None = None  # if it is asked for these alone; None: for anything

    @cached_property
    def streams(self) -> Mapping[str, str]:
        """Field → its token stream: what the index holds, as far as it is asked for.

        Of a long text only the sentences are folded in which the words that are sought may stand.
        """
        made: dict[str, Callable[[], str]] = {
            "title": lambda: stream(self.title),
            "body": self._body,
            "author": lambda: stream(bylines(self.authors)),
            "source": lambda: name_token(self.source),
            "lang": lambda: name_token(self.language),
            "site": lambda: site_token(host(self.url)),
        }
        asked = _FIELDS if self.sought is None else _fields(self.sought)
        return {field: make() for field, make in made.items() if field in asked}

    def _body(self) -> str:
        phrases = None if self.sought is None else _phrases(self.sought)
        if self.sought is None or phrases is None:
            return stream(self.body)
        self._folded["body"] = excerpt(self.body, phrases, _reach(self.sought))
        return self._folded["body"].stream

    @cached_property
    def _folded(self) -> dict[str, Folded]:
        return {}

    def original(self, field: str) -> str:
        """The text of a column as people read it."""
        if field == "author":
            return bylines(self.authors)
        texts = {"title": self.title, "body": self.body, "source": self.source}
        return texts.get(field) or {"lang": self.language, "site": host(self.url)}.get(field, "")

    def span(self, field: str, first: int, last: int) -> tuple[int, int]:
        """Where in the original the tokens `first` to `last` of a field stand."""
        if field in NAMES:
            return 0, len(self.original(field))
        if field not in self._folded:
            self._folded[field] = Folded(self.original(field), self.streams[field])
        return self._folded[field].span(first, last)

    def is_true(self, fact: Fact) -> bool:
        """Whether a fact holds of the article."""
        appeared = None if self.appeared is None else to_ms(self.appeared)
        return fact.is_true(appeared, (self.story, *self.merged))


@lru_cache(64)
def _fields(sought: tuple[Leaf, ...]) -> frozenset[str]:
    """The columns in which some of these are looked for."""
    asked = (leaf for leaf in sought if not isinstance(leaf, Fact))
    return frozenset(column for leaf in asked for column in COLUMNS[leaf.field])


@lru_cache(64)
def _phrases(sought: tuple[Leaf, ...]) -> tuple[tuple[str, ...], ...] | None:
    """What to look for in a text, sentence by sentence; None if a sentence alone cannot tell."""
    in_text = [leaf for leaf in sought if isinstance(leaf, Near | Term) and _is_of_text(leaf)]
    terms = (
        term
        for leaf in in_text
        for term in ((leaf.left, leaf.right) if isinstance(leaf, Near) else (leaf,))
    )
    phrases = tuple(dict.fromkeys(term.tokens for term in terms))
    return None if any(SENTINEL in phrase for phrase in phrases) else phrases


def _is_of_text(leaf: Near | Term) -> bool:
    return "body" in COLUMNS[leaf.field]


def _reach(sought: tuple[Leaf, ...]) -> int:
    """How many tokens may at most lie between the beginnings of two words near each other."""
    pairs = (leaf for leaf in sought if isinstance(leaf, Near) and _is_of_text(leaf))
    return max((max(pair.reach()) for pair in pairs), default=0)


@dataclass(frozen=True, slots=True)
class Span:
    """A place of a term: character offsets in the original text of a field."""

    field: str  # title | body | author | source | lang | site
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
                if field in COLUMNS[term.field]:
                    meant[self.number[term]] += (number,)
            self.terms[field] = meant
        self._automaton = _automaton(numbers) if numbers else None

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


def _automaton(patterns: Collection[str]) -> AhoCorasick:
    """By the quickest kind, but for long patterns: 9,000 times 知 took it 7 s to make."""
    long = max(map(len, patterns)) > _LONG
    kind = Implementation.ContiguousNFA if long else None
    return AhoCorasick(patterns, store_patterns=False, implementation=kind)


def _pattern(term: Term) -> str:
    return " " + " ".join(term.tokens) + ("" if term.prefix else " ")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A query of the automaton, as far as matching needs it."""

    name: str
    query: Query
    test: Test


def _cost(leaf: Leaf, uses: int) -> float:
    """A guess at how often a leaf wakes a query: a source has many articles, a long word few."""
    if isinstance(leaf, Fact):
        return uses * 1000.0
    if isinstance(leaf, Near):
        return min(_cost(leaf.left, uses), _cost(leaf.right, uses)) / 2
    return uses * 10.0 if leaf.field in NAMES else uses / sum(map(len, leaf.tokens))


class Automaton:
    """Matches an article against many queries in one run over its tokens. Safe to share."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        uses = Counter(leaf for query in queries.values() for leaf in query.leaves)
        terms = dict.fromkeys(term for query in queries.values() for term in query.terms)
        numbers = {leaf: number for number, leaf in enumerate(dict.fromkeys((*uses, *terms)))}
        self._numbers = numbers
        # Names have an automaton of their own: there every article hits, and a prefix of one
        # letter must not be looked for in a whole text.
        self._texts = _Patterns({t: numbers[t] for t in terms if t.field not in NAMES})
        self._names = _Patterns({t: numbers[t] for t in terms if t.field in NAMES})
        self._facts = [(numbers[leaf], leaf) for leaf in uses if isinstance(leaf, Fact)]
        #: Term → the pairs to look at when it is there.
        self._pairs: dict[int, list[tuple[int, Near]]] = defaultdict(list)
        for leaf in uses:
            if isinstance(leaf, Near):
                rarer = min(leaf.left, leaf.right, key=lambda term: -len(term.tokens))
                self._pairs[numbers[rarer]].append((numbers[leaf], leaf))
        self._entries: list[_Entry] = []
        self._woken: list[list[int]] = [[] for _ in numbers]  # term → entries to test
        for index, (name, query) in enumerate(queries.items()):
            test = querytree.tester(query.tree, numbers.__getitem__)
            self._entries.append(_Entry(name, query, test))
            for leaf in querytree.triggers(query.tree, lambda leaf: _cost(leaf, uses[leaf])):
                self._woken[numbers[leaf]].append(index)

    def fires(self, document: Document) -> list[str]:
        """The names of the queries that hold, in their order: `match` without the places."""
        present = self._present(_Places(document, self._find(document)))
        return [entry.name for entry in self._hits(present)]

    def match(
        self, document: Document, wanted: Callable[[str], bool] | None = None
    ) -> dict[str, tuple[Span, ...]]:
        """Name → the places that made its query hold, title first; absent: it does not hold.

        Places in the original texts are worked out only if a query holds at all whose name is
        `wanted`. A query that holds for its facts alone has none.
        """
        places = _Places(document, self._find(document))
        present = self._present(places)
        return {
            entry.name: tuple(self._spans(entry.query, present, places))
            for entry in self._hits(present)
            if wanted is None or wanted(entry.name)
        }

    def _find(self, document: Document) -> Mapping[str, Mapping[int, list[int]]]:
        """Field → pattern → where it stands in the stream."""
        return {field: self._patterns(field).find(text) for field, text in document.streams.items()}

    def _present(self, places: _Places) -> set[int]:
        """The numbers of the leaves that are true of an article."""
        present: set[int] = set()
        for field, patterns in places.found.items():
            present.update(*map(self._patterns(field).terms[field].__getitem__, patterns))
        facts = (number for number, fact in self._facts if places.document.is_true(fact))
        present.update(facts)
        for guard in self._pairs.keys() & present:
            for number, near in self._pairs[guard]:
                if any(left for left, _ in self._meetings(near, places).values()):
                    present.add(number)
        return present

    def _hits(self, present: set[int]) -> list[_Entry]:
        woken = sorted(set[int]().union(*map(self._woken.__getitem__, present)))
        return [entry for entry in map(self._entries.__getitem__, woken) if entry.test(present)]

    def _patterns(self, field: str) -> _Patterns:
        return self._names if field in NAMES else self._texts

    def _meetings(self, near: Near, places: _Places) -> dict[str, tuple[list[int], list[int]]]:
        """Field → the tokens at which the left and the right term begin in reach of the other."""
        if near not in places.met:
            left, right = self._texts.number[near.left], self._texts.number[near.right]
            places.met[near] = {
                field: _meet(places.tokens(field, left), places.tokens(field, right), near.reach())
                for field in COLUMNS[near.field]
            }
        return places.met[near]

    def _spans(self, query: Query, present: set[int], places: _Places) -> Iterator[Span]:
        held = {leaf for leaf in query.leaves if self._numbers[leaf] in present}
        leaves = tuple(dict.fromkeys(querytree.fired(query.tree, held)))
        for field in places.found:
            spans = dict.fromkeys(
                Span(field, start, end, words, term)
                for leaf in leaves
                for term, tokens in self._standing(leaf, field, places)
                for start, end, words in places.texts(field, tokens, len(term.tokens))
            )
            yield from sorted(spans, key=lambda span: (span.start, span.end))

    def _standing(
        self, leaf: Leaf, field: str, places: _Places
    ) -> Iterator[tuple[Term, Sequence[int]]]:
        """The terms of a leaf and the tokens of a field at which they begin."""
        if isinstance(leaf, Fact) or field not in COLUMNS[leaf.field]:
            return
        if isinstance(leaf, Near):
            yield from zip(
                (leaf.left, leaf.right), self._meetings(leaf, places)[field], strict=True
            )
        else:
            yield leaf, places.tokens(field, self._patterns(field).number[leaf])


def _meet(
    lefts: Sequence[int], rights: Sequence[int], reach: tuple[int, int]
) -> tuple[list[int], list[int]]:
    """Those of both that begin in reach of one of the other; both in ascending order."""
    ahead, back = reach
    return (
        [at for at in lefts if _any_within(rights, at - back, at + ahead)],
        [at for at in rights if _any_within(lefts, at - ahead, at + back)],
    )


def _any_within(places: Sequence[int], low: int, high: int) -> bool:
    index = bisect_left(places, low)
    return index < len(places) and places[index] <= high


class _Places:
    """Where patterns stand in one article: in its streams, as tokens, and in its own texts."""

    def __init__(self, document: Document, found: Mapping[str, Mapping[int, list[int]]]) -> None:
        self.document = document
        self.found = found  # field → pattern → offsets in the stream
        self.met: dict[Near, dict[str, tuple[list[int], list[int]]]] = {}  # Automaton._meetings
        self._tokens: dict[tuple[str, int], Sequence[int]] = {}
        self._texts: dict[tuple[str, int, int], tuple[int, int, str]] = {}

    def tokens(self, field: str, pattern: int) -> Sequence[int]:
        """The tokens of a field at which a pattern begins, in order."""
        key = field, pattern
        if key not in self._tokens:
            offsets = self.found[field].get(pattern, ())
            self._tokens[key] = list(_counted(self.document.streams[field], offsets))
        return self._tokens[key]

    def texts(
        self, field: str, tokens: Iterable[int], length: int
    ) -> Iterator[tuple[int, int, str]]:
        """(start, end, words) in the text of the field, for `length` tokens from each of these."""
        text = self.document.original(field)
        for first in tokens:
            key = field, first, length
            if key not in self._texts:
                start, end = self.document.span(field, first, first + length - 1)
                self._texts[key] = start, end, text[start:end]
            yield self._texts[key]


def _counted(stream: str, offsets: Iterable[int]) -> Iterator[int]:
    """The tokens that begin at these ascending offsets of a stream."""
    index = behind = 0  # tokens before offset `behind`
    for offset in offsets:
        index += stream.count(" ", behind, offset)
        behind = offset
        yield index
