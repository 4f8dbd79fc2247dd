"""When an article is looked at again, with a clock that tests move."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.engine.revisits import next_look
from crawler.source import Source
from tests.crawler.engine.visits import HOUR, START, asked, at, page
from tests.crawler.newsroom import OPTIONS, Newsroom
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.store import Archive
    from crawler.engine import Engine


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with Site() as site:
        newsroom = Newsroom(site, tmp_path / "a.db")
        newsroom.now = START
        yield newsroom


def test_an_article_is_looked_at_after_an_hour_six_hours_a_day_and_three_days(
    room: Newsroom,
) -> None:
    """Whether its feed has changed or not; between the visits, and after the last, never."""
    room.article("a")
    room.feed("a", etag=True)
    visits = {}
    for hours in (0, 0.9, 1, 1.1, 5.9, 6.1, 23, 25, 71, 73, 100, 1000):
        at(room, hours * HOUR)
        visits[hours] = len(asked(room))

    assert visits == {
        0: 1, 0.9: 1, 1: 2, 1.1: 2, 5.9: 2, 6.1: 3, 23: 3, 25: 4, 71: 4, 73: 5, 100: 5, 1000: 5,
    }  # fmt: skip


def test_what_a_long_pause_missed_is_one_visit(room: Newsroom) -> None:
    """A service that slept for two days asks once, not three times."""
    room.article("a")
    room.feed("a")
    at(room, 0 * HOUR)

    at(room, 48 * HOUR)

    assert len(asked(room)) == 2
    assert page(room).look == START + timedelta(days=3)


def test_a_source_may_have_its_own_times_or_none(room: Newsroom) -> None:
    """[] switches it off."""
    room.article("a")
    room.feed("a")
    room.source = replace(room.source, revisit=(2 * HOUR,))
    at(room, 0 * HOUR), at(room, 1.5 * HOUR)
    assert len(asked(room)) == 1
    at(room, 2 * HOUR)
    assert len(asked(room)) == 2

    room.source = replace(room.source, name="other", revisit=())
    room.article("b")
    room.feed("a", "b")
    at(room, 3 * HOUR), at(room, 90 * HOUR)
    assert len(asked(room, "b")) == 1


def test_a_watched_page_needs_no_second_look(room: Newsroom) -> None:
    """It is read at every poll as it is."""
    room.article("a")
    room.source = Source(name="w", url=room.site.url("/a.html"), kind="watch")

    at(room, 0 * HOUR), at(room, 2 * HOUR)

    assert len(asked(room)) == 2
    assert page(room).look is None


def test_an_article_that_two_sources_list_is_looked_at_by_the_first(room: Newsroom) -> None:
    """Its site is not asked twice as often because it is read twice."""
    room.article("a")
    room.feed("a")
    at(room, 0 * HOUR)
    room.source = replace(room.source, name="second")
    at(room, 0 * HOUR)

    at(room, 2 * HOUR)

    assert len(asked(room)) == 1


def test_new_pages_come_first_and_share_the_limit_of_a_poll(room: Newsroom) -> None:
    """Three pages a poll: two are new, so one is looked at again, the one that waited longest."""
    for name in ("a", "b"):
        room.article(name)
        room.feed("a", *({name} - {"a"}))
        at(room, (0 if name == "a" else 0.5) * HOUR)
    room.article("c"), room.article("d")
    room.feed("a", "b", "c", "d")
    before = len(room.site.requests)
    room.now = START + 2 * HOUR

    async def job(engine: Engine, _: Archive) -> None:
        await engine.poll(room.source, owner="test")

    room.run_with(replace(OPTIONS, per_poll=3), job)

    paths = [request.path for request in room.site.requests[before:]]
    # robots.txt is asked by every new transport
    assert [path for path in paths if path.endswith(".html")] == ["/c.html", "/d.html", "/a.html"]


@given(
    filed=st.integers(0, 10**6),
    elapsed=st.integers(0, 10**6),
    minutes=st.lists(st.integers(1, 10**5), max_size=6),
    seen=st.booleans(),
)
def test_the_next_look_is_ahead_and_the_looks_come_to_an_end(
    filed: int, elapsed: int, minutes: list[int], seen: bool
) -> None:
    began = START + timedelta(minutes=filed)
    schedule = [timedelta(minutes=m) for m in minutes]
    now = began + timedelta(minutes=elapsed)
    looks = 0
    while (look := next_look(began, now, schedule, seen=seen)) is not None:
        assert look > now
        now, looks = look, looks + 1
        assert looks <= len(minutes) + 5
    assert seen is False or looks <= len(set(minutes))
