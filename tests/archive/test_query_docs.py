"""The reference of the query language is true, line by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archive.errors import QueryError
from archive.query import MAX_LENGTH, MAX_NESTING, parse
from archive.spans import Automaton, Document

REFERENCE = Path(__file__).parents[2] / "docs" / "queries.md"
BLOCKS = re.findall(
    r"^```text\n(.*?)^```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
)
EXAMPLES = [
    tuple(part.strip() for part in line.split("|", 2))
    for block in BLOCKS
    for line in block.splitlines()
]


def as_document(text: str) -> Document:
    found = re.fullmatch(r"(?:\[(title|source)\] )?(.*)", text)
    assert found is not None
    field, words = found.group(1) or "body", found.group(2)
    return Document(**{"title": "", "body": "", "source": "", field: words})


def test_the_reference_has_examples_of_every_kind() -> None:
    assert {kind for _, kind, _ in EXAMPLES} == {"finds", "misses", "error", "note"}
    assert len(EXAMPLES) > 50


@pytest.mark.parametrize(("query", "kind", "text"), EXAMPLES)
def test_an_example_is_true(query: str, kind: str, text: str) -> None:
    if kind == "error":
        with pytest.raises(QueryError) as caught:
            parse(query)
        assert str(caught.value) == text
    elif kind == "note":
        assert parse(query).notes == (text,)
    else:
        matches = Automaton({"query": parse(query)}).match(as_document(text))
        assert ("query" in matches) == (kind == "finds")


def test_the_limits_are_the_ones_that_are_told() -> None:
    limits = f"at most {MAX_LENGTH:,} characters and {MAX_NESTING} parentheses"
    assert limits in REFERENCE.read_text(encoding="utf-8")
