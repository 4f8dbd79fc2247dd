"""Passages around the words that matched: whole words, one line, and as wide as asked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.query import parse
from archive.query.spans import Automaton, Document
from archive.snippet import CUT, Snippet, columns, snippets

LONG = (
    "昨天上午，全省工作会议在兰州召开，来自各市州的代表参加了会议。"
    "会议指出，要加快建设知识产权强省，推动专利转化运用；完善保护体系。"
    "下一步，各地将出台配套措施，并在年底前报告进展，接受社会监督。"
)
ENGLISH = (
    "The office said on Monday that it had received more applications than ever before. "
    "Officials expect that the number of patents granted to small companies, which has grown "
    "steadily for years, will double again. A spokesperson declined to comment further."
)


def shown(
    query: str, body: str, title: str = "", *, width: int = 80, most: int = 3
) -> list[Snippet]:
    document = Document(title, body, "source")
    spans = Automaton({"rule": parse(query)}).match(document).get("rule", ())
    return list(snippets(document, spans, width=width, most=most))


def marked(snippet: Snippet) -> list[str]:
    return [snippet.text[start:end] for start, end in snippet.marks]


def test_a_short_text_is_shown_whole() -> None:
    assert shown("甘肃", "甘肃出台新规。") == [Snippet("甘肃出台新规。", ((0, 2),), "body")]


def test_a_passage_keeps_to_its_sentence() -> None:
    (snippet,) = shown("知识产权", LONG, width=80)

    assert snippet.text == "会议指出，要加快建设知识产权强省，推动专利转化运用；完善保护体系。"
    assert marked(snippet) == ["知识产权"]


def test_a_long_sentence_is_cut_at_a_clause_and_says_so() -> None:
    (snippet,) = shown("知识产权", LONG, width=40)

    assert snippet.text.startswith((CUT + "要加快", "会议指出"))
    assert snippet.text.endswith(CUT)
    assert marked(snippet) == ["知识产权"]


def test_english_words_are_not_cut() -> None:
    (snippet,) = shown("patents", ENGLISH, width=50)

    assert snippet.text.startswith(CUT)
    assert snippet.text.endswith(CUT)
    whole = {word.strip(",.") for word in ENGLISH.split()}
    assert {word.strip(",.") for word in snippet.text.strip(CUT).split()} <= whole


@pytest.mark.parametrize("mark", "，、,:：")
def test_no_comma_stands_before_the_dots(mark: str) -> None:
    """A cut is made at a clause where there is one; its comma has nothing to part any more."""
    text = f"要加快建设知识产权强省{mark}推动专利转化运用{mark}以及人才的培养和保护体系的完善"
    shown_at = {shown("知识产权", text, width=width)[0].text for width in range(16, 60)}

    assert f"要加快建设知识产权强省{mark}推动专利转化运用{CUT}" in shown_at
    assert not [one for one in shown_at if one.endswith(mark + CUT)]


def test_marks_cover_the_readers_own_words() -> None:
    (snippet,) = shown("知识产权", "关于 知識(shí)產(chǎn)權(quán) 的通知")

    assert marked(snippet) == ["知識(shí)產(chǎn)權(quán)"]


def test_every_term_is_shown_if_there_is_room() -> None:
    body = f"甘肃的消息。{LONG * 3}深圳的消息。{LONG * 3}再说甘肃。"

    passages = shown("甘肃 深圳", body, width=40)

    assert [marked(snippet) for snippet in passages] == [["甘肃"], ["深圳"]]


def test_neighbours_share_a_passage() -> None:
    (snippet,) = shown("专利 保护 强省", LONG)

    assert marked(snippet) == ["强省", "专利", "保护"]


def test_overlapping_words_are_one_mark() -> None:
    (snippet,) = shown("知识产权 产权强省", LONG)

    assert marked(snippet) == ["知识产权强省"]


def test_a_title_is_shown_where_the_text_does_not_say_it() -> None:
    assert [s.field for s in shown("甘肃 知识产权", LONG, "甘肃新闻")] == ["title", "body"]
    assert [s.field for s in shown("知识产权", LONG, "知识产权新闻")] == ["body"]


def test_most_bounds_the_passages() -> None:
    body = (LONG * 3).join(f"w{number}。" for number in range(6))

    assert len(shown("w0 w1 w2 w3", body, most=2)) == 2


def test_without_words_in_the_text_its_beginning_is_shown() -> None:
    assert shown("source:source", f"\n\n{LONG}", width=70) == [
        Snippet("昨天上午，全省工作会议在兰州召开，来自各市州的代表参加了会议。", (), "body")
    ]
    assert shown("source:source", " ", "标题") == [Snippet("标题", (), "title")]
    assert shown("source:source", "", "") == []


def test_a_passage_is_one_harmless_line() -> None:
    (snippet,) = shown("甘肃", "\u3000\u3000甘肃\n\n一\t二\x1b[31m红\u202e反\x00\x9b0m")

    assert snippet.text == "甘肃 一 二\ufffd[31m红反\ufffd\ufffd0m"
    assert marked(snippet) == ["甘肃"]


@pytest.mark.parametrize(("text", "width"), [("知识", 4), ("abc", 3), ("e\u0301", 1), ("ＡＢ", 4)])
def test_columns(text: str, width: int) -> None:
    assert width == columns(text)


PIECES = [
    "甘肃",
    "甘肅",
    "IPR",
    "patents",
    "的",
    "。",
    "，",
    "\n",
    " ",
    "word",
    ". ",
    "\x1b",
    "\u202e",
    "长" * 30,
    "x" * 90,
]


@settings(deadline=None)
@given(
    body=st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    title=st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    width=st.integers(20, 120),
    most=st.integers(1, 4),
)
def test_passages_are_as_wide_as_asked_and_marks_are_matches(
    body: str, title: str, width: int, most: int
) -> None:
    passages = shown("甘肃 OR ipr OR patent*", body, title, width=width, most=most)

    assert len(passages) <= most
    for snippet in passages:
        assert columns(snippet.text) <= width
        assert not any(unicodedata.category(char) == "Cc" for char in snippet.text)
        assert snippet.text == snippet.text.strip()
        ends = [edge for mark in snippet.marks for edge in mark]
        assert ends == sorted(ends)
        for words in marked(snippet):
            assert Automaton({"": parse("甘肃 OR ipr OR patent*")}).match(Document("", words, ""))
