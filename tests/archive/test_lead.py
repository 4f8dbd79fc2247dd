"""archive.lead: whatever leads, the hits are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from archive import index, lead, schema
from archive.errors import QueryError
from archive.lead import led
from archive.query import parse
from archive.query.spans import Document
from archive.transaction import transaction
from tests.archive.naive import DOCUMENTS, QUERIES, Joint, Model, leaf, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    """The real schema, in memory."""
    database = Database(memory=True)
    schema.upgrade(database, ":memory:")
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
        for table in ("band", "band_recent", "young", "sketch"):
            db.execute(f"DELETE FROM {table}")
        db.execute("INSERT INTO search (search) VALUES ('delete-all')")
        for number, one in enumerate(documents):
            new = index.entry(
                one.title, one.body, one.source,
                language=one.language, authors=one.authors, url=one.url,
            )  # fmt: skip
            index.add(db, number, new)


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


@pytest.mark.parametrize("query", ["知识产权", "知识 OR alpha", "a NEAR/3 知识", "知* AND 识*"])
def test_a_single_word_has_nothing_to_lead_it(db: Database, query: str) -> None:
    fill(db, [Document("", "知识产权 alpha a", "s")])
    plan = parse(query).plan()
    assert led(db, plan) == plan.match
