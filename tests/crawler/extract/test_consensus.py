"""The reading that agrees best with the others is chosen, and one alone changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.consensus import Reading, agreement, doubtful, medoid

ARTICLE = " ".join(f"word{number}" for number in range(60))
LONGER = ARTICLE + " and then some related stories of the day"
OTHER = " ".join(f"comment{number}" for number in range(60))


def test_the_reading_nearest_to_the_others_is_chosen() -> None:
    first, second, third = Reading(OTHER), Reading(LONGER), Reading(ARTICLE)

    assert medoid({first: 1, second: 1, third: 1}) in {second, third}


def test_of_equals_the_first_is_chosen() -> None:
    first, second = Reading(ARTICLE), Reading(OTHER)

    assert medoid({first: 1, second: 1}) is first
    assert medoid({second: 1, first: 1}) is second


def test_one_that_only_votes_is_never_chosen_but_decides() -> None:
    wrong, right = Reading(OTHER), Reading(ARTICLE)
    voter = Reading(ARTICLE, only_votes=True)

    assert medoid({wrong: 1, right: 1, voter: 1}) is right
    with pytest.raises(ValueError, match="empty"):
        medoid({voter: 1})


def test_two_settings_of_one_extractor_do_not_outvote_two_others() -> None:
    """Both settings fall for the same comments; each of the others has a vote and a half."""
    loose, precise = Reading(OTHER), Reading(OTHER + " more")
    one, other = Reading(ARTICLE), Reading(LONGER, only_votes=True)

    assert medoid({loose: 1, precise: 1, one: 1.5, other: 1.5}) is one


def test_agreement_is_the_share_of_runs_in_common() -> None:
    assert agreement(Reading(ARTICLE), Reading(ARTICLE)) == 1
    assert agreement(Reading(ARTICLE), Reading(OTHER)) == 0
    assert agreement(Reading("一二三四五"), Reading("一二三四六")) == pytest.approx(0.5)
    assert agreement(Reading(""), Reading("")) == 1
    assert agreement(Reading(""), Reading(ARTICLE)) == 0


def test_doubt_is_a_reading_far_from_the_chosen() -> None:
    chosen = Reading(ARTICLE)

    assert doubtful(chosen, [chosen, Reading(OTHER)], 0.9)
    assert not doubtful(chosen, [chosen, Reading(ARTICLE + " end")], 0.9)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_some_reading_is_always_chosen(texts: list[str]) -> None:
    readings = {Reading(text): 1.0 for text in texts}

    assert medoid(readings) in readings
    for one in readings:
        for other in readings:
            assert 0 <= agreement(one, other) == agreement(other, one) <= 1
