"""The crawl of the service, with an engine that takes its time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.article import to_ms
from archive.errors import ArchiveFull
from archive.store import Archive
from crawler import ledger
from crawler.health import Finding, Kind, troubles
from crawler.source import PollReport, Source
from presswatch.polling.crawling import Crawling

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

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


def put_off(db: Database, now: datetime, *, network: bool, failing: bool) -> None:
    """The source could not be reached six times, so that it is due in ten hours."""
    ledger.register(db, [SOURCE])
    db.conn.execute(
        "UPDATE source_state SET failures = 6, last_error = 'Unreachable', last_poll_at = ?,"
        " next_poll_at = ?",
        [to_ms(now), to_ms(now + timedelta(hours=10))],
    )
    for source, kind, open_ in (("", Kind.NETWORK, network), ("s", Kind.FAILING, failing)):
        if open_:
            troubles.begin(db, source, Finding(kind=kind, since=now), now=now, told=None)


def polled(path: Path, *, network: bool, failing: bool = False, back: bool = False) -> bool:
    """Whether it is polled all the same, at its usual interval."""

    async def run() -> bool:
        archive, engine = Archive.open(path), SlowEngine(1)
        crawling = Crawling(engine, archive, [SOURCE])  # type: ignore[arg-type]
        now = datetime.now(UTC)
        try:
            await archive.write(lambda db: put_off(db, now, network=network, failing=failing))
            await crawling.start()
            if back:  # it was seen to be down, then came back
                await crawling.follow_network()
                await archive.write(lambda db: put_off(db, now, network=False, failing=failing))
                down = (await archive.read(troubles.opened))[""][Kind.NETWORK]
                await archive.write(lambda db: troubles.end(db, down, now=now))
            await crawling.follow_network()
            with suppress(TimeoutError):
                await asyncio.wait_for(engine.begun.wait(), 0.5)
            return engine.begun.is_set()
        finally:
            await crawling.stop()
            archive.close()

    return asyncio.run(run())


def test_a_dead_network_puts_no_source_off(tmp_path: Path) -> None:
    """After a night without one nobody must wait another day for news."""
    assert polled(tmp_path / "down.db", network=True)
    assert polled(tmp_path / "back.db", network=True, back=True)


def ahead(db: Database, now: datetime) -> None:
    """It was polled twelve hours ahead of now, one page failed then, and a lease was left."""
    late = to_ms(now + timedelta(hours=12))
    ledger.register(db, [SOURCE])
    db.conn.execute(
        "UPDATE source_state SET last_poll_at = :late, last_ok_at = :late,"
        " next_poll_at = :late + 36000000, lease_owner = 'poll 1', lease_until = :late",
        {"late": late},
    )
    db.conn.execute(
        "INSERT INTO page (source, url, fate, retry_at, settled_at, looked_at, look_at)"
        " VALUES ('s', 'https://s.example/1', 'failed', :late + 600000, :late, NULL, NULL),"
        " ('s', 'https://s.example/2', 'filed', NULL, :late, :late, :late + 600000)",
        {"late": late},
    )


@pytest.mark.parametrize("running", [False, True])
def test_a_clock_that_was_set_back_holds_up_no_source(tmp_path: Path, running: bool) -> None:
    """What it planned while it ran ahead is due, at a start and in a service that runs."""

    async def run() -> None:
        archive, engine = Archive.open(tmp_path / "a.db"), SlowEngine(1)
        crawling = Crawling(engine, archive, [] if running else [SOURCE])  # type: ignore[arg-type]
        now = datetime.now(UTC)
        try:
            await archive.write(lambda db: ahead(db, now))
            await crawling.start()
            if running:
                await crawling.change([SOURCE])
                await archive.write(lambda db: ahead_again(db, now))
                await crawling.follow_clock(now - timedelta(seconds=2))
            async with asyncio.timeout(20):
                await engine.begun.wait()
            page, looked = await archive.read(pages)
            (state,) = await archive.read(ledger.states)
            assert max(page, looked) <= to_ms(now) + 20_000
            assert state.last_ok is not None
            assert state.last_ok <= datetime.now(UTC)
            assert state.lease_until is not None
            assert state.lease_until <= datetime.now(UTC) + timedelta(hours=1)
        finally:
            await crawling.stop()
            archive.close()

    def ahead_again(db: Database, now: datetime) -> None:
        db.conn.execute("DELETE FROM page")
        ahead(db, now)

    def pages(db: Database) -> list[int]:
        sql = "SELECT coalesce(retry_at, look_at) FROM page ORDER BY url"
        return [at for (at,) in db.execute(sql)]

    asyncio.run(run())


def test_who_fails_by_itself_is_put_off(tmp_path: Path) -> None:
    """With a network, and with none where it failed before."""
    assert not polled(tmp_path / "up.db", network=False)
    assert not polled(tmp_path / "failing.db", network=True, failing=True)


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
