"""Chinese numerals of dates are read right or left as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.evidence.numerals import count, plain

DIGITS = "零一二三四五六七八九"


def in_words(number: int) -> str:
    tens, ones = divmod(number, 10)
    return f"{DIGITS[tens] if tens > 1 else ''}{'十' if tens else ''}{DIGITS[ones] if ones else ''}"


def by_place(number: int) -> str:
    return "".join(DIGITS[int(digit)] for digit in str(number))


@given(st.integers(1, 12), st.integers(1, 31))
def test_a_day_in_words(month: int, day: int) -> None:
    """With and without 一 before 十, and with 廿 and 卅."""
    short = in_words(day).replace("二十", "廿").replace("三十", "卅")

    for written in {in_words(day), short}:
        assert plain(f"二〇二四年{in_words(month)}月{written}日") == f"2024年{month}月{day}日"
        assert plain(f"{in_words(month)}月{written}号") == f"{month}月{day}日"


@given(
    st.integers(1, 12).filter(lambda number: number % 10),
    st.integers(1, 31).filter(lambda number: number % 10),
)
def test_a_day_by_place(month: int, day: int) -> None:
    """一一月二五日 is the twenty-fifth of November and not the fifth of January."""
    assert plain(f"二〇二四年{by_place(month)}月{by_place(day)}日") == f"2024年{month}月{day}日"


@pytest.mark.parametrize(
    "text",
    [
        "十十月一日",
        "二〇一九年十十月一日",
        "三月廿十日",
        "三月二十五六日",
        "民国百百年",
        "民国十百年",
    ],
)
def test_what_is_no_numeral_stays_as_it_is(text: str) -> None:
    """A slip of the keyboard must not cost the page that it stands on."""
    assert plain(text) == text


@given(st.text("〇○零O一二三四五六七八九十廿卅百元年月日號民国國", max_size=14))
def test_any_row_of_numerals_can_be_asked(text: str) -> None:
    """And reading a second time changes nothing."""
    assert plain(plain(text)) == plain(text)
    assert plain(f"民国{text}年{text}月{text}日")


@pytest.mark.parametrize(
    ("numeral", "number"),
    [("十", 10), ("二十二", 22), ("廿二", 22), ("一百零八", 108), ("一百十", 110), ("一一", 11)],
)
def test_counting(numeral: str, number: int) -> None:
    assert count(numeral) == number
