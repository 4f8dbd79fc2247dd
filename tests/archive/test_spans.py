"""Which queries an article fires, and the places that are shown for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ahocorasick_rs import AhoCorasick, Implementation

from archive.query import parse, spans
from archive.query.spans import Automaton, Document

if TYPE_CHECKING:
    from collections.abc import Collection

    import pytest

    from archive.query.tree import Test


def fired(query: str, title: str = "", body: str = "", source: str = "") -> list[str] | None:
    """The words of the spans as ``field:words``; None where the query does not hold."""
    spans = Automaton({"rule": parse(query)}).match(Document(title, body, source)).get("rule")
    return None if spans is None else [f"{span.field}:{span.words}" for span in spans]


def test_words_are_the_readers_own() -> None:
    body = "会上提出，知識(shí)產(chǎn)權(quán)保护要加强。知识产权！"

    assert fired("知识产权", body=body) == ["body:知識(shí)產(chǎn)權(quán)", "body:知识产权"]


def test_offsets_are_characters_of_the_field() -> None:
    document = Document("𠮷野家の特許", "第一行\nＩＰＲ港 opens", "甘肃日报")
    spans = Automaton({"rule": parse("(IPR港 OR 特) source:甘肃日报")}).match(document)["rule"]

    assert [(s.field, s.start, s.end, s.words, s.term.text) for s in spans] == [
        ("title", 4, 5, "特", "特"),
        ("body", 4, 8, "ＩＰＲ港", "IPR港"),
        ("source", 0, 4, "甘肃日报", "甘肃日报"),
    ]


def test_latin_words_are_whole_and_chinese_ones_stand_anywhere() -> None:
    assert fired("mac", body="machine, Macs") is None
    assert fired("mac", body="A Mac.") == ["body:Mac"]
    assert fired("IPR", body="甘肃IPR港") == ["body:IPR"]
    assert fired("产权", body="知识产权局") == ["body:产权"]


def test_a_prefix_shows_the_whole_word() -> None:
    assert fired("patent*", body="Patentability of patents; unpatented") == [
        "body:Patentability",
        "body:patents",
    ]


def test_a_phrase_does_not_cross_a_sentence() -> None:
    assert fired("专利保护", body="专利。保护") is None
    assert fired("专利、商标", body="专利、商标") == ["body:专利、商标"]


def test_occurrences_may_overlap() -> None:
    assert fired("的的", body="的的的") == ["body:的的", "body:的的"]
    assert fired("知识产权 产权", body="知识产权") == ["body:知识产权", "body:产权"]


def test_fields_hold_apart() -> None:
    assert fired("title:甘肃", "甘肃", "甘肃") == ["title:甘肃"]
    assert fired("title:甘肃", "", "甘肃") is None
    assert fired("source:甘肃", "甘肃", "甘肃", "甘肃日报") is None
    assert fired("source:甘肃*", "", "", "甘肃日报") == ["source:甘肃日报"]


def test_only_what_made_it_true_is_shown() -> None:
    assert fired("a OR (b c)", body="a b") == ["body:a"]
    assert fired("a NOT b", body="a") == ["body:a"]
    assert fired("a (b OR NOT c)", body="a b c") == ["body:a", "body:b"]
    assert fired("a (b OR NOT c)", body="a") == ["body:a"]
    assert fired("a (b OR d OR NOT (c OR (e NOT f)))", body="a c d") == ["body:a", "body:d"]


def test_every_query_is_answered_in_its_own_spelling_and_order() -> None:
    automaton = Automaton({"z": parse("ＩＰＲ"), "none": parse("体育"), "a": parse("ipr OR 体育")})

    matches = automaton.match(Document("IPR", "", ""))

    assert list(matches) == ["z", "a"]
    assert [spans[0].term.text for spans in matches.values()] == ["ＩＰＲ", "ipr"]


def test_no_queries_and_no_text_are_no_match() -> None:
    assert Automaton({}).match(Document("a", "b", "c")) == {}
    assert Automaton({"rule": parse("a")}).match(Document("", "", "")) == {}


def test_places_are_looked_up_only_for_what_fired() -> None:
    document = Document("", "甘肃 体育", "")

    Automaton({"rule": parse("甘肃 NOT 体育")}).match(document)

    assert not document._folded


def test_only_queries_whose_rarest_word_occurs_are_tested() -> None:
    automaton = Automaton({str(n): parse(f"公司 AND w{n}") for n in range(1000)})
    tested: list[str] = []

    def testing(name: str) -> Test:
        def test(_: object) -> bool:
            tested.append(name)
            return False

        return test

    automaton._entries = [replace(e, test=testing(e.name)) for e in automaton._entries]
    automaton.match(Document("", "公司 w7", ""))

    assert tested == ["7"]


def test_words_near_each_other_show_where_they_meet() -> None:
    body = "甘肃的新闻很多很多很多很多。甘肃专利"

    assert fired("专利 NEAR/0 甘肃", body=body) == ["body:甘肃", "body:专利"]
    assert fired("专利 NEAR/5 新闻", body=body) is None
    assert fired("专利 NEAR/5 甘肃", "甘肃", "专利") is None


def test_facts_have_no_place_and_names_are_whole() -> None:
    moment = datetime(2026, 5, 20, tzinfo=UTC)
    document = Document(
        "t", "b", "s", "zh", ("Ada Lovelace",), "https://www.cnipa.gov.cn/a", moment, story=3
    )
    matches = Automaton(
        {
            "fact": parse("after:2026-05-20 story:3"),
            "past": parse("before:2026-05-20"),
            "name": parse("author:lovelace site:gov.cn lang:zh"),
        }
    ).match(document)

    assert matches["fact"] == ()
    assert [f"{s.field}:{s.words}" for s in matches["name"]] == [
        "author:Lovelace",
        "lang:zh",
        "site:www.cnipa.gov.cn",
    ]
    assert list(matches) == ["fact", "name"]


def test_what_is_not_wanted_costs_no_places() -> None:
    document = Document("", "甘肃", "")
    automaton = Automaton({"rule": parse("甘肃")})

    assert automaton.match(document, lambda _: False) == {}
    assert not document._folded
    assert list(automaton.match(document, lambda name: name == "rule")) == ["rule"]


def test_a_phrase_as_long_as_a_page_is_no_table_of_states(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made into one, 9,000 times the same character held up whoever asked for seven seconds."""
    asked = []

    def make(patterns: Collection[str], **how: Any) -> AhoCorasick:
        asked.append(how["implementation"])
        return AhoCorasick(patterns, **how)

    monkeypatch.setattr(spans, "AhoCorasick", make)
    long = f'"{"知" * 2000}"'

    assert fired(long, body="知" * 2000) and not fired(long, body="知" * 1999)
    assert Implementation.ContiguousNFA in asked and None not in asked
