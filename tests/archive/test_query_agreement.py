"""Whatever a rule matches, search finds, and the other way round: random queries and articles.

Three ways to one answer: FTS5 over the index, the automaton over the fold, and an evaluator of a
dozen lines that shares nothing with them but the fold itself.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from archive import index, schema
from archive.errors import QueryError
from archive.fold import stream
from archive.query import parse
from archive.spans import Automaton, Document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WORDS = [
    *("知识产权", "知識產權", "产权", "甘肃", "甘肅", "专利", "專利", "著作", "发展", "發"),
    *("IPR", "ipr", "IPR港", "甘肃IPR港", "mac", "machine", "machines", "patent", "Patents", "a"),
    *("AT&T", "well-known", "C++", "café", "3D打印", "２０２４年", "and", "not"),
    *("^patent", "-mac", "{mac}", "patent+office", "U.S.", "的", "的的", "O'Brien", "mac#1"),
]
PHRASES = [
    *("patent office", "知识 产权", "专利、商标", "专利。商标", "AND", "body:mac", "NEAR(a b)"),
    *("知識(shí)產(chǎn)權(quán)", "the mac AND", "mac* a", "a\ta", "office of", "法国(Orléans)"),
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
class Joint:
    operator: str  # AND | OR | NOT
    parts: tuple[Leaf | Joint, ...]


Model = Leaf | Joint


def leaf(words: str, quotes: str, field: str, star: bool) -> Leaf:
    typed = f"{quotes[0]}{words}{quotes[1]}" if quotes else words
    return Leaf(words, typed + "*" * star, field, star)


FIELDS = st.sampled_from(["", "", "", "title"])
LEAVES = st.one_of(
    st.builds(leaf, st.sampled_from(WORDS), st.just(""), FIELDS, st.booleans()),
    st.builds(
        leaf,
        st.sampled_from(WORDS + PHRASES),
        st.sampled_from(['""', "“”", "「」", "『』", "＂＂"]),
        FIELDS,
        st.booleans(),
    ),
    st.builds(
        leaf,
        st.sampled_from([*SOURCES, "甘肃", "cn"]),
        st.just('""'),
        st.just("source"),
        st.booleans(),
    ),
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
    ),
    max_leaves=8,
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
DOCUMENTS = st.builds(Document, TEXTS, TEXTS, st.sampled_from(SOURCES))


def write(query: Model, wide: bool = False) -> str:
    """The query as somebody might type it; AND is left out where the words can stand alone."""
    if isinstance(query, Leaf):
        colon = "：" if wide else ":"
        return f"{query.field}{colon}{query.typed}" if query.field else query.typed
    left, right = "（）" if wide else "()"
    parts = [
        write(part, not wide) if isinstance(part, Leaf) else f"{left}{write(part, not wide)}{right}"
        for part in query.parts
    ]
    if query.operator == "NOT":
        return f"NOT {parts[0]}"
    operator = "" if query.operator == "AND" and wide else query.operator
    return f" {operator} ".join(parts)


def is_true(query: Model, document: Document | None) -> bool:
    """The naive evaluator; None is an article with none of the words."""
    if isinstance(query, Leaf):
        return document is not None and occurs(query, document)
    values = [is_true(part, document) for part in query.parts]
    return {"AND": all(values), "OR": any(values), "NOT": not values[0]}[query.operator]


def occurs(term: Leaf, document: Document) -> bool:
    if term.field == "source":
        wanted, name = (
            unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
            for text in (term.words, document.source)
        )
        return name.startswith(wanted) if term.prefix else name == wanted
    texts = [document.title] if term.field else [document.title, document.body]
    return any(stands_in(stream(term.words).split(), stream(text).split(), term) for text in texts)


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


def found_by_search(db: Database, documents: Sequence[Document], expression: str) -> set[int]:
    db.execute("INSERT INTO search (search) VALUES ('delete-all')")
    for number, document in enumerate(documents):
        index.add(db, number, index.entry(document.title, document.body, document.source))
    rows = db.execute("SELECT rowid FROM search WHERE search MATCH ?", (expression,)).fetchall()
    return {row[0] for row in rows}


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
            parse(write(model))
        return
    query = parse(write(model))
    automaton = Automaton({"rule": query})
    expected = {number for number, document in enumerate(SUBSETS) if is_true(model, document)}
    fired = {number: automaton.match(document) for number, document in enumerate(SUBSETS)}

    assert expected == found_by_search(db, SUBSETS, query.fts())
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
                parse(write(model))
        else:
            queries[str(number)] = parse(write(model))
    automaton = Automaton(queries)
    fired = [automaton.match(document) for document in documents]

    for name, query in queries.items():
        model = models[int(name)]
        expected = {n for n, document in enumerate(documents) if is_true(model, document)}
        assert expected == found_by_search(db, documents, query.fts()), query
        assert expected == {n for n, spans in enumerate(fired) if name in spans}, query


@settings(max_examples=200, deadline=None)
@given(model=QUERIES, document=DOCUMENTS)
def test_spans_stand_at_words_that_fold_to_the_term(model: Model, document: Document) -> None:
    try:
        query = parse(write(model))
    except QueryError:
        return
    matches = Automaton({"rule": query}).match(document)

    assert all(matches.values()), "a rule that fires shows why"
    for span in matches.get("rule", ()):
        assert span.words == document.original(span.field)[span.start : span.end]
        assert span.term in query.terms
        if span.field != "source":
            assert fits(span.term.tokens, stream(span.words).split(), span.term.prefix), span


@settings(max_examples=200, deadline=None)
@given(model=QUERIES, document=DOCUMENTS)
def test_a_query_holds_for_the_terms_that_are_there(model: Model, document: Document) -> None:
    try:
        query = parse(write(model))
    except QueryError:
        return
    alone = {term: Automaton({"": parse(str(term))}) for term in query.terms}
    present = {term for term, automaton in alone.items() if automaton.match(document)}

    assert query.holds(present.__contains__) == is_true(model, document)
