"""The scorer of the real pages, on texts of which the answer is known."""

from __future__ import annotations

import pytest

from tests.pages.score import compare, score

TEXT = "one two three four five six seven eight"


def test_the_same_text_is_perfect() -> None:
    assert score([compare(TEXT, TEXT)]).f1 == 1.0


def test_half_of_it_has_full_precision() -> None:
    half = compare(TEXT, "one two three four five")  # two of five runs
    assert half.precision == 1.0
    assert half.recall == pytest.approx(2 / 5)


def test_as_much_again_halves_precision() -> None:
    shares = compare("a b c d", "a b c d\nx y")  # one run wanted, two more come
    assert shares.precision == pytest.approx(1 / 3)
    assert shares.recall == 1.0


def test_ideographs_count_one_by_one() -> None:
    assert compare("知识产权保护", "知识产权").recall == pytest.approx(1 / 3)


def test_nothing_found_costs_recall_and_no_precision() -> None:
    scored = score([compare(TEXT, TEXT), compare(TEXT, "")])
    assert (scored.precision, scored.recall) == (1.0, 0.5)


def test_no_pages_is_no_score() -> None:
    with pytest.raises(ValueError, match="no pages"):
        score([])
