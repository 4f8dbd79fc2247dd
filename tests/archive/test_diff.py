"""Two texts side by side."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.diff import Paragraph, Piece, diff, line_diff


def shown(old: str, new: str) -> str:
    """As plain text: [-gone-]{+new+}."""
    return "\n".join(
        "".join(
            {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}[piece.mark].format(piece.text)
            for piece in paragraph.pieces
        )
        for paragraph in diff(old, new)
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("One.\nTwo.", "One.\nTwo.", "One.\nTwo."),
        ("One.\nTwo.", "One.\nAnd.\nTwo.", "One.\n{+And.+}\nTwo."),
        ("One.\nAnd.\nTwo.", "One.\nTwo.", "One.\n[-And.-]\nTwo."),
        (
            "The office fined them 300 yuan on Monday.",
            "The office fined them 500 yuan on Monday.",
            "The office fined them [-300-]{+500+} yuan on Monday.",
        ),
        (
            "甘肃省知识产权局今日发布通知。",
            "甘肃省知识产权局昨日发布公告。",
            "甘肃省知识产权局[-今-]{+昨+}日发布[-通知-]{+公告+}。",
        ),
        (
            "He said that he would go home now.",
            "He said that she might go home now.",
            "He said that [-he would-]{+she might+} go home now.",
        ),
    ],
)
def test_a_diff_reads(old: str, new: str, expected: str) -> None:
    assert shown(old, new).strip("\n") == expected


def test_a_changed_paragraph_is_found_among_new_ones() -> None:
    """Not compared with whatever stands at its place by now."""
    old = "Lanzhou hears applicants within thirty days of filing."
    new = "Wholly other words stand here.\nLanzhou hears applicants within sixty days of filing."

    first, second = diff(old, new)

    assert first.kind == "new"
    assert second.kind == "changed"
    assert Piece("gone", "thirty") in second.pieces and Piece("new", "sixty") in second.pieces


def test_paragraphs_without_a_common_word_are_gone_and_new() -> None:
    kinds = [paragraph.kind for paragraph in diff("red green blue", "uno due tre")]

    assert kinds == ["gone", "new"]


def _side(paragraphs: tuple[Paragraph, ...], mark: str) -> str:
    """One of the two texts, spelled from the diff."""
    other = "new" if mark == "gone" else "gone"
    return "\n".join(
        "".join(piece.text for piece in paragraph.pieces if piece.mark != other)
        for paragraph in paragraphs
        if paragraph.kind != other
    )


_WORDS = st.sampled_from(["law", "法", "专利", " ", ", ", "。", "\n", "2026", "é", "\U00020000"])
_TEXT = st.lists(_WORDS, max_size=40).map("".join) | st.text(max_size=40)


@given(_TEXT, _TEXT)
def test_both_texts_can_be_read_from_their_diff(old: str, new: str) -> None:
    paragraphs = diff(old, new)

    assert _side(paragraphs, "gone") == old
    assert _side(paragraphs, "new") == new


@given(_TEXT)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert {paragraph.kind for paragraph in diff(text, text)} <= {"same"}


@given(_TEXT, _TEXT)
def test_pieces_take_turns(old: str, new: str) -> None:
    pieces = line_diff(old, new)

    assert all(piece.text for piece in pieces)
    assert all(a.mark != b.mark for a, b in pairwise(pieces))


@pytest.mark.timeout(30)
@pytest.mark.parametrize("line", ["律" * 200_000, "word " * 60_000, "a\n" * 50_000])
def test_long_texts_come_to_an_end(line: str) -> None:
    """Aligning is quadratic, so what is long is not aligned: this would take hours."""
    old, new = "x" + line + "x", "y" + line[:-7] + "y"

    paragraphs = diff(old, new)

    assert (_side(paragraphs, "gone"), _side(paragraphs, "new")) == (old, new)
