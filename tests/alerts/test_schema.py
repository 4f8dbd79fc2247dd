"""The schemas in docs/ are what is sent, key for key, and docs/payload.md is one of them."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from alerts import payload
from alerts.letter.notice import NOTICE
from tests.alerts.letter.test_notice import payload as noticed
from tests.alerts.press import START, rule
from tests.alerts.sample import PAYLOAD, QUEUED
from tests.alerts.schemas import DOCS, FILES, refused, schema
from tests.alerts.test_payload import made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.alerts.press import Press


def sent() -> list[dict[str, Any]]:
    """One payload of every type, as the code makes it."""
    return [json.loads(PAYLOAD), noticed(), json.loads(payload.test(payload.new_id(), QUEUED))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_schema_is_one(file: Path) -> None:
    """It is valid 2020-12, and named for the type that it describes."""
    read = json.loads(file.read_text("utf-8"))
    kind = file.name.removesuffix(".schema.json")

    Draft202012Validator.check_schema(read)
    assert read["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    assert read["title"] == kind
    assert read["properties"]["type"] == {"const": kind}


@pytest.mark.parametrize("data", sent(), ids=lambda data: data["type"])
def test_what_is_sent_is_what_the_schema_says(data: dict[str, Any]) -> None:
    """Also in its strict form: there is no key that nobody documented."""
    assert refused(data) == []


@pytest.mark.parametrize("kind", [payload.ALERT, NOTICE, payload.TEST])
def test_every_type_is_published(kind: str) -> None:
    assert schema(kind)["title"] == kind


@pytest.mark.parametrize("data", sent(), ids=lambda data: data["type"])
def test_the_schema_names_every_key_that_is_sent_and_no_other(data: dict[str, Any]) -> None:
    """A receiver may rely on all of them; what the schema names and nobody sends is a lie."""
    root = schema(data["type"])

    assert set(described(root, root, "properties")) == set(keys(data))
    assert set(described(root, root, "required")) == set(keys(data))


def keys(data: Any, where: str = "") -> Iterator[str]:
    """The keys of a payload: `article.url`, `words.text`."""
    for item in data if isinstance(data, list) else []:
        yield from keys(item, where)
    for key in data if isinstance(data, dict) else []:
        yield where + key
        yield from keys(data[key], f"{where}{key}.")


def described(node: Any, root: Any, named: str, where: str = "") -> Iterator[str]:
    """The keys of a schema, by its `properties` or its `required`."""
    if "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    if "items" in node:
        yield from described(node["items"], root, named, where)
    for key in node.get("properties", {}):
        if key in node[named]:
            yield where + key
        yield from described(node["properties"][key], root, named, f"{where}{key}.")


WRONG: list[dict[str, Any]] = [
    {"surprise": 1},
    {"id": "204"},
    {"timestamp": "2026-03-01T08:41:08"},
    {"replayed": None},
    {"rule": {"name": "r", "query": "q", "on": "monthly"}},
    {"rule": {"name": "r", "query": "q"}},
    {"words": [{"text": "a", "term": "a", "field": "title", "count": 1, "more": 1}]},
    {"words": [{"text": "a", "term": "a", "field": "menu", "count": 1}]},
    {"snippets": [{"field": "body", "text": "a", "marks": [[0, 1, 2]]}]},
    {"story": {"id": 0, "outlets": 1, "first_url": ""}},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_is_wrong_is_refused(wrong: dict[str, Any]) -> None:
    """Otherwise the tests here would pass whatever was sent."""
    assert refused(json.loads(PAYLOAD) | wrong)


def test_the_examples_of_the_documentation_are_right() -> None:
    text = (DOCS / "payload.md").read_text("utf-8")
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]

    assert {example["type"] for example in examples} >= {payload.ALERT, NOTICE}
    for example in examples:
        assert refused(example) == [], example["type"]


@given(st.text(), st.text(max_size=30), st.datetimes(timezones=st.just(UTC)))
def test_no_text_and_no_time_makes_a_payload_that_the_schema_refuses(
    title: str, source: str, seen: datetime
) -> None:
    assert refused(made(title=title, source=source, first_seen=seen, published=None)) == []


#: One query of every kind, so that words of every field are sent.
QUERIES = [
    "patent", "title:patent OR reform", "source:daily", "site:daily.example patent",
    "lang:en reform", "patent NEAR/5 reform", "patent -nothing", "author:lan OR patent",
    "after:2020-01-01",
]  # fmt: skip


@pytest.mark.parametrize("on", ["story", "article", "revision"])
def test_what_rules_queue_is_what_the_schema_says(press: Press, on: str) -> None:
    """Every kind of query, a copy and a revision, dated or not: from the outbox itself."""
    rules = [
        replace(rule(query, name=f"rule {number}"), on=on) for number, query in enumerate(QUERIES)
    ]

    async def queue() -> list[dict[str, Any]]:
        await press.publish("1", "Patent reform by Ma Lan. " * 9, published=START)
        await press.publish("1", "Patent reform by Ma Lan, corrected. " * 9, published=None)
        await press.publish("1", "Patent reform by Ma Lan. " * 9, source="Weekly")
        return await press.match(*rules)

    queued = [json.loads(row["payload"]) for row in asyncio.run(queue())]
    assert {data["rule"]["name"] for data in queued} >= {f"rule {n}" for n in (0, 1, 2, 3, 5, 6)}
    assert {data["rule"]["on"] for data in queued} == {on}
    assert [refused(data) for data in queued] == [[]] * len(queued)
