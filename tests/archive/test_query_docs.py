"""The reference of the query language is true, line by line."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from archive.errors import QueryError
from archive.order import RANKED
from archive.query import MAX_LENGTH, MAX_NESTING, Concepts, Query, parse
from archive.query.spans import Automaton, Document

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
    found = re.fullmatch(r"(?:\[(title|source|author|site|lang|date|story)\] )?(.*)", text)
    assert found is not None
    field, words = found.group(1) or "body", found.group(2)
    facts: dict[str, dict[str, Any]] = {
        "author": {"authors": (words,)},
        "site": {"url": f"https://{words}/a"},
        "lang": {"language": words},
        "date": {"appeared": datetime.fromisoformat(f"{words}T12:00Z") if field == "date" else 0},
        "story": {"story": int(words) if field == "story" else 0},
    }
    texts = {"title": "", "body": "", "source": ""}
    return Document(**texts | facts.get(field, {field: words}))


CONCEPTS = tomllib.loads(
    "\n".join(
        re.findall(
            r"^```toml\n(.*?)^```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        )
    )
)["concept"]


def read(text: str) -> Query:
    return parse(text, Concepts(CONCEPTS))


def test_the_reference_has_examples_of_every_kind() -> None:
    assert {kind for _, kind, _ in EXAMPLES} == {"finds", "misses", "error", "note"}
    assert len(EXAMPLES) > 50


@pytest.mark.parametrize(("query", "kind", "text"), EXAMPLES)
def test_an_example_is_true(query: str, kind: str, text: str) -> None:
    if kind == "error":
        with pytest.raises(QueryError) as caught:
            read(query)
        assert str(caught.value) == text
    elif kind == "note":
        assert read(query).notes == (text,)
    else:
        matches = Automaton({"query": read(query)}).match(as_document(text))
        assert ("query" in matches) == (kind == "finds")


def test_the_limits_are_the_ones_that_are_told() -> None:
    limits = f"at most {MAX_LENGTH:,} characters and {MAX_NESTING} parentheses"
    assert limits in REFERENCE.read_text(encoding="utf-8")
    assert f"Of more than {RANKED:,} hits" in REFERENCE.read_text(encoding="utf-8")
