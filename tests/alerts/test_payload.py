from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alerts import payload
from alerts.payload import StorySoFar, Word, build, count_words, new_id
from archive.query.spans import Automaton, Document
from archive.snippet import Snippet, snippets
from tests.alerts.press import rule
from tests.alerts.sample import ALERT, PAYLOAD, QUEUED, REVISION, RULE, STORY

DOCS = Path(__file__).parents[2] / "docs" / "payload.md"


def test_the_documented_example_is_what_is_sent() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", _of_alerts(), re.DOTALL)

    assert json.loads(example) == json.loads(PAYLOAD)


def test_every_field_is_documented() -> None:
    rows = [line.split("|")[1] for line in _of_alerts().splitlines() if line.startswith("| `")]
    documented = set(re.findall(r"`([\w.]+)`", "".join(rows)))

    assert documented == set(_paths(json.loads(PAYLOAD)))


def _of_alerts() -> str:
    """The documentation up to the digests and notices, which have fields of their own."""
    return re.split(r"## (?:Digests|Notices)", DOCS.read_text(encoding="utf-8"), maxsplit=1)[0]


def _paths(data: dict[str, Any]) -> list[str]:
    return [
        path
        for key, value in data.items()
        for path in ([f"{key}.{inner}" for inner in value] if isinstance(value, dict) else [key])
    ]


def test_the_test_request_is_what_the_documentation_says() -> None:
    assert json.loads(payload.test("msg_1", QUEUED)) == {
        "type": "presswatch.test.v1",
        "id": "msg_1",
        "timestamp": "2026-03-01T00:41:08+00:00",
    }


def made(**changes: Any) -> dict[str, Any]:
    revision = dataclasses.replace(REVISION, **changes)
    text = build(
        alert=ALERT, queued=QUEUED, rule=RULE, revision=revision, story=STORY, words=(), snippets=()
    )
    data: dict[str, Any] = json.loads(text)
    return data


def test_an_unknown_date_is_null_and_without_a_zone_times_are_utc() -> None:
    article = made(published=None)["article"]

    assert article["published"] is None
    assert article["first_seen"] == "2026-03-01T00:41:07+00:00"


def test_a_title_is_one_line_and_not_endless() -> None:
    title = made(title="a\r\nb\x1b[31m" + "长" * 1000)["article"]["title"]

    assert title.startswith("a b [31m长")
    assert len(title) == 500


@given(st.text(), st.text(max_size=30), st.datetimes(timezones=st.just(UTC)))
def test_any_text_and_time_survive(title: str, url: str, seen: datetime) -> None:
    article = made(title=title, url=url, first_seen=seen)["article"]

    assert article["url"] == url
    assert datetime.fromisoformat(article["first_seen"]) == seen.replace(microsecond=0)


def test_what_is_sent_is_one_line_of_utf_8() -> None:
    assert "\n" not in PAYLOAD
    assert "知识产权" in PAYLOAD


def test_words_are_counted_by_term_and_field() -> None:
    query = rule("title:法* OR 法院 OR court").query
    document = Document(title="法院新规", body="法院、法院和 Court: the COURT", source="S")
    words = count_words(Automaton({"r": query}).match(document)["r"])

    assert words == (
        Word(text="法", term="法*", field="title", count=1),
        Word(text="法院", term="法院", field="title", count=1),
        Word(text="法院", term="法院", field="body", count=2),
        Word(text="Court", term="court", field="body", count=2),
    )


def test_marks_are_where_the_words_are() -> None:
    data = json.loads(PAYLOAD)
    words = {word["text"] for word in data["words"]}

    assert len(data["snippets"]) == 2
    for snippet in data["snippets"]:
        marked = [snippet["text"][start:end] for start, end in snippet["marks"]]
        assert marked
        assert set(marked) <= words


def test_the_snippets_are_those_of_the_search() -> None:
    document = Document(title="T", body="the court has ruled", source="S")
    spans = Automaton({"r": rule("court").query}).match(document)["r"]

    assert snippets(document, spans) == (Snippet("the court has ruled", ((4, 9),), "body"),)
    text = build(
        alert=ALERT, queued=QUEUED, rule=RULE, revision=REVISION,
        story=StorySoFar(id=1, outlets=1, first_url="https://a.example/"),
        words=count_words(spans), snippets=snippets(document, spans),
    )  # fmt: skip
    assert json.loads(text)["snippets"] == [
        {"field": "body", "text": "the court has ruled", "marks": [[4, 9]]}
    ]


def test_ids_do_not_repeat() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000
