"""What is queued, in what batches, and beside other processes."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from alerts import match, matches
from alerts.match import firing
from archive.stories import merge
from tests.alerts.press import LONGER, PATENT, START, TEXT, Press, about, power_cut, rule
from tests.alerts.work import count_jobs


def test_the_payload_is_frozen_when_it_is_queued(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT, source="Daily")
        await press.publish("b", TEXT, source="Wire")
        await press.match(rule(PATENT))
        (before,) = await press.rows("alert")
        await press.publish("c", TEXT, source="Post")
        await press.publish("a", LONGER, source="Daily", title="Another title")
        await press.match(rule(PATENT))
        (after,) = await press.rows("alert")

        assert before == after
        assert json.loads(after["payload"])["story"] == {
            "id": 1,
            "outlets": 2,
            "first_url": "https://daily.example/a",
        }

    asyncio.run(go())


def test_outlets_are_sources_and_the_first_is_the_first_that_was_seen(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT, source="Daily")
        await press.publish("again", TEXT, source="Daily")
        press.clock.move(hours=1)
        await press.publish("b", LONGER, source="Wire")
        await press.archive.write(lambda db: merge(db, 1, 2))

        story = await press.archive.read(partial(matches.story_so_far, root=1))
        assert (story.outlets, story.first_url) == (2, "https://daily.example/a")

    asyncio.run(go())


def test_times_are_told_in_the_zone_of_the_service(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        matcher = match.build([rule(PATENT)], ZoneInfo("Asia/Shanghai"))
        await match.match_pending(press.archive, matcher, START)
        (alert,) = await press.rows("alert")

        assert json.loads(alert["payload"])["timestamp"] == "2026-03-01T16:30:00+08:00"

    asyncio.run(go())


def test_many_revisions_are_matched_in_batches(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firing, "BATCH", 3)

    async def go() -> None:
        for number in range(7):
            await press.publish(f"{number}", f"Patent reform number {number}.")
        matcher = match.build([rule(PATENT)])
        sizes = [await match.match_pending(press.archive, matcher, START) for _ in range(4)]

        assert sizes == [3, 3, 1, 0]
        assert len(await press.rows("alert")) == 7

    asyncio.run(go())


def test_two_processes_match_everything_once(press: Press) -> None:
    async def go() -> None:
        for number in range(30):
            await press.publish(f"{number}", f"Patent reform number {number}.")
        matcher = match.build([rule(PATENT)])
        await asyncio.gather(
            *(match.match_pending(press.archive, matcher, START) for _ in range(8))
        )

        assert sorted(about(await press.rows("alert"))) == list(range(1, 31))

    asyncio.run(go())


def test_a_moved_cursor_leaves_nothing_behind(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        matcher = match.build([rule(PATENT)])
        before, revisions = await press.archive.read(firing._pending)
        job = partial(
            firing._write,
            candidates=matcher.candidates(revisions),
            before=before,
            after=1,
            zone=matcher.zone,
            now=START,
        )

        assert await press.archive.write(job) is not None
        assert await press.archive.write(job) is None
        assert len(await press.rows("rule_match")) == 1

    asyncio.run(go())


def test_a_fault_in_the_middle_of_a_batch_undoes_it_all(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        await press.publish("b", LONGER)
        power_cut(monkeypatch, 1)
        with pytest.raises(OSError, match="power cut"):
            await press.match(rule(PATENT))
        left = [await press.rows(table) for table in ("rule_match", "alert", "cursor")]

        assert left == [[], [], []]
        assert about(await press.match(rule(PATENT))) == [1, 2]

    asyncio.run(go())


def test_what_happened_is_logged_after_the_commit(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT, title="Reform\x1b[2J passed")
        await press.publish("b", TEXT, source="Wire")
        with capture_logs() as logs:
            (alert,) = await press.match(rule(PATENT))

        matched, queued, silent = logs
        assert matched == {
            "event": "rule.matched", "log_level": "info", "rule": "rule", "article": 1,
            "title": "Reform [2J passed", "words": ["Reform", "patent", "reform"],
            "source": "Daily",
        }  # fmt: skip
        assert queued == {
            "event": "alert.queued", "log_level": "info", "alert": alert["id"], "rule": "rule",
            "channel": "desk",
        }  # fmt: skip
        assert (silent["event"], silent["article"]) == ("rule.silent", 2)

    asyncio.run(go())


def test_a_look_that_finds_nothing_is_one_read(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked every two seconds: no write, no thread but the reader's."""

    async def go() -> None:
        matcher = match.build([rule(PATENT)])
        jobs = count_jobs(press, monkeypatch)
        assert await match.match_pending(press.archive, matcher, START) == 0
        assert jobs == ["read"]

    asyncio.run(go())
