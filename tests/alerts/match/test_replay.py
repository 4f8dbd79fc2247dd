"""A trial on the past says exactly what the live loop would do, and a replay does it once."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import match, matches
from alerts.decide import Decision
from alerts.match import firing, replay
from archive.stories import merge
from tests.alerts.press import START, Press, power_cut, rule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlite_utils import Database

    from alerts.match import Matcher
    from alerts.match.replay import Step
    from alerts.rule import Rule

Said = list[tuple[str, int, str]]  # rule, revision, decision

PATENT = "patent reform"
TEXT = "The council has passed the patent reform. It begins in May."
LONGER = f"{TEXT} Filing fees will fall by half, says the bureau in Lanzhou."
BEGINNING = START - timedelta(days=1)


def said(steps: Iterable[Step]) -> Said:
    return [
        (item.candidate.rule.name, item.candidate.revision.id, item.decision.name)
        for step in steps
        for item in step.written
    ]


def steps(db: Database, matcher: Matcher, since: datetime) -> list[Step]:
    return list(replay.test(db, matcher, since))


async def trial_of(press: Press, *rules: Rule) -> Said:
    return await press.archive.read(lambda db: said(replay.test(db, match.build(rules), BEGINNING)))


async def previewed(press: Press, *rules: Rule) -> Said:
    return await press.archive.read(
        lambda db: said(replay.preview(db, match.build(rules), BEGINNING))
    )


async def sent(press: Press, *rules: Rule) -> Said:
    matcher = match.build(rules)
    return said(
        [step async for step in replay.send(press.archive, matcher, BEGINNING, press.clock())]
    )


async def ledger(press: Press) -> Said:
    """What the live loop wrote."""
    return [
        (row["rule"], row["revision"], row["decision"]) for row in await press.rows("rule_match")
    ]


async def pass_by(press: Press) -> None:
    """The live loop has gone past all of it, with no rule."""
    await press.match()


PAGES = st.tuples(
    st.sampled_from(["a", "b", "c"]),  # url
    st.sampled_from(["Daily", "Wire"]),
    st.sampled_from([TEXT, LONGER, "Football.", "Football, and the patent.", f"{LONGER} Lanzhou."]),
    st.booleans(),  # from the backlog
)


@settings(max_examples=25, deadline=None)
@given(st.lists(PAGES, min_size=1, max_size=12), st.integers(1, 5))
def test_a_trial_is_what_live_matching_does(
    pages: list[tuple[str, str, str, bool]], size: int
) -> None:
    """Test, replay and the live loop: the same matches, the same decisions, in the same order."""
    rules = [
        rule(query, name=f"{query} {on}", on=on, sources=sources)
        for query in ("patent", "Lanzhou OR football", "patent NOT Lanzhou")
        for on in ("story", "article", "revision")
        for sources in (("*",), ("!Wire",))
    ]

    async def go(press: Press) -> None:
        for url, source, text, quiet in pages:
            await press.publish(url, text, source=source, quiet=quiet)
        trial = await trial_of(press, *rules)
        await press.match(*rules)
        live = await ledger(press)
        await press.archive.write(_forget)
        preview = await previewed(press, *rules)
        replayed = await sent(press, *rules)

        assert sorted(trial) == sorted(live)
        assert trial == preview == replayed
        assert sorted(await ledger(press)) == sorted(live)

    before, firing.BATCH = firing.BATCH, size
    try:
        with TemporaryDirectory() as folder:
            press = Press(Path(folder) / "archive.db")
            try:
                asyncio.run(go(press))
            finally:
                press.archive.close()
    finally:
        firing.BATCH = before


def _forget(db: Database) -> None:
    """As if the rules had not been there; the live loop has passed."""
    db.execute("DELETE FROM alert")
    db.execute("DELETE FROM rule_match")


@pytest.mark.parametrize("on", ["story", "article", "revision"])
def test_replaying_twice_sends_nothing_twice(press: Press, on: str) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        await press.publish("b", TEXT, source="Wire")
        await press.publish("a", LONGER)
        await pass_by(press)
        mine = rule(PATENT, "desk", "mail", on=on)
        first = await sent(press, mine)
        queued = await press.rows("alert")
        again = await sent(press, mine)

        told = sum(decision == "ALERT" for _, _, decision in first)
        assert (told, len(queued)) == ({"story": 1, "article": 2, "revision": 3}[on],) * 1 + (
            2 * told,
        )
        assert "ALERT" not in {decision for _, _, decision in again}
        assert await press.rows("alert") == queued
        assert await previewed(press, mine) == again

    asyncio.run(go())


def test_a_new_rule_looks_at_the_past_only_when_it_is_replayed(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        await press.match(rule("football", name="old"))

        assert await press.match(rule(PATENT)) == []
        assert await sent(press, rule(PATENT)) == [("rule", 1, "ALERT")]
        (alert,) = await press.rows("alert")
        assert (alert["rule"], alert["state"], alert["channel"]) == ("rule", "due", "desk")

    asyncio.run(go())


def test_a_replay_respects_what_the_live_loop_told(press: Press) -> None:
    async def go() -> None:
        mine = rule(PATENT)
        await press.publish("a", TEXT)
        live = await press.match(mine)
        await press.publish("b", TEXT, source="Wire")
        await press.publish("c", "Another patent reform.")
        await pass_by(press)

        assert len(live) == 1
        assert await sent(press, mine) == [
            ("rule", 1, "STORY"), ("rule", 2, "STORY"), ("rule", 3, "ALERT"),
        ]  # fmt: skip
        assert len(await press.rows("alert")) == 2

    asyncio.run(go())


def test_a_silent_match_that_a_replay_tells_stays_one_match(press: Press) -> None:
    """After a change of `on`: the match keeps its time, and says that it alerted."""

    async def go() -> None:
        await press.publish("a", TEXT)
        await press.publish("b", TEXT, source="Wire")
        await press.match(rule(PATENT))
        before = (await press.rows("rule_match"))[1]
        press.clock.move(hours=2)
        assert await sent(press, rule(PATENT, on="article")) == [
            ("rule", 1, "ARTICLE"), ("rule", 2, "ALERT"),
        ]  # fmt: skip
        first, second = await press.rows("rule_match")
        alert = (await press.rows("alert"))[1]

        assert (before["decision"], before["alerts"]) == ("STORY", 0)
        assert (first["decision"], first["alerts"]) == ("ALERT", 1)
        assert second == before | {"decision": "ALERT", "alerts": 1}
        assert alert["match"] == second["id"]

    asyncio.run(go())


def test_the_payload_says_that_it_is_replayed(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        (live,) = await press.match(rule(PATENT, name="live"))
        await sent(press, rule(PATENT, name="late"))
        _, late = await press.rows("alert")

        assert json.loads(live["payload"])["replayed"] is False
        assert json.loads(late["payload"])["replayed"] is True
        assert late["state"] == "due"

    asyncio.run(go())


def test_a_preview_writes_nothing(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        await pass_by(press)

        assert await previewed(press, rule(PATENT)) == [("rule", 1, "ALERT")]
        assert await trial_of(press, rule(PATENT)) == [("rule", 1, "ALERT")]
        assert [await press.rows(table) for table in ("rule_match", "alert")] == [[], []]

    asyncio.run(go())


def test_a_replay_leaves_what_is_new_to_the_live_loop(press: Press) -> None:
    """A test looks at everything; what the live loop has still to match it tells as news."""

    async def go() -> None:
        mine = rule(PATENT)
        await press.publish("a", TEXT)
        await pass_by(press)
        await press.publish("b", "Another patent reform.")

        assert await press.archive.read(matches.pending) == 1
        assert [revision for _, revision, _ in await trial_of(press, mine)] == [1, 2]
        assert [revision for _, revision, _ in await sent(press, mine)] == [1]
        (news,) = await press.match(mine)
        assert json.loads(news["payload"])["article"]["id"] == 2
        assert await press.archive.read(matches.pending) == 0

    asyncio.run(go())


def test_only_what_was_archived_since_counts(press: Press) -> None:
    async def go() -> None:
        for number in range(9):
            await press.publish(f"{number}", f"Patent reform number {number}.")
            press.clock.move(days=1)
        await pass_by(press)
        matcher = match.build([rule(PATENT)])

        for days in range(11):
            since = START + timedelta(days=days) - timedelta(hours=1)
            found = said(await press.archive.read(partial(steps, matcher=matcher, since=since)))
            assert [revision for _, revision, _ in found] == list(range(days + 1, 10))

    asyncio.run(go())


def test_a_batch_is_one_transaction(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in the second batch leaves the first, whole; going on tells the rest once."""
    monkeypatch.setattr(firing, "BATCH", 2)

    async def go() -> None:
        for number in range(5):
            await press.publish(f"{number}", f"Patent reform number {number}.")
        await pass_by(press)
        power_cut(monkeypatch, 3)
        with pytest.raises(OSError, match="power cut"):
            await sent(press, rule(PATENT))
        left = [row["revision"] for row in await press.rows("rule_match")]
        await sent(press, rule(PATENT))
        matched = [row["revision"] for row in await press.rows("rule_match")]

        assert left == [1, 2]
        assert matched == [1, 2, 3, 4, 5]
        assert len(await press.rows("alert")) == 5

    asyncio.run(go())


def test_two_replays_at_once_tell_everything_once(press: Press) -> None:
    async def go() -> None:
        for number in range(30):
            await press.publish(f"{number}", f"Patent reform number {number}.")
        await pass_by(press)
        await asyncio.gather(*(sent(press, rule(PATENT)) for _ in range(4)))

        assert len(await press.rows("alert")) == 30

    asyncio.run(go())


def test_a_trial_knows_stories_by_their_root_of_now(press: Press) -> None:
    async def go() -> None:
        await press.publish("a", TEXT)
        await press.publish("b", LONGER, source="Wire")
        await press.archive.write(lambda db: merge(db, 1, 2))

        assert await trial_of(press, rule(PATENT)) == [("rule", 1, "ALERT"), ("rule", 2, "STORY")]

    asyncio.run(go())


def test_memory_and_ledger_say_the_same_of_a_rule_without_channels(press: Press) -> None:
    """Nothing can be queued; the match says that it would have been."""

    async def go() -> None:
        await press.publish("a", TEXT)
        nobody = rule(PATENT)
        nobody = type(nobody)(name="rule", query=nobody.query, channels=())
        await press.match(nobody)
        (found,) = await press.rows("rule_match")

        assert (found["decision"], found["alerts"]) == (Decision.ALERT.name, 0)

    asyncio.run(go())


def test_an_empty_archive_has_no_past(press: Press) -> None:
    async def go() -> None:
        assert await trial_of(press, rule(PATENT)) == []
        assert await previewed(press, rule(PATENT)) == []
        assert await sent(press, rule(PATENT)) == []
        assert await press.archive.read(matches.pending) == 0

    asyncio.run(go())
