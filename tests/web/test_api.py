"""/api/v1, Atom, health and metrics: as docs/api.md says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree  # type: ignore[import-untyped]
from prometheus_client.parser import text_string_to_metric_families

from tests.web.office import Office
from tests.web.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
_EXAMPLE = re.compile(r"```\nGET ([^\n]+)\n```\n(?:```json\n(.*?)\n```)?", re.DOTALL)


def examples() -> Iterator[tuple[str, str]]:
    yield from _EXAMPLE.findall(DOCS.read_text("utf-8"))


@pytest.mark.parametrize(("place", "said"), list(examples()))
def test_the_examples_of_the_docs_are_so(reader: Visitor, place: str, said: str) -> None:
    """Every field that is shown is there and of that kind, and none is left out."""
    answer = reader.get(place)

    assert answer.status_code == (400 if '"error"' in said else 200)
    if said:
        assert shape(answer.json()) >= shape(json.loads(said))
        assert fields(answer.json()) == fields(json.loads(said))


def shape(value: Any, place: str = "") -> set[tuple[str, str]]:
    """Path and kind of everything, the first of a list for all of it; null fits any kind."""
    if isinstance(value, dict):
        return {pair for key, one in value.items() for pair in shape(one, f"{place}.{key}")}
    if isinstance(value, list):
        return {(place, "list")} | (shape(value[0], f"{place}[]") if value else set())
    return {(place, "")} if value is None or isinstance(value, str) else {(place, "number")}


def fields(value: Any) -> set[str]:
    return {re.sub(r"\[\].*", "[]", place) for place, _ in shape(value)} - {".next"}


@pytest.mark.parametrize("place", ["articles", "stories", "alerts", "sources", "search"])
def test_following_next_shows_everything_once(reader: Visitor, place: str) -> None:
    """A program that keeps a copy misses nothing and sees nothing twice."""
    query = "&q=专利 OR 知识产权 OR patent* OR CNIPA" if place == "search" else ""
    key = "articles" if place == "search" else place
    whole = reader.get(f"/api/v1/{place}?limit=200{query}").json()[key]
    found, following = [], f"/api/v1/{place}?limit=2{query}"
    while following:
        answer = reader.get(following).json()
        found += answer[key]
        following = answer["next"]

    name = "name" if place == "sources" else "id"
    assert sorted(str(one[name]) for one in found) == sorted(str(one[name]) for one in whole)
    assert len(whole) > 4


def test_what_has_not_changed_is_not_sent_again(reader: Visitor) -> None:
    first = reader.get("/api/v1/articles")
    again = reader.get("/api/v1/articles", if_none_match=f'W/"x", {first.headers["etag"]}')

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert reader.get("/api/v1/articles?limit=1", if_none_match=first.headers["etag"]).content


@pytest.mark.parametrize("place", ["articles/999", "stories/999", "sources/x", "alerts/x", "x"])
def test_what_is_not_there_is_an_error_in_json(reader: Visitor, place: str) -> None:
    answer = reader.get(f"/api/v1/{place}")

    assert answer.status_code == 404 and answer.json()["error"]


@pytest.mark.parametrize("place", ["/feed/search?q=知识产权 OR CNIPA", "/feed/rules/gansu"])
def test_a_feed_is_atom(reader: Visitor, place: str) -> None:
    """RFC 4287: what every feed and every entry must have, and ids that stay."""
    atom = "{http://www.w3.org/2005/Atom}"
    answer = reader.get(place)
    feed = etree.fromstring(answer.content)

    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert feed.tag == f"{atom}feed"
    for one in (feed, *feed.findall(f"{atom}entry")):
        for name in ("id", "title", "updated"):
            assert one.findtext(f"{atom}{name}")
    entries = feed.findall(f"{atom}entry")
    ids = [entry.findtext(f"{atom}id") for entry in entries]
    assert len(ids) >= 3 and len(set(ids)) == len(ids)
    assert all(entry.find(f"{atom}link").get("href").startswith("https://") for entry in entries)
    again = etree.fromstring(reader.get(place).content)
    assert [one.findtext(f"{atom}id") for one in again.findall(f"{atom}entry")] == ids


def test_a_feed_takes_what_xml_cannot_hold(tmp_path: Path) -> None:
    """One control character in a title must not end a feed."""
    from presswatch.demo.press import Text

    office = Office(tmp_path)
    office.file("longshang", "a", Text("甘肃 \x07\ufffe & <b>", ("甘肃",)), office.now)
    with Visitor(office) as visitor:
        feed = etree.fromstring(visitor.get("/feed/search?q=甘肃").content)

    assert len(feed) > 4


def test_health_says_what_is_wrong(editor: Visitor, own_office: Office, tmp_path: Path) -> None:
    assert editor.get("/health/ready").json() == {"ready": True}
    own_office.write(lambda db: db.execute("UPDATE heartbeat SET at = 0"))

    answer = editor.get("/health/ready")

    assert answer.status_code == 503 and answer.json()["reason"] == "no sign of life"
    assert editor.get("/health/live").status_code == 200
    (tmp_path / "other").mkdir()
    with Visitor(Office(tmp_path / "other")) as nothing:
        assert nothing.get("/health/ready").status_code == 503


def test_metrics_hold_the_numbers_of_the_archive(reader: Visitor) -> None:
    families = {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(reader.get("/metrics").text)
    }

    assert families["presswatch_articles"] == {(): 12.0}
    assert families["presswatch_revisions"] == {(): 13.0}
    assert families["presswatch_alerts"] == {("dead",): 1, ("delivered",): 5, ("due",): 2}
    assert families["presswatch_sources"] == {("paused",): 0, ("troubled",): 2, ("well",): 4}
    assert families["presswatch_delivery_tries"] == {("dead",): 1, ("delivered",): 5}
    assert families["presswatch_queue_age_seconds"][()] > 0
    assert "presswatch_loop_stall_seconds" in families


def test_every_metric_is_in_the_docs(reader: Visitor) -> None:
    text = DOCS.read_text("utf-8")
    names = re.findall(r"^# TYPE (\w+) ", reader.get("/metrics").text, re.MULTILINE)

    assert names
    assert [name for name in names if not name.endswith("_created") and name not in text] == []
