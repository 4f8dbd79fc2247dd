"""Whatever a rule matches, search finds, and the other way round: random queries and articles.

Three ways to one answer: FTS5 over the index, the automaton over the fold, and an evaluator of a
dozen lines that shares nothing with them but the fold itself.
"""

from __future__ import annotations

import json
import math
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from archive import index, schema
from archive.article import to_ms
from archive.errors import QueryError
from archive.fold import stream
from archive.query import Concepts, Query, parse
from archive.queryleaf import NAMES, Fact
from archive.search import count, search
from archive.spans import Automaton, Document
from archive.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WORDS = [
    *("知识产权", "知識產權", "产权", "甘肃", "甘肅", "专利", "專利", "著作", "发展", "發"),
    *("IPR", "ipr", "IPR港", "甘肃IPR港", "mac", "machine", "machines", "patent", "Patents", "a"),
    *("AT&T", "well-known", "C++", "café", "3D打印", "２０２４年", "and", "not"),
    *("^patent", "{mac}", "patent+office", "U.S.", "的", "的的", "O'Brien", "mac#1"),
]
PHRASES = [
    *("patent office", "知识 产权", "专利、商标", "专利。商标", "AND", "body:mac", "NEAR(a b)"),
    *(
        "知識(shí)產(chǎn)權(quán)",
        "the mac AND",
        "mac* a",
        "a\ta",
        "office of",
        "-mac",
        "法国(Orléans)",
    ),
]
SOURCES = ["CNIPA", "CNIPA News", "cnipa-en", "ＣＮＩＰＡ", "甘肃日报", "AT&T", "a", "知识产权报"]
PIECES = [
    *WORDS,
    *(
        "知(zhī)识(shí)产(chǎn)权(quán)",
        "甘(gān)肅(sù)省",
        "patent office",
        "office",
        "of",
        "专利、商标",
    ),
    *("，", "。", "\n", "\n\n", " ", " ", " ", ". ", "（", "）", "“", "”", '"', "、", "*", ":"),
    *("权利", "识", "商标", "的", "…", "\u200b", "\u3000", "¶", "body", "near", "or", "😀"),
]


@dataclass(frozen=True)
class Leaf:
    """A term of the model: what is typed, and what it means."""

    words: str
    typed: str
    field: str = ""
    prefix: bool = False


@dataclass(frozen=True)
class Pair:
    """Any of the left words near any of the right ones, all in one field."""

    left: tuple[Leaf, ...]
    right: tuple[Leaf, ...]
    gap: int
    field: str = ""


@dataclass(frozen=True)
class Joint:
    operator: str  # AND | OR | NOT | @ (a concept: its parts are its queries)
    parts: tuple[Leaf | Pair | Joint, ...]


Model = Leaf | Pair | Joint


def day(text: str) -> datetime:
    year, month, number = (*map(int, text.split("-")), 1, 1)[:3]
    return datetime(year, month, number, tzinfo=UTC)


def leaf(words: str, quotes: str, field: str, star: bool) -> Leaf:
    typed = f"{quotes[0]}{words}{quotes[1]}" if quotes else words
    return Leaf(words, typed + "*" * star, field, star)


FIELDS = st.sampled_from(["", "", "", "title", "author"])
AUTHORS = ["王晓明", "Ada Lovelace", "J. O'Brien", "甘肃日报", "patent office"]
HOSTS = ["www.cnipa.gov.cn", "gov.cn", "cnipa.gov.cn.example", "sipo.gov.cn", "example.org"]
QUOTES = st.sampled_from(['""', "“”", "「」", "『』", "＂＂"])
DAYS = ["2026-05-19", "2026-05-20", "2026-06", "2027"]
BARE = st.builds(leaf, st.sampled_from(WORDS), st.just(""), st.just(""), st.booleans())
QUOTED = st.builds(
    leaf, st.sampled_from(WORDS + PHRASES + AUTHORS), QUOTES, st.just(""), st.booleans()
)


def named(field: str, values: list[str], star: st.SearchStrategy[bool]) -> st.SearchStrategy[Leaf]:
    quotes = st.just('""') if field == "source" else st.sampled_from(["", '""'])
    return st.builds(leaf, st.sampled_from(values), quotes, st.just(field), star)


LEAVES: st.SearchStrategy[Model] = st.one_of(
    st.builds(lambda words, field: replace(words, field=field), BARE, FIELDS),
    st.builds(lambda words, field: replace(words, field=field), QUOTED, FIELDS),
    st.builds(
        Pair,
        st.lists(BARE | QUOTED, min_size=1, max_size=2).map(tuple),
        st.lists(BARE | QUOTED, min_size=1, max_size=2).map(tuple),
        st.integers(0, 6),
        FIELDS,
    ),
    named("source", [*SOURCES, "甘肃", "cn"], st.booleans()),
    named("lang", ["zh", "EN", "de"], st.just(False)),
    named("site", [*HOSTS, "cn", "org", "GOV.CN", "pa.gov.cn"], st.just(False)),
    named("after", DAYS, st.just(False)),
    named("before", DAYS, st.just(False)),
    named("story", ["1", "2", "7"], st.just(False)),
)
QUERIES: st.SearchStrategy[Model] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            Joint,
            st.sampled_from(["AND", "OR"]),
            st.lists(inner, min_size=2, max_size=3).map(tuple),
        ),
        st.builds(Joint, st.just("NOT"), inner.map(lambda part: (part,))),
        st.builds(
            Joint,
            st.just("@"),
            st.lists(
                inner.filter(lambda part: not is_true(part, None)), min_size=1, max_size=2
            ).map(tuple),
        ),
    ),
    max_leaves=8,
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
MOMENTS = st.sampled_from([datetime(2026, 5, 19, 23, 59, tzinfo=UTC), *map(day, DAYS)])
DOCUMENTS = st.builds(
    Document,
    TEXTS,
    TEXTS,
    st.sampled_from(SOURCES),
    st.sampled_from(["zh", "en", ""]),
    st.lists(st.sampled_from(AUTHORS), max_size=2).map(tuple),
    st.sampled_from(HOSTS).map("https://{}/".format),
    MOMENTS,
    st.sampled_from([1, 2]),
)


def read(query: Model, wide: bool = False) -> Query:
    """The query as somebody might type it, parsed."""
    concepts: dict[str, list[str]] = {}
    return parse(write(query, concepts, wide), Concepts(concepts))


def write(query: Model, concepts: dict[str, list[str]], wide: bool = False) -> str:
    """AND is left out where the words can stand alone, and NOT is a - in every other place."""
    colon = "：" if wide else ":"
    if isinstance(query, Leaf):
        return f"{query.field}{colon}{query.typed}" if query.field else query.typed
    left, right = "（）" if wide else "()"
    if isinstance(query, Pair):
        sides = [
            f"{left}{' OR '.join(word.typed for word in side)}{right}"
            if len(side) > 1
            else side[0].typed
            for side in (query.left, query.right)
        ]
        inner = f"{sides[0]} NEAR/{query.gap} {sides[1]}"
        return f"{query.field}{colon}{left}{inner}{right}" if query.field else inner
    if query.operator == "@":
        items = [_item(part, concepts, wide) for part in query.parts]
        name = f"概念{len(concepts)}"
        concepts[name] = items
        return f"{'＠' if wide else '@'}{name}"
    parts = [
        write(part, concepts, not wide)
        if isinstance(part, Leaf)
        else f"{left}{write(part, concepts, not wide)}{right}"
        for part in query.parts
    ]
    if query.operator == "NOT":
        minus = wide and (parts[0][0].isalnum() or parts[0][0] in '("（＂“「『')
        return f"-{parts[0]}" if minus else f"NOT {parts[0]}"
    operator = "" if query.operator == "AND" and wide else query.operator
    return f" {operator} ".join(parts)


def _item(part: Model, concepts: dict[str, list[str]], wide: bool) -> str:
    """A query of a concept, where words that only stand side by side are one phrase."""
    return write(
        part, concepts, not wide and not (isinstance(part, Joint) and part.operator == "AND")
    )


def is_true(query: Model, document: Document | None) -> bool:
    """The naive evaluator; None is an article with none of the words."""
    if isinstance(query, Leaf | Pair):
        return document is not None and occurs(query, document)
    values = [is_true(part, document) for part in query.parts]
    if query.operator == "NOT":
        return not values[0]
    return all(values) if query.operator == "AND" else any(values)


def occurs(term: Leaf | Pair, document: Document) -> bool:
    if isinstance(term, Leaf) and term.field not in ("", "title", "author"):
        return is_named(term, document)
    texts = {
        "": [document.title, document.body],
        "title": [document.title],
        "author": ["\n".join(document.authors)],
    }[term.field]
    streams = [stream(text).split() for text in texts]
    if isinstance(term, Leaf):
        return any(stands_in(stream(term.words).split(), tokens, term) for tokens in streams)
    return any(
        between(left, right, tokens) <= term.gap
        for tokens in streams
        for left in term.left
        for right in term.right
    )


def between(left: Leaf, right: Leaf, tokens: Sequence[str]) -> float:
    """The fewest tokens between the two, whichever comes first; less than 0 if they overlap."""
    found = [
        [(at, at + len(wanted)) for at in range(len(tokens))
         if fits(wanted, tokens[at : at + len(wanted)], word.prefix)]
        for word in (left, right)
        for wanted in [stream(word.words).split()]
    ]  # fmt: skip
    gaps = [max(a, b)[0] - min(a, b)[1] if a[0] != b[0] else -1 for a in found[0] for b in found[1]]
    return min(gaps, default=math.inf)


def is_named(term: Leaf, document: Document) -> bool:
    assert document.appeared is not None
    if term.field == "after":
        return document.appeared >= day(term.words)
    if term.field == "before":
        return document.appeared < day(term.words)
    if term.field == "story":
        return str(document.story) == term.words
    if term.field == "lang":
        return document.language == term.words.lower()
    if term.field == "site":
        host = document.url.split("/")[2]
        return f".{host}".endswith(f".{term.words.lower()}")
    wanted, name = (
        unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        for text in (term.words, document.source)
    )
    return name.startswith(wanted) if term.prefix else name == wanted


def stands_in(wanted: Sequence[str], tokens: Sequence[str], term: Leaf) -> bool:
    return any(
        fits(wanted, tokens[at : at + len(wanted)], term.prefix) for at in range(len(tokens))
    )


def fits(wanted: Sequence[str], tokens: Sequence[str], prefix: bool) -> bool:
    if len(tokens) != len(wanted) or list(tokens[:-1]) != list(wanted[:-1]):
        return False
    return tokens[-1].startswith(wanted[-1]) if prefix else tokens[-1] == wanted[-1]


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    """The real schema, in memory."""
    database = Database(memory=True)
    schema.upgrade(database, ":memory:")
    yield database
    database.close()


def found_by_search(db: Database, documents: Sequence[Document], query: Query) -> set[int]:
    """What the archive's own search finds, counted and in either order."""
    with transaction(db):
        for table in ("band", "sketch", "article", "revision", "story"):
            db.execute(f"DELETE FROM {table}")
        db.execute("INSERT INTO search (search) VALUES ('delete-all')")
        for number, document in enumerate(documents):
            file(db, number, document)
    found = [hit.article for hit in search(db, query, limit=1000)]
    ranked = [hit.article for hit in search(db, query, limit=1000, sort="relevance")]
    assert len(found) == count(db, query)
    assert sorted(found) == sorted(ranked)
    return set(found)


def file(db: Database, number: int, document: Document) -> None:
    """The rows of an article, with the texts as they are: also empty ones."""
    at = to_ms(document.appeared or NEVER)
    authors = json.dumps(document.authors)
    url = f"{document.url}{number}"
    story = document.story or 1
    db.execute("INSERT OR IGNORE INTO story (id, root) VALUES (?, ?)", (story, story))
    db.execute(
        "INSERT INTO article (id, url, source, story, first_seen, newest, appeared)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?1, ?5)",
        (number, url, document.source, story, at),
    )
    db.execute(
        "INSERT INTO revision (id, article, number, seen_at, title, text, published,"
        " published_precise, authors, language, content_hash, quiet, evidence)"
        " VALUES (?1, ?1, 1, ?2, ?3, ?4, ?5, 1, ?6, ?7, '', 0, '[]')",
        (
            number,
            at,
            document.title,
            document.body,
            at if number % 2 else None,
            authors,
            document.language,
        ),
    )
    entry = index.entry(
        document.title,
        document.body,
        document.source,
        language=document.language,
        authors=document.authors,
        url=url,
    )
    index.add(db, number, entry)


NEVER = datetime(2000, 1, 1, tzinfo=UTC)
LETTERS = "abcd"
SUBSETS = [
    Document("", " ".join(c for bit, c in enumerate(LETTERS) if number >> bit & 1), "s")
    for number in range(2 ** len(LETTERS))
]
LOGIC: st.SearchStrategy[Model] = st.recursive(
    st.sampled_from(LETTERS).map(lambda letter: leaf(letter, "", "", False)),
    lambda inner: st.one_of(
        st.builds(
            Joint,
            st.sampled_from(["AND", "OR"]),
            st.lists(inner, min_size=2, max_size=4).map(tuple),
        ),
        st.builds(Joint, st.just("NOT"), inner.map(lambda part: (part,))),
    ),
    max_leaves=14,
)


@settings(max_examples=300, deadline=None)
@given(model=LOGIC)
def test_every_row_of_the_truth_table_agrees(db: Database, model: Model) -> None:
    if is_true(model, None):
        with pytest.raises(QueryError, match="every article with none of its words"):
            read(model)
        return
    query = read(model)
    automaton = Automaton({"rule": query})
    expected = {number for number, document in enumerate(SUBSETS) if is_true(model, document)}
    fired = {number: automaton.match(document) for number, document in enumerate(SUBSETS)}

    assert expected == found_by_search(db, SUBSETS, query)
    assert expected == {number for number, matches in fired.items() if matches}
    assert expected == {
        number
        for number, document in enumerate(SUBSETS)
        if query.holds(lambda term, body=document.body: term.text in body)  # type: ignore[misc]
    }


@settings(max_examples=400, deadline=None)
@given(
    models=st.lists(QUERIES, min_size=1, max_size=4),
    documents=st.lists(DOCUMENTS, min_size=1, max_size=4),
)
@example(
    models=[
        Joint(
            "AND",
            (
                leaf("的", "", "", False),
                Joint("OR", (leaf("a", "", "", False), Joint("NOT", (leaf("mac", "", "", True),)))),
            ),
        )
    ],
    documents=[
        Document("的", "machine", "a"),
        Document("的 a", "mac", "a"),
        Document("", "的", "a"),
    ],
)
def test_search_rules_and_the_naive_reading_agree(
    db: Database, models: list[Model], documents: list[Document]
) -> None:
    queries = {}
    for number, model in enumerate(models):
        if is_true(model, None):
            with pytest.raises(QueryError, match="every article with none of its words"):
                read(model)
        else:
            queries[str(number)] = read(model)
    automaton = Automaton(queries)
    fired = [automaton.match(document) for document in documents]

    for name, query in queries.items():
        model = models[int(name)]
        expected = {n for n, document in enumerate(documents) if is_true(model, document)}
        assert expected == found_by_search(db, documents, query), query
        assert expected == {n for n, spans in enumerate(fired) if name in spans}, query


@settings(max_examples=200, deadline=None)
@given(model=QUERIES, document=DOCUMENTS)
def test_spans_stand_at_words_that_fold_to_the_term(model: Model, document: Document) -> None:
    try:
        query = read(model)
    except QueryError:
        return
    matches = Automaton({"rule": query}).match(document)

    facts = any(isinstance(leaf, Fact) for leaf in query.leaves)
    assert facts or all(matches.values()), "a rule that fires shows why"
    for span in matches.get("rule", ()):
        assert span.words == document.original(span.field)[span.start : span.end]
        assert span.term in query.terms
        if span.field not in NAMES:
            assert fits(span.term.tokens, stream(span.words).split(), span.term.prefix), span


@settings(max_examples=200, deadline=None)
@given(model=QUERIES, document=DOCUMENTS)
def test_a_query_holds_for_the_terms_that_are_there(model: Model, document: Document) -> None:
    try:
        query = read(model)
    except QueryError:
        return
    alone = {leaf: Automaton({"": Query("", leaf)}) for leaf in query.leaves}
    present = {leaf for leaf, automaton in alone.items() if automaton.match(document)}

    assert query.holds(present.__contains__) == is_true(model, document)
