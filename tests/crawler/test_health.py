"""The judgement of a source by its own past: pure, with a clock that is moved."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.health import Finding, Kind, Past, changes, judge
from crawler.health.words import words
from tests.crawler.polled import DAY, HOUR, MINUTE, MONDAY, report, state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from crawler.ledger import PollRow


def hourly(*reports: Mapping[str, object], start: datetime = MONDAY) -> list[PollRow]:
    """Reports an hour apart, given oldest first, as the ledger gives them: newest first."""
    made = [report(start + n * HOUR, **more) for n, more in enumerate(reports)]
    return made[::-1]


def look(
    reports: Sequence[PollRow], opened: dict[Kind, Finding] | None = None, **more: object
) -> dict[Kind, Finding]:
    last = reports[0].started
    past = Past(state=state(**{"last_poll": last, "last_ok": last, **more}), reports=reports)
    return judge(past, opened or {}, last + MINUTE)


# silence


def office(weeks: int, *, at: random.Random | None = None) -> list[datetime]:
    """Mon–Fri 9–18 h, twelve a day: one every 45 minutes, or whenever it falls."""
    made = []
    for day in range(7 * weeks):
        if (MONDAY + day * DAY).weekday() < 5:
            start = MONDAY + day * DAY + 9 * HOUR
            minutes = [at.uniform(0, 540) for _ in range(12)] if at else range(0, 540, 45)
            made += [start + minute * MINUTE for minute in minutes]
    return sorted(made)


def silences(
    finds: Sequence[datetime], start: datetime, end: datetime, step: timedelta = 20 * MINUTE
) -> Iterator[tuple[datetime, Finding]]:
    """Every moment of a moved clock at which the source is found silent."""
    now = start
    opened: dict[Kind, Finding] = {}
    while now < end:
        known = [find for find in finds if find <= now]
        past = Past(state=state(last_ok=now, last_poll=now), arrivals=known, links=len(known))
        opened = judge(past, opened, now)
        if Kind.SILENCE in opened:
            yield now, opened[Kind.SILENCE]
        now += step


def test_a_weekend_is_no_silence() -> None:
    """Eight weeks of office hours, sixteen half of them nights, eight weekends: no alarm."""
    assert list(silences(office(8), MONDAY, MONDAY + 56 * DAY)) == []


@pytest.mark.parametrize("seed", range(3))
def test_news_at_any_minute_of_office_hours_is_no_silence(seed: int) -> None:
    finds = office(8, at=random.Random(seed))

    assert list(silences(finds, MONDAY, MONDAY + 56 * DAY, HOUR)) == []


@pytest.mark.parametrize("weeks", [4, 8])
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_silence_on_a_wednesday_is_told_within_a_day_of_work(weeks: int, seed: int | None) -> None:
    finds = office(weeks, at=None if seed is None else random.Random(seed))
    wednesday = MONDAY + timedelta(weeks=weeks - 1, days=2)
    kept = [find for find in finds if find < wednesday]

    (at, found), *_ = silences(kept, wednesday - 10 * HOUR, wednesday + 4 * DAY)

    assert wednesday + 12 * HOUR < at < wednesday + DAY + 12 * HOUR
    assert found.since == kept[-1]
    assert words(found).startswith("no news for ")
    assert 8 <= found.expected <= 14


def test_it_is_over_with_the_next_news() -> None:
    finds = office(8)
    hole = MONDAY + timedelta(weeks=7, days=1)
    back = hole + 3 * DAY
    kept = [find for find in finds if not hole <= find < back]

    silent = [at for at, _ in silences(kept, hole, MONDAY + 56 * DAY)]

    assert silent
    assert silent == [silent[0] + n * 20 * MINUTE for n in range(len(silent))]
    assert back + 8 * HOUR < silent[-1] < back + 9 * HOUR + 20 * MINUTE


def test_silence_in_words() -> None:
    finds = office(8)
    kept = [find for find in finds if find < MONDAY + timedelta(weeks=7, days=1)]
    end = MONDAY + timedelta(weeks=7, days=4)

    *_, (_, found) = silences(kept, end - 5 * DAY, end)

    assert words(found) == "no news for 3 days, usually 12 a day"


def test_a_source_that_is_new_is_not_judged() -> None:
    """One week is not enough to know a week by."""
    week = [find for find in office(1) if find < MONDAY + 2 * DAY]

    assert list(silences(week, MONDAY, MONDAY + 14 * DAY, HOUR)) == []


def test_a_seldom_source_is_silent_when_it_outlasts_its_longest_gap() -> None:
    """Once a week is too seldom to compare weeks by, and five weeks without are still too long."""
    finds = [MONDAY + n * 3 * DAY + 9 * HOUR for n in range(16)]

    (at, found), *_ = silences(finds, MONDAY, finds[-1] + 20 * DAY, 6 * HOUR)

    assert timedelta(days=7.5) <= at - finds[-1] <= timedelta(days=7.75)
    assert words(found) == "no news for 8 days, usually one in 3 days"


def test_a_watched_page_that_stays_as_it_is_is_no_news() -> None:
    finds = office(8)
    until = MONDAY + timedelta(weeks=12)
    past = Past(state=state(kind="watch", last_ok=until), arrivals=finds, links=len(finds))

    assert judge(past, {}, until) == {}


def test_silence_is_judged_up_to_the_last_good_poll_only() -> None:
    """Whoever did not look has not seen that there was nothing."""
    finds = office(8)
    past = Past(state=state(last_ok=finds[-1] + MINUTE), arrivals=finds, links=len(finds))

    assert judge(past, {}, finds[-1] + 30 * DAY) == {}


@given(
    st.lists(st.integers(0, 56 * 24 * 60), max_size=80, unique=True),
    st.integers(0, 90 * 24 * 60),
)
def test_no_past_whatever_breaks_the_judgement(minutes: list[int], last: int) -> None:
    """It is silent only where it was not always so, and says since when."""
    finds = [MONDAY + minute * MINUTE for minute in sorted(minutes)]
    until = MONDAY + last * MINUTE
    past = Past(state=state(last_ok=until), arrivals=finds, links=len(finds))

    found = judge(past, {}, until).get(Kind.SILENCE)

    if found is not None:
        assert found.since == finds[-1] < until
        assert found.expected > 0
        assert len(finds) >= 10


# listings


def test_a_listing_without_links() -> None:
    found = look(hourly(*[{}] * 8, {"found": 0}))

    assert found[Kind.LINKS].since == MONDAY + 8 * HOUR
    assert words(found[Kind.LINKS]) == "the listing gave 0 links, usually 20"


def test_a_listing_that_can_no_longer_be_read_gave_no_links() -> None:
    broken = {"outcome": "failed", "error": "NotAListing", "reason": "no links", "found": 0}
    found = look(hourly(*[{}] * 8, *[broken] * 4), failures=4, last_ok=MONDAY + 7 * HOUR)

    assert found.keys() == {Kind.LINKS}


def test_a_few_links_are_a_trouble_when_the_next_poll_says_the_same() -> None:
    once = hourly(*[{}] * 8, {"found": 1})
    assert look(once) == {}
    assert look(hourly(*[{}] * 8, {"found": 1}, {"found": 2})).keys() == {Kind.LINKS}
    unchanged = once[0].started + HOUR

    assert look(once, last_ok=unchanged).keys() == {Kind.LINKS}


@pytest.mark.parametrize(
    "reports",
    [
        [{}] * 4 + [{"found": 0}],  # too little past
        [{"found": 3}] * 8 + [{"found": 0}],  # never many
        [{}, {"found": 0}] * 5,  # a sitemap of what is new only
        [{}] * 8 + [{"found": 12}],
        [{}] * 8 + [{"found": 0, "outcome": "partial"}],  # one of its files could not be had
        [{}] * 8 + [{"found": 0}, {}],  # over
    ],
)
def test_a_listing_as_it_always_was(reports: list[dict[str, object]]) -> None:
    assert look(hourly(*reports)) == {}


def test_an_empty_listing_does_not_become_the_usual() -> None:
    first = look(hourly(*[{}] * 8, {"found": 0}))
    long = hourly(*[{"found": 0}] * 200)

    assert look(long, first)[Kind.LINKS].expected == 20
    assert look([report(long[0].started + HOUR), *long], first) == {}


# pages


def good(**more: object) -> dict[str, object]:
    """Two pages that read well."""
    return {"read": 2, "length": 2000, "new": 2, **more}


@pytest.mark.parametrize(
    ("bad", "kind", "said"),
    [
        ({"textless": 2}, Kind.TEXT, "8 of 8 articles without text, usually none"),
        ({"untitled": 2}, Kind.TITLES, "8 of 8 articles without a title, usually none"),
        ({"undated": 2}, Kind.DATES, "8 of 8 articles without a date, usually none"),
        ({"length": 300}, Kind.LENGTH, "texts of 300 characters, usually 2000"),
    ],
)
def test_pages_that_no_longer_read_well(bad: dict[str, object], kind: Kind, said: str) -> None:
    """It begins with enough of them, is held against what was usual, and ends when it is over."""
    fine, poor = good(), good(**bad)
    first = look(hourly(*[fine] * 10, *[poor] * 4))

    assert first.keys() == {kind}
    assert words(first[kind]) == said
    assert first[kind].since == MONDAY + 10 * HOUR

    assert look(hourly(*[poor] * 200), first).keys() == {kind}
    assert look(hourly(*[poor] * 200, *[fine] * 4), first) == {}


def test_seven_of_eight() -> None:
    found = look(hourly(*[good()] * 10, *[good(textless=2)] * 3, good(textless=1)))

    assert words(found[Kind.TEXT]) == "7 of 8 articles without text, usually none"


@pytest.mark.parametrize(
    "reports",
    [
        [good()] * 4 + [good(textless=2)] * 4,  # too little past
        [good()] * 20 + [good(textless=2)] * 2,  # too few now
        [good(), good(textless=2)] * 10 + [good(textless=2)] * 4,  # always so
        [good()] * 20 + [good(textless=1)] * 4,  # half
    ],
)
def test_pages_as_they_always_were(reports: list[dict[str, object]]) -> None:
    assert look(hourly(*reports)) == {}


# the part that `text` names


def misses(*missed: bool, text: str = ".t", opened: dict[Kind, Finding] | None = None) -> str:
    """What is said of pages an hour apart, the oldest first."""
    pages = [(MONDAY + n * HOUR, one) for n, one in enumerate(missed)][::-1]
    past = Past(state=state(), text=text, missed=pages)
    found = judge(past, opened or {}, MONDAY + DAY).get(Kind.PART)
    return f"{words(found)}, {found.since:%H:%M}, {found.note}" if found else ""


def test_a_selector_that_matches_nothing_is_told_without_a_past() -> None:
    """From the fifth page on, since the first of those in a row."""
    yes, no = False, True

    assert misses(no, no, no, no) == ""
    assert (
        misses(no, no, no, no, no) == "`text` matched nothing on 5 of the last 5 pages, 00:00, .t"
    )
    assert misses(yes, yes, yes, no, yes, no, no) == ""
    said = misses(yes, yes, no, yes, no, no, no, no)
    assert said == "`text` matched nothing on 5 of the last 8 pages, 04:00, .t"
    assert misses(*[no] * 8, text="") == ""


def test_a_trouble_with_a_selector_ends_with_the_selector() -> None:
    """Or when it matches again; too few pages say nothing."""
    yes, no = False, True
    finding = Finding(kind=Kind.PART, since=MONDAY, seen=5.0, total=5, note=".t")
    opened = {Kind.PART: finding}

    assert misses(no, no, opened=opened) != ""
    assert misses(no, no, no, yes, yes, opened=opened).startswith("`text` matched nothing on 3 of")
    assert misses(no, yes, yes, yes, yes, opened=opened) == ""
    assert misses(text=".other", opened=opened) == ""
    assert misses(text="", opened=opened) == ""


# failing


FAILED: dict[str, object] = {"outcome": "failed", "error": "BadStatus", "reason": "HTTP 500"}


def failing(count: int, **more: object) -> Past:
    reports = hourly({}, *[FAILED] * count)
    return Past(state=state(failures=count, last_ok=MONDAY, **more), reports=reports)


@pytest.mark.parametrize(("count", "hours", "told"), [(2, 3, False), (3, 4, True), (2, 30, True)])
def test_three_failures_in_a_row_or_a_day_of_them(count: int, hours: int, told: bool) -> None:
    found = judge(failing(count), {}, MONDAY + hours * HOUR)

    assert (Kind.FAILING in found) is told
    if told:
        assert found[Kind.FAILING].since == MONDAY + HOUR
        assert words(found[Kind.FAILING]) == f"failed {count} times in a row: HTTP 500"


def test_failures_of_a_dead_network_are_nobodys_fault() -> None:
    past, now = failing(5), MONDAY + 6 * HOUR

    assert judge(past, {}, now, [(MONDAY, MONDAY + 3 * HOUR)]) == {}
    assert Kind.FAILING in judge(past, {}, now, [(MONDAY, MONDAY + 2 * HOUR)])


def test_a_failing_source_is_well_with_its_first_good_poll() -> None:
    opened = judge(failing(3), {}, MONDAY + 4 * HOUR)
    well = Past(state=state(last_ok=MONDAY + 4 * HOUR), reports=failing(3).reports)

    assert changes(opened, judge(well, opened, MONDAY + 4 * HOUR)) == ([], [Kind.FAILING])
