"""presswatch.web.narrow, periods and plots: what a click writes, and what a plot shows."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.fold import name_token
from archive.query import parse
from archive.query.leaf import Term
from presswatch.web import narrow, periods
from presswatch.web.plots import Bar, ceiling, chart, spark

if TYPE_CHECKING:
    from archive.query import Query

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def read(text: str) -> Query | None:
    return parse(text) if text else None


@pytest.mark.parametrize("text", ["专利", "a OR b", "a AND (b OR c)", "-x y", "a NEAR/3 b", ""])
def test_a_narrower_query_is_a_query(text: str) -> None:
    """Whatever stands there, a click makes a query that can be read, and means both."""
    for made in (
        narrow.field(read(text), "source", "cnipa"),
        narrow.field(read(text), "source", "a b (c)"),
        narrow.within(text, read(text), date(2026, 5, 1), date(2026, 5, 31)),
    ):
        parse(made)
    assert narrow.field(parse("a OR b"), "lang", "zh") == "(a OR b) AND lang:zh"


@pytest.mark.parametrize(
    "name", ['The "Post"', 'a "b」', "＂x＂", "NOT", "AND", "a (b)", "-a", "★", "…"]
)
def test_a_click_on_a_source_means_that_source_whatever_its_name(name: str) -> None:
    """Quotes in it ended the phrase: the click led to a query that could not be read."""
    (leaf,) = parse(narrow.field(None, "source", name)).leaves

    assert leaf == Term("source", (name_token(name),), prefix=False, text="")


def test_another_day_takes_the_place_of_the_first() -> None:
    """Clicking through a plot does not make the query longer and longer."""
    once = narrow.within("专利", parse("专利"), date(2026, 5, 1), date(2026, 5, 7))
    twice = narrow.within(once, parse(once), date(2026, 5, 3), date(2026, 5, 3))

    assert twice == "专利 AND after:2026-05-03 AND before:2026-05-04"
    assert narrow.days_of(twice) == (date(2026, 5, 3), date(2026, 5, 3))
    assert narrow.without_days(twice) == "专利"
    assert narrow.days_of("专利") is None
    assert narrow.days_of("a AND after:2026-13-45 AND before:2026-13-46") is None


@given(st.dictionaries(DAYS, st.integers(1, 50), max_size=40))
def test_spans_hold_every_day_once(days: dict[date, int]) -> None:
    """The bars together are the hits, in order, without a gap; few enough to be read."""
    name, made = periods.spans(Counter(days))

    assert len(made) <= periods.MOST_BARS
    for (_, last, _), (following, _, _) in pairwise(made):
        assert following == last + timedelta(days=1)
    if name != "year":
        assert sum(count for *_, count in made) == sum(days.values())
    for number, (first, _, _) in enumerate(made):
        periods.label(name, first, number=number, of=len(made))
        assert periods.say(name, first)


@given(st.integers(0, 10**9))
def test_an_axis_is_high_enough_and_not_twice(most: int) -> None:
    top = ceiling(most)

    assert top >= most and (top <= 2 * most or most < 2)


def test_a_plot_says_in_words_what_it_shows() -> None:
    """Who hears the page, or sees no colours, is told the same."""
    drawn = str(chart([Bar(count=3, title="Monday: 3", link="/x?a=1&b=2")], says="Three"))

    assert 'aria-label="Three"' in drawn and "<title>Monday: 3</title>" in drawn
    assert 'href="/x?a=1&amp;b=2"' in drawn and "style=" not in drawn
    assert 'role="img"' in str(spark([1, 0, 2], says="x"))
    assert "<svg" in str(chart([], says="nothing"))


@pytest.mark.parametrize("counts", [[], [0, 0], [1, 0, 3, 2]])
def test_bars_are_one_shape_with_a_bar_for_each_number(counts: list[int]) -> None:
    """A list of three hundred rules has nine thousand of them."""
    drawn = [str(spark(counts, says="x"))]
    drawn.append(str(chart([Bar(count=n, title="t") for n in counts], says="x")))

    for one in drawn:
        (shape,) = re.findall(r'd="([^"]*)"', one)
        tall = [float(found) for found in re.findall(r"v-([0-9.]+)h", shape)]
        assert len(tall) == sum(count > 0 for count in counts)
        assert not tall or tall.index(max(tall)) == 1  # the 3
    assert drawn[1].count('class="hit"') == sum(count > 0 for count in counts)
