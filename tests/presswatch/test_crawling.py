"""The crawl of the service, with an engine that takes its time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from archive.errors import ArchiveFull
from archive.store import Archive
from crawler.source import PollReport, Source
from presswatch.crawling import Crawling

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = Source(name="s", url="https://s.example/feed", every=timedelta(milliseconds=10))


class SlowEngine:
    """Every poll takes five times its interval."""

    def __init__(self, enough: int) -> None:
        self.polls = 0
        self.enough = enough
        self.done = asyncio.Event()
        self.begun = asyncio.Event()
        self.at_once = 0

    async def poll(self, source: Source, *, owner: str) -> PollReport:
        del owner
        started = datetime.now(UTC)
        self.polls += 1
        self.at_once += 1
        self.begun.set()
        assert self.at_once == 1, "a source is polled once at a time"
        await asyncio.sleep(0.05)
        self.at_once -= 1
        if self.polls == self.enough:
            self.done.set()
        return PollReport(
            id=str(self.polls), source=source.name, started=started, took=timedelta(0),
            outcome="ok", next_poll=started + source.every,
        )  # fmt: skip


def crawl(path: Path, enough: int, pause_after: int | None = None) -> int:
    async def run() -> int:
        archive, engine = Archive.open(path), SlowEngine(enough)
        crawling = Crawling(engine, archive, [SOURCE])  # type: ignore[arg-type]
        try:
            await crawling.start()
            if pause_after is not None:
                crawling.pause(True)
                await asyncio.sleep(0.2)
                assert engine.polls <= pause_after
                crawling.pause(False)
            async with asyncio.timeout(20):
                await engine.done.wait()
        finally:
            await crawling.stop()
            archive.close()
        return engine.polls

    return asyncio.run(run())


def test_a_poll_that_outlasts_its_interval_is_followed_by_the_next(tmp_path: Path) -> None:
    """A busy machine must not end the polling of a source: it is due at once, and polled."""
    assert crawl(tmp_path / "a.db", 4) >= 4


def test_after_a_pause_what_was_due_is_polled(tmp_path: Path) -> None:
    """No poll begins in it, and none is lost by it."""
    assert crawl(tmp_path / "a.db", 3, pause_after=1) >= 3


def test_a_source_that_is_changed_on_a_full_disk_is_polled_on(tmp_path: Path) -> None:
    """What cannot be planned anew is polled by its old plan, not never again."""

    async def run() -> int:
        archive, engine = Archive.open(tmp_path / "a.db"), SlowEngine(3)
        crawling = Crawling(engine, archive, [SOURCE])  # type: ignore[arg-type]

        async def full(_: object) -> None:
            raise ArchiveFull(cause="disk full")

        try:
            await crawling.start()
            async with asyncio.timeout(20):
                await engine.begun.wait()
                await crawling.change([replace(SOURCE, select="a")])
                archive.write = full  # type: ignore[method-assign, assignment]
                await engine.done.wait()
        finally:
            await crawling.stop()
            archive.close()
        return engine.polls

    assert asyncio.run(run()) >= 3
