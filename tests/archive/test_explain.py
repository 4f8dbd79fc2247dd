"""A query taken apart says of every clause what the query says of the whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.query import parse
from archive.query.explain import Clause, explain
from archive.query.spans import Automaton, Document


def document(title: str, body: str) -> Document:
    return Document(title=title, body=body, source="Daily")


def shape(query: str, title: str = "", body: str = "") -> list[tuple[int, str, bool]]:
    clauses = explain(parse(query), document(title, body))
    return [(clause.depth, clause.label, clause.holds) for clause in clauses]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("patent", [(0, "patent", True)]),
        ("title:patent", [(0, "title:patent", False)]),
        ("patent wool", [(0, "all of", False), (1, "patent", True), (1, "wool", False)]),
        ("patent OR wool", [(0, "any of", True), (1, "patent", True), (1, "wool", False)]),
        (
            "patent NOT wool",
            [(0, "all of", True), (1, "patent", True), (1, "none of", True), (2, "wool", False)],
        ),
        (
            "patent NOT (law OR wool)",
            [(0, "all of", False), (1, "patent", True), (1, "none of", False), (2, "law", True),
             (2, "wool", False)],
        ),
        (
            "patent law NOT (wool AND law)",
            [(0, "all of", True), (1, "patent", True), (1, "law", True), (1, "none of", True),
             (2, "all of", False), (3, "wool", False), (3, "law", True)],
        ),
    ],
)  # fmt: skip
def test_every_clause_is_true_or_false(query: str, expected: list[tuple[int, str, bool]]) -> None:
    assert shape(query, body="A patent law.") == expected


def test_a_term_has_its_places_and_a_group_none() -> None:
    text = document("专利", "Wool, and 专利, 专利.")
    group, first, second = explain(parse("专利 OR cotton"), text)

    assert [(span.field, span.words) for span in first.spans] == [
        ("title", "专利"), ("body", "专利"), ("body", "专利"),
    ]  # fmt: skip
    assert (group.spans, second.spans) == ((), ())


def test_a_clause_that_is_false_has_no_places() -> None:
    """Also where the rule as a whole holds, and where the word stands in another field."""
    _, _, none, wool = explain(parse("law NOT title:wool"), document("Law", "Wool and law."))

    assert (none.holds, wool.holds, wool.spans) == (True, False, ())


def test_what_is_excluded_has_its_places_once() -> None:
    _, law, none, wool = explain(parse("law NOT wool"), document("Law", "Wool and law."))

    assert [span.field for span in law.spans] == ["title", "body"]
    assert (none.holds, none.spans) == (False, ())
    assert (wool.holds, [span.words for span in wool.spans]) == (True, ["Wool"])


def test_fields_and_distances_are_clauses_too() -> None:
    article = Document(
        title="Patent law",
        body="The council passed the patent reform law.",
        source="Daily",
        language="en",
        authors=("Ma Lan",),
        url="https://news.example/a",
        appeared=datetime(2026, 3, 1, tzinfo=UTC),
        story=7,
    )
    query = parse("council NEAR/3 patent AND lang:en AND after:2026-02-01 NOT story:8")
    clauses = explain(query, article)

    assert [(clause.label, clause.holds) for clause in clauses] == [
        ("all of", True), ("(council NEAR/3 patent)", True), ("lang:en", True),
        ("after:2026-02-01", True), ("none of", True), ("story:8", False),
    ]  # fmt: skip
    assert [span.words for span in clauses[1].spans] == ["council", "patent"]


WORDS = st.sampled_from(["patent", "wool", "法", "专利", "title:law", "pat*", '"patent law"'])
QUERIES = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" AND ", " OR ", " NOT "]), inner).map(
            lambda parts: f"({''.join(parts)})"
        )
    ),
    max_leaves=6,
)
TEXTS = st.lists(
    st.sampled_from(["patent", "wool", "法", "专利", "law", "patents", "patent law"]), max_size=5
).map(" ".join)


@given(QUERIES, TEXTS, TEXTS)
def test_the_clauses_agree_with_the_rule_and_with_each_other(
    text: str, title: str, body: str
) -> None:
    query, article = parse(text), document(title, body)
    clauses = explain(query, article)

    assert clauses[0].holds == bool(Automaton({"rule": query}).match(article))
    for number, clause in enumerate(clauses):
        parts = _parts(clauses, number)
        if clause.label == "all of":
            assert clause.holds == all(parts)
        elif clause.label == "any of":
            assert clause.holds == any(parts)
        elif clause.label == "none of":
            assert clause.holds == (not any(parts))
        else:
            assert clause.holds == bool(clause.spans)
            assert not parts


def _parts(clauses: tuple[Clause, ...], number: int) -> list[bool]:
    """Whether the clauses one deeper hold, up to the next that is as deep."""
    parts = []
    for clause in clauses[number + 1 :]:
        if clause.depth <= clauses[number].depth:
            break
        if clause.depth == clauses[number].depth + 1:
            parts.append(clause.holds)
    return parts
