"""archive.lead: whatever leads, the hits are the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from archive import index, lead, schema
from archive.errors import QueryError
from archive.lead import is_by_name, led, ways
from archive.query import parse
from archive.query import tree as querytree
from archive.query.spans import Document
from archive.transaction import transaction
from tests.archive.naive import DOCUMENTS, QUERIES, Joint, Model, Pair, leaf, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    """The real schema, in memory."""
    database = Database(memory=True)
    schema.upgrade(database, ":memory:")
    database.execute("PRAGMA foreign_keys = OFF")
    yield database
    database.close()


@pytest.fixture(scope="module", autouse=True)
def _eager() -> Iterator[None]:
    """Also what hardly pays leads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lead, "COMMON", -1_000_000)
        patch.setattr(lead, "_FEWEST", 2)
        yield


def fill(db: Database, documents: Sequence[Document]) -> None:
    with transaction(db):
        for table in ("band", "band_recent", "young", "sketch", "revision", "article"):
            db.execute(f"DELETE FROM {table}")
        db.execute("INSERT INTO search (search) VALUES ('delete-all')")
        for number, one in enumerate(documents):
            new = index.entry(
                one.title, one.body, one.source,
                language=one.language, authors=one.authors, url=one.url,
            )  # fmt: skip
            index.add(db, number, new)
            db.execute(
                "INSERT INTO article (id, url, source, story, first_seen, newest)"
                " VALUES (:number, :number, '', 1, 0, :number)",
                {"number": number},
            )
            db.execute(
                "INSERT INTO revision (id, article, number, seen_at, title, text, authors,"
                " published_precise, language, content_hash, quiet, evidence)"
                " VALUES (:number, :number, 1, 0, '', '', :authors, 1, '', '', 0, '[]')",
                {"number": number, "authors": json.dumps(one.authors)},
            )


def hits(db: Database, match: str) -> list[int]:
    sql = "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC"
    return [number for (number,) in db.execute(sql, [match]).fetchall()]


@settings(max_examples=300, deadline=None)
@given(model=QUERIES, documents=st.lists(DOCUMENTS, min_size=1, max_size=5))
@example(
    model=Joint("AND", (leaf("知识", "", "", False), leaf("mac", "", "", True))),
    documents=[Document("知识", "machine", "a"), Document("识知", "mac", "a")],
)
def test_the_hits_are_the_same(db: Database, model: Model, documents: list[Document]) -> None:
    """Else a search would show fewer articles than the rule that was made of it."""
    try:
        plan = read(model).plan()
    except QueryError:
        return
    fill(db, documents)
    leading = led(db, plan)
    assert (leading is None) == (plan.match is None)
    if plan.match is not None and leading is not None:
        assert hits(db, leading) == hits(db, plan.match)


def test_one_rare_token_of_each_of_two_words_leads(db: Database) -> None:
    """Else two common words that never meet cost the run through all of their lists."""
    common, rare = "知 alpha beta", "知识 alpha"
    fill(db, [Document("", rare if number % 4 == 0 else common, "s") for number in range(100)])
    plan = parse("知识 AND alpha AND beta").plan()
    assert '("识" AND "beta")' in (led(db, plan) or "")


@settings(max_examples=300, deadline=None)
@given(model=QUERIES, documents=st.lists(DOCUMENTS, min_size=1, max_size=5))
@example(
    model=leaf("知识产权", "", "", False),
    documents=[Document("", "产权", "a", authors=("知识产权报",)), Document("知识产权", "", "a")],
)
@example(
    model=Pair((leaf("知识", "", "", False),), (leaf("a", "", "", True),), 3),
    documents=[Document("a", "知识", "a", authors=("知识 mac a",)), Document("知识 a", "", "a")],
)
def test_what_is_found_anywhere_is_a_hit_or_in_a_name(
    db: Database, model: Model, documents: list[Document]
) -> None:
    """Else a page would leave out a hit, or show an article that has the words nowhere."""
    try:
        plan = read(model).plan()
    except QueryError:
        return
    fill(db, documents)
    found = [set(hits(db, match)) for match in ways(db, plan)]
    for more in found:
        assert more >= found[-1]
        assert all(is_by_name(db, plan, [extra]) for extra in more - found[-1])


def test_only_what_is_long_is_looked_for_anywhere() -> None:
    """A source or a short word may be the name of another: nothing would be left to compare."""
    found = [
        parse(text).plan().words
        for text in ("知识产权", "知识", "source:知识产权", "title:知识产权")
    ]
    wide = [querytree.fts(words, anywhere=True) for words in found if words is not None]
    assert [":" in match for match in wide] == [False, True, True, True]


@pytest.mark.parametrize("query", ["知识产权", "知识 OR alpha", "a NEAR/3 知识", "知* AND 识*"])
def test_a_single_word_has_nothing_to_lead_it(db: Database, query: str) -> None:
    fill(db, [Document("", "知识产权 alpha a", "s")])
    plan = parse(query).plan()
    assert led(db, plan) == plan.match
