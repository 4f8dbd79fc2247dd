"""A source that is polled by its own rhythm: what the engine makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crawler import ledger
from tests.crawler.newsroom import Newsroom
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.store import Archive
    from crawler.engine import Engine

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LEAST, MOST = timedelta(minutes=2), timedelta(hours=4)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with Site() as site:
        room = Newsroom(site, tmp_path / "a.db")
        room.source = replace(room.source, every=MOST, every_min=LEAST, every_max=MOST)
        yield room


def waits(room: Newsroom, minutes: list[int], *, news: bool) -> list[timedelta]:
    """Poll at these minutes after noon, each time with a new article or without."""
    names = ["a0"]
    found: list[timedelta] = []

    async def job(engine: Engine, _: Archive) -> None:
        for minute in minutes:
            if news:
                names.append(f"a{minute + 1}")
            for name in names:
                room.article(name)
            room.feed(*names, etag=True)
            room.now = NOON + timedelta(minutes=minute)
            report = await engine.poll(room.source, owner="test")
            assert report.next_poll is not None
            found.append(report.next_poll - report.started)

    room.run(job)
    return found


def test_news_at_every_poll_quickens_it(room: Newsroom) -> None:
    """From the middle, which a new source begins with."""
    busy = waits(room, list(range(0, 120, 6)), news=True)

    assert LEAST <= busy[-1] < busy[0] / 2 < busy[0] <= MOST


def test_silence_slows_it(room: Newsroom) -> None:
    calm = waits(room, [0, 600, 1440, 2880, 5760], news=False)

    assert calm[0] < calm[1] < calm[-1] <= MOST


def test_its_own_word_is_remembered_while_nothing_changes(room: Newsroom) -> None:
    """A 304 brings no <ttl>: what the feed said stays true."""
    room.article("a")
    room.feed("a", etag=True)
    body = '<rss version="2.0"><channel><ttl>90</ttl></channel></rss>'
    room.site.page("/feed.xml", body, content_type="application/xml", etag=True)
    hints: list[timedelta | None] = []

    async def job(engine: Engine, archive: Archive) -> None:
        for _ in range(2):
            report = await engine.poll(room.source, owner="test")
            state = await archive.read(lambda db: ledger.state(db, "s"))
            assert state is not None
            hints.append(state.hint)
            assert report.next_poll is not None
            assert report.next_poll - report.started >= timedelta(minutes=90)
        assert report.outcome == "unchanged"

    room.run(job)
    assert hints == [timedelta(minutes=90)] * 2


def test_a_fixed_interval_stays_what_it_was(room: Newsroom) -> None:
    """Whoever writes `every` gets just that, whatever the source says."""
    room.source = replace(room.source, every=timedelta(minutes=7), every_min=None, every_max=None)

    assert set(waits(room, [0, 7, 14], news=True)) == {timedelta(minutes=7)}
