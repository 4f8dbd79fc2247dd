"""What is muted is told to nobody, and is lost to nobody."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alerts import digest, history, match, mute, outbox
from alerts.history import overview, verify
from alerts.match import replay
from alerts.mute import Mute
from archive.stories import merge
from tests.alerts.digest.test_digest_sent import body
from tests.alerts.planned import deliverer, plan
from tests.alerts.press import START, FakeReceiver, Press, rule

if TYPE_CHECKING:
    from typing import Any

PATENT = rule("patent")
DAY = timedelta(days=1)


async def hush(press: Press, target: str, days: float | None = 3) -> int:
    kind, name = mute.parse(target)
    until = None if days is None else press.clock() + timedelta(days=days)
    word = Mute(kind=kind, name=name, since=press.clock(), until=until)
    return await press.archive.write(lambda db: mute.begin(db, word))


async def publish(press: Press, number: int, text: str = "", **more: Any) -> list[dict[str, Any]]:
    """An article of its own; the alerts that it brings, muted or not."""
    await press.publish(f"{number}", text or f"Patent reform number {number}.", **more)
    return await press.match(PATENT)


async def states(press: Press) -> list[str]:
    return [row["state"] for row in await press.rows("alert")]


async def problems(press: Press) -> list[str]:
    return await press.archive.read(lambda db: list(verify.problems(db)))


@pytest.mark.parametrize("target", ["rule:rule", "source:Daily"])
def test_what_is_muted_is_matched_and_kept_with_its_reason_and_not_sent(
    press: Press, target: str
) -> None:
    """The ledger says why; nothing of it comes later, not even when the mute is over."""
    receiver = FakeReceiver()

    async def go() -> None:
        await hush(press, target)
        (alert,) = await publish(press, 1)
        (found,) = await press.rows("rule_match")
        press.clock.move(days=4)
        await deliverer(press, receiver, plan()).drain()

        assert (alert["state"], found["decision"]) == ("muted", "MUTED")
        assert alert["reason"] == f"{target} is muted until 2026-03-04 08:30 UTC"
        assert receiver.tries == []
        (row,) = await press.archive.read(lambda db: history.matches_of_article(db, 1))
        assert row.silence == "muted"
        ((seen,),) = (await press.archive.read(lambda db: overview.of_articles(db, [1]))).values()
        assert not seen.told
        assert await problems(press) == []

    asyncio.run(go())


def test_other_rules_sources_and_stories_are_not_muted(press: Press) -> None:
    async def go() -> None:
        await publish(press, 1)
        for target in ("rule:other", "source:Wire", "story:1"):
            await hush(press, target)
        await publish(press, 2)

        assert await states(press) == ["muted", "due"]

    asyncio.run(go())


def test_it_ends_by_itself_or_by_hand(press: Press) -> None:
    async def go() -> None:
        await hush(press, "rule:rule", days=1)
        press.clock.move(days=1)
        assert await press.archive.read(lambda db: mute.active(db, press.clock())) == []
        await publish(press, 1)
        await hush(press, "rule:rule", days=None)
        press.clock.move(days=1000)
        await publish(press, 2)
        assert await press.archive.write(lambda db: mute.end(db, "rule", "rule"))
        assert not await press.archive.write(lambda db: mute.end(db, "rule", "rule"))
        await publish(press, 3)

        assert await states(press) == ["muted", "muted", "due"], "the first waited, and went along"

    asyncio.run(go())


def test_what_was_muted_counts_as_untold(press: Press) -> None:
    """A copy of the story after the mute is the first that anybody hears of it."""

    async def go() -> None:
        await hush(press, "rule:rule", days=1)
        await publish(press, 1, "The council has passed the patent reform. It begins in May.")
        press.clock.move(days=2)
        await publish(press, 2, "The council has passed the patent reform. It begins in May.",
                      source="Wire")  # fmt: skip

        assert await states(press) == ["muted", "due"]
        assert await problems(press) == []

    asyncio.run(go())


def test_a_muted_story_stays_muted_under_its_new_root(press: Press) -> None:
    """Two stories turn out to be one: the word on either holds for both."""
    every = rule("patent", on="article")

    async def go() -> None:
        for number in (1, 2):
            await press.publish(f"{number}", f"Wholly different patent {number} {'x' * number}.")
        await press.match(every)
        await hush(press, "story:2")
        await press.archive.write(lambda db: merge(db, 1, 2))
        await press.publish("1", "Wholly different patent 1 x. Corrected.")
        await press.match(rule("patent", on="revision", name="r"))
        rows = await press.rows("alert")
        assert [row["state"] for row in rows if row["rule"] == "r"][-1] == "muted"

        assert await press.archive.write(lambda db: mute.end(db, "story", "1"))
        assert await press.archive.read(lambda db: mute.active(db, press.clock())) == []

    asyncio.run(go())


def test_what_waits_goes_along_and_leaves_its_digest(press: Press) -> None:
    """Muted at 23:00: what waits for the morning is not wanted in the morning."""
    receiver = FakeReceiver()

    async def go() -> None:
        sending = deliverer(press, receiver, plan(digest=8))
        await publish(press, 1)
        await publish(press, 2, source="Wire")
        await sending.drain()
        assert await hush(press, "source:Wire") == 1
        assert await problems(press) == []
        press.clock.move(days=1)
        await sending.drain()

        (message,) = receiver.accepted
        assert body(receiver, message)["alerts"] == 1
        assert sorted(await states(press)) == ["delivered", "delivered", "muted"]
        assert await problems(press) == []

    asyncio.run(go())


def test_a_digest_of_which_all_was_muted_is_not_sent(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        sending = deliverer(press, receiver, plan(digest=8))
        await publish(press, 1)
        await sending.drain()
        await hush(press, "rule:rule")
        press.clock.move(days=1)
        await sending.drain()

        assert receiver.tries == []
        assert await states(press) == ["muted"]
        assert await problems(press) == []

    asyncio.run(go())


def test_what_was_tried_or_is_on_its_way_is_not_muted(press: Press) -> None:
    """The receiver may have it: the ledger must not say that nobody was told."""

    async def go() -> None:
        await publish(press, 1)
        await press.archive.write(
            lambda db: outbox.claim(db, "desk", owner="x", now=press.clock(), lease=DAY)
        )
        assert await hush(press, "rule:rule") == 0
        assert await states(press) == ["due"]

    asyncio.run(go())


def test_by_hand_and_by_replay_it_can_be_sent_after_all(press: Press) -> None:
    """Under the id that it has in the ledger, and once."""
    receiver = FakeReceiver()

    async def go() -> None:
        await hush(press, "rule:rule", days=1)
        (first,) = await publish(press, 1)
        (second,) = await publish(press, 2)
        await press.archive.write(lambda db: outbox.retry(db, first["id"], press.clock()))
        press.clock.move(days=2)
        matcher = match.build([PATENT])
        for _ in range(2):
            async for _ in replay.send(press.archive, matcher, START - DAY, press.clock()):
                pass
        await deliverer(press, receiver, plan()).drain()

        assert sorted(receiver.accepted) == sorted([first["id"], second["id"]])
        assert len(await press.rows("alert")) == 2
        assert await problems(press) == []

    asyncio.run(go())


def test_a_replay_under_a_mute_tells_nobody_and_its_preview_knows(press: Press) -> None:
    async def go() -> None:
        await hush(press, "rule:rule")
        await publish(press, 1)
        matcher = match.build([PATENT])
        seen = await press.archive.read(
            lambda db: list(replay.preview(db, matcher, START - DAY, press.clock()))
        )
        async for _ in replay.send(press.archive, matcher, START - DAY, press.clock()):
            pass

        assert [item.decision.name for step in seen for item in step.written] == ["MUTED"]
        assert await states(press) == ["muted"]
        assert await problems(press) == []

    asyncio.run(go())


def test_a_collected_one_that_is_wanted_now_goes_now_and_not_with_the_digest(press: Press) -> None:
    """`alerts retry ID`: by hand means at once, and still once."""
    receiver = FakeReceiver()

    async def go() -> None:
        sending = deliverer(press, receiver, plan(digest=8))
        (first,) = await publish(press, 1)
        (second,) = await publish(press, 2)
        await sending.drain()
        await press.archive.write(lambda db: outbox.retry(db, first["id"], press.clock()))
        await sending.drain()
        assert receiver.accepted == [first["id"]]
        press.clock.move(days=1)
        await sending.drain()

        assert list(digest.ids(body(receiver, receiver.accepted[1]))) == [second["id"]]
        assert await problems(press) == []

    asyncio.run(go())


@pytest.mark.parametrize("text", ["patents", "rule:", "story:x", "channel:bot", "story:", ":x"])
def test_what_cannot_be_muted_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="rule:NAME"):
        mute.parse(text)
