"""What the index rules out holds for no rule: over random texts, revisions and ranges."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.match import document_of
from archive.lookup import last_revision, revisions_after
from archive.query import parse
from archive.query.spans import Automaton
from archive.screen import possible
from archive.store import file_article
from archive.transaction import transaction
from tests.archive.articles import NOW, fresh, incoming

if TYPE_CHECKING:
    from sqlite_utils import Database

Pages = list[tuple[str, str, str, str]]  # name, source, title, text

QUERIES = (
    "专利", "patent NOT wool", "source:wire AND 甘肃", "title:wool OR 甘肃", "after:2026-05-01",
)  # fmt: skip
WORDS = st.lists(st.sampled_from(["专利", "甘肃", "patent", "wool"]), max_size=3).map(" ".join)
PAGES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["wire", "daily"]), WORDS, WORDS),
    min_size=1, max_size=8,
)  # fmt: skip


def filed(pages: Pages) -> Database:
    """An archive with these, a name filed again being a revision."""
    db = fresh()
    for number, (name, source, title, text) in enumerate(pages):
        made = incoming(
            f"https://{source}.example/{name}", f"{text}. {number}", source=source, title=title
        )
        with transaction(db):
            file_article(db, made, NOW + timedelta(minutes=number))
    return db


@settings(max_examples=60, deadline=None)
@given(PAGES, st.integers(0, 8), st.integers(0, 8), st.sampled_from(QUERIES))
def test_nothing_that_a_rule_holds_for_is_ruled_out(
    pages: Pages, after: int, stop: int, text: str
) -> None:
    """A trial that leaves out a text must be as if it had read it."""
    db = filed(pages)
    query = parse(text)
    automaton = Automaton({"": query})
    inside = [one for one in revisions_after(db, after, 100) if one.id <= stop]
    held = {one.id for one in inside if automaton.match(document_of(one))}
    found = possible(db, [query], after, stop)

    assert found is None or held <= set(found) <= {one.id for one in inside}
    assert found is None or max(found, default=0) <= last_revision(db)
    db.close()


def test_a_query_without_words_rules_nothing_out() -> None:
    """None, and not "none": a rule on dates alone reads everything."""
    db = filed([("a", "wire", "wool", "专利"), ("b", "wire", "", "甘肃")])

    assert possible(db, [parse("专利"), parse("after:2020-01-01")], 0, 9) is None
    assert possible(db, [parse("专利")], 0, 9) == [1]
    assert possible(db, [parse("专利"), parse("甘肃")], 0, 9) == [1, 2]
    db.close()
