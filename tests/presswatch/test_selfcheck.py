"""The self-check on a real archive, with a clock that is moved: each change is told once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from alerts import history, outbox
from archive.store import Archive
from crawler import ledger
from crawler.health import Kind, troubles
from crawler.source import Page, PageReport, PollReport, Source
from presswatch.upkeep.selfcheck import NEW, SHARE, SelfCheck

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Press:
    """Sources, the polls of which are written down as they would have ended."""

    def __init__(self, archive: Archive, *names: str, operator: str = "desk") -> None:
        self.archive = archive
        self.now = START
        self.check = SelfCheck(archive, names, operator=operator, zone=SHANGHAI)
        self._number = 0

    async def poll(self, name: str = "daily", outcome: str = "ok", **more: Any) -> None:
        """One poll, a minute after whatever came before."""
        self.now += MINUTE
        self._number += 1
        source = Source(name=name, url=f"https://{name}.example/feed", kind="feed")
        values: dict[str, Any] = {
            "found": 20,
            "started": self.now,
            "took": timedelta(seconds=1),
        } | more
        report = PollReport(id=str(self._number), source=name, outcome=outcome, **values)

        def job(db: Database) -> None:
            until = self.now + MINUTE
            lease = ledger.lease(db, source, owner="test", now=self.now, until=until)
            ledger.settle(db, report, lease, next_poll=until)

        await self.archive.write(job)

    async def fail(self, name: str = "daily", error: str = "BadStatus") -> None:
        await self.poll(name, "failed", found=0, error=error, reason=f"{name} is ill")

    async def find(self, at: datetime, name: str = "daily", links: int = 1) -> None:
        """New links in the listing of a source."""
        source = Source(name=name, url=f"https://{name}.example/feed", kind="feed")
        pages = [
            Page(source=name, url=f"https://{name}.example/{at:%d%H%M}{n}", found=at, poll="")
            for n in range(links)
        ]
        await self.archive.write(lambda db: ledger.note_links(db, source, pages, now=at))

    async def turn(self) -> list[dict[str, Any]]:
        """A turn of the self-check; the notices that it queued, as they will be sent."""
        self.now += MINUTE
        before = await self.notices()
        queued = await self.check.turn(self.now)
        after = await self.notices()
        assert len(after) - len(before) == queued
        return after[len(before) :]

    async def notices(self) -> list[dict[str, Any]]:
        sql = "SELECT payload FROM alert WHERE kind = 'notice' ORDER BY created_at"
        rows = await self.archive.read(lambda db: db.execute(sql).fetchall())
        return [json.loads(payload) for (payload,) in rows]

    async def open(self) -> dict[str, set[Kind]]:
        """The kinds of trouble that are not over, by source."""
        opened = await self.archive.read(troubles.opened)
        return {source: set(kinds) for source, kinds in opened.items()}


Scene = Callable[[Press], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    """Run a scene on a new archive."""

    def run(scene: Scene, *names: str, operator: str = "desk") -> None:
        archive = Archive.open(tmp_path / "a.db")
        try:
            asyncio.run(_run(scene, Press(archive, *(names or ("daily",)), operator=operator)))
        finally:
            archive.close()

    return run


async def _run(scene: Scene, press: Press) -> None:
    await scene(press)


def test_a_trouble_is_told_when_it_begins_and_when_it_ends(play: Callable[..., None]) -> None:
    async def scene(press: Press) -> None:
        for _ in range(7):
            await press.poll()
        assert await press.turn() == []
        await press.poll(found=0)
        began = press.now

        (notice,) = await press.turn()

        assert notice["type"] == "presswatch.notice.v1"
        assert (notice["state"], notice["source"], notice["kind"]) == ("begun", "daily", "links")
        assert datetime.fromisoformat(notice["since"]) == began
        assert notice["since"].endswith("+08:00")
        assert notice["ended"] is None
        assert (notice["expected"], notice["seen"]) == (20, 0)
        assert notice["text"] == "the listing gave 0 links, usually 20"

        for _ in range(3):
            await press.poll(found=0)
            assert await press.turn() == []
        assert await press.open() == {"daily": {Kind.LINKS}}

        await press.poll()
        (over,) = await press.turn()

        assert (over["state"], over["since"]) == ("ended", notice["since"])
        assert datetime.fromisoformat(over["ended"]) == press.now
        assert over["id"] != notice["id"]
        assert await press.open() == {}
        assert await press.turn() == []

    play(scene)


def test_without_an_operator_nobody_is_told_and_the_trouble_is_kept(
    play: Callable[..., None],
) -> None:
    async def scene(press: Press) -> None:
        await press.poll()
        for _ in range(3):
            await press.fail()
        assert await press.turn() == []
        assert await press.open() == {"daily": {Kind.FAILING}}
        # Whoever was not told that it began need not hear that it is over.
        press.check = SelfCheck(press.archive, ["daily"], operator="desk", zone=UTC)
        await press.poll()
        assert await press.turn() == []
        assert await press.open() == {}

    play(scene, operator="")


def test_a_restart_tells_nothing_twice(play: Callable[..., None]) -> None:
    async def scene(press: Press) -> None:
        await press.poll()
        for _ in range(3):
            await press.fail()
        assert len(await press.turn()) == 1

        press.check = SelfCheck(press.archive, ["daily"], operator="desk", zone=UTC)

        assert await press.turn() == []
        await press.fail()
        assert await press.turn() == []

    play(scene)


def test_a_dead_network_is_one_notice_and_one_when_it_is_back(play: Callable[..., None]) -> None:
    """And the sources that failed with it have not failed."""
    names = [f"s{n}" for n in range(12)]

    async def scene(press: Press) -> None:
        for name in names:
            await press.poll(name)
        assert await press.turn() == []
        told = []
        for _ in range(4):
            for name in names:
                await press.fail(name, "Unreachable")
            told += await press.turn()
        assert [(one["source"], one["kind"], one["state"]) for one in told] == [
            (None, "network", "begun")
        ]
        assert told[0]["text"] == "the network is down: 12 of 12 sites cannot be reached"
        assert await press.open() == {"": {Kind.NETWORK}}

        for name in names[:6]:
            await press.poll(name)
        (back,) = await press.turn()

        assert (back["kind"], back["state"]) == ("network", "ended")
        assert await press.turn() == []  # the other six have failures of then, not of now
        await press.fail("s11")
        assert await press.turn() == []
        for _ in range(2):
            await press.fail("s11")
        assert [one["source"] for one in await press.turn()] == ["s11"]

    play(scene, *names)


def test_silence_is_told_though_polls_leave_no_report(play: Callable[..., None]) -> None:
    async def scene(press: Press) -> None:
        await press.poll()
        first = press.now
        for day in range(28):
            for hour in range(12):
                await press.find(first + MINUTE + day * DAY + hour * HOUR, links=2)
        press.now = first + 28 * DAY
        await press.poll(outcome="unchanged", found=0)
        assert await press.turn() == []
        press.now = first + 30 * DAY + 12 * HOUR
        await press.poll(outcome="unchanged", found=0)

        (notice,) = await press.turn()

        assert notice["kind"] == "silence"
        assert notice["text"] == "no news for 3 days, usually 24 a day"
        await press.find(press.now)
        await press.poll()
        assert [one["state"] for one in await press.turn()] == ["ended"]

    play(scene)


def test_pages_without_text_are_counted_from_the_polls_own_reports(
    play: Callable[..., None],
) -> None:
    """Pages that a site would not give for the moment say nothing about how they read."""
    fine = PageReport(url="u", fate="filed", reason="", outcome="new", title="T", length=900,
                      dated=True)  # fmt: skip
    poor = PageReport(url="u", fate="dropped", reason="no text", error="Unreadable")
    away = PageReport(url="u", fate="failed", reason="no connection", error="Unreachable")

    async def scene(press: Press) -> None:
        for _ in range(12):
            await press.poll(pages=(fine, fine))
        for _ in range(4):
            await press.poll(pages=(away, away))
        assert await press.turn() == []
        await press.poll(pages=(poor,) * 7 + (fine,))

        (notice,) = await press.turn()

        assert notice["text"] == "7 of 8 articles without text, usually none"

    play(scene)


def test_a_source_that_is_no_longer_watched_has_no_trouble(play: Callable[..., None]) -> None:
    async def scene(press: Press) -> None:
        for _ in range(3):
            await press.fail()
        assert len(await press.turn()) == 1
        press.check = SelfCheck(press.archive, ["other"], operator="desk", zone=UTC)
        assert await press.turn() == []
        assert await press.open() == {}

    play(scene)


def test_a_turn_is_bounded_and_comes_to_every_source(play: Callable[..., None]) -> None:
    """A source that only grows silent is found by rotation."""
    names = [f"s{n:04}" for n in range(NEW + SHARE + 50)]

    async def scene(press: Press) -> None:
        sources = [Source(name=n, url=f"https://{n}.example/", kind="feed") for n in names]
        await press.archive.write(lambda db: ledger.register(db, sources))
        for _ in range(3):
            await press.fail(names[-1])
        assert [one["source"] for one in await press.turn()] == [names[-1]]
        states = await press.archive.read(ledger.states)
        seen: set[str] = set()
        for _ in range(len(names) // SHARE + 1):
            due = press.check._due(states, {})
            assert len(due) <= NEW + SHARE
            seen |= {state.name for state in due}
        assert seen == set(names)

    play(scene, *names)


def test_a_notice_is_delivered_like_any_alert(play: Callable[..., None]) -> None:
    async def scene(press: Press) -> None:
        await press.poll()
        for _ in range(3):
            await press.fail()
        (notice,) = await press.turn()

        claim = await press.archive.write(
            lambda db: outbox.claim(db, "desk", owner="me", now=press.now, lease=MINUTE)
        )

        assert claim is not None
        assert (claim.id, claim.rule) == (notice["id"], "")
        assert json.loads(claim.payload) == notice
        found = await press.archive.read(lambda db: history.find_alert(db, claim.id))
        assert (found.match, found.rule, found.state) == (None, "", "due")

    play(scene)
