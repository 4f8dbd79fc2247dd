"""Whatever a rule matches, search finds, and the other way round: random queries and articles.

Three ways to one answer: FTS5 over the index, the automaton over the fold, and an evaluator of a
dozen lines that shares nothing with them but the fold itself.
"""

from __future__ import annotations

import json
from dataclasses import replace
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
from archive.query import Query
from archive.query.leaf import NAMES, Fact
from archive.query.spans import Automaton, Document
from archive.search import count, search
from archive.transaction import transaction
from tests.archive.naive import DOCUMENTS, QUERIES, Joint, Model, fits, is_true, leaf, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


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
        for table in ("band", "band_recent", "young", "sketch", "article", "revision", "story"):
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
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, url, document.source, story, at, number, at),
    )
    db.execute(
        "INSERT INTO revision (id, article, number, seen_at, title, text, published,"
        " published_precise, authors, language, content_hash, quiet, evidence)"
        " VALUES (?, ?, 1, ?, ?, ?, ?, 1, ?, ?, '', 0, '[]')",
        (
            number,
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


@settings(max_examples=200, deadline=None)
@given(model=QUERIES, document=DOCUMENTS)
def test_looking_for_one_query_alone_finds_the_same_places(
    model: Model, document: Document
) -> None:
    """What a search shows of a hit is what a rule would: sentences left out hold none of it."""
    try:
        query = read(model)
    except QueryError:
        return
    automaton = Automaton({"rule": query})
    alone = replace(document, sought=query.leaves)
    assert automaton.match(alone) == automaton.match(document)
