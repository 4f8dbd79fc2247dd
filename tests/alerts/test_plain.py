from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.plain import one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("甘肃省知识产权局", "甘肃省知识产权局"),
        ("a\r\nBcc: eve@example.org", "a Bcc: eve@example.org"),
        ("red \x1b[31malert\x1b[0m", "red [31malert [0m"),
        ("gnp.\u202eexe", "gnp. exe"),
        ("one\u2028two\u2029three\x85four\x00five", "one two three four five"),
        ("half \ud800 surrogate", "half surrogate"),
        ("wide\u3000 \u00a0 blanks", "wide blanks"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_one_line_shows_what_can_be_seen(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_cut_is_seen() -> None:
    assert one_line("知识产权局", 4) == "知识产…"
    assert one_line("知识产权", 4) == "知识产权"
    assert one_line("a" + " " * 50 + "b", 5) == "a…"


@given(st.text(alphabet=st.characters(), max_size=300), st.integers(1, 80))
def test_one_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)

    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert not [char for char in line if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}]
    assert one_line(line, limit) == line
