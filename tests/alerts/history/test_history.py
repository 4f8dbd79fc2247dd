from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from alerts import history, outbox
from alerts.channel import Outcome, Result
from alerts.deliver import Deliverer
from alerts.errors import AlertUnknown
from tests.alerts.press import START, FakeReceiver, Press, channels, rule
from tests.alerts.work import REFUSED, queue

DEAD = Result(outcome=Outcome.DEAD, reason="550 no", status=550, answer="no such user")
LATER = Result(outcome=Outcome.LATER, reason="HTTP 500", status=500)
TEXT = "The council has passed the patent reform."


async def drain(press: Press, receiver: FakeReceiver, *names: str) -> None:
    sending = Deliverer(press.archive, channels(*names), clock=press.clock, senders=receiver.sender)
    await sending.drain()


async def ask(press: Press, question: Any, *parameters: Any) -> Any:
    return await press.archive.read(lambda db: question(db, *parameters))


def test_what_became_of_an_article(press: Press) -> None:
    receiver = FakeReceiver()
    receiver.answers["mail"] = [DEAD]

    async def go() -> None:
        await press.publish("a", TEXT)
        await press.match(rule("patent", "desk", "mail"))
        await drain(press, receiver, "desk", "mail")
        (found,) = await ask(press, history.matches_of_article, 1)
        alerts = await ask(press, history.alerts_of_article, 1)

        assert (found.rule, found.article, found.revision, found.story) == ("rule", 1, 1, 1)
        assert (found.matched, found.silence) == (START, "")
        assert [word.text for word in found.words] == ["patent"]
        assert list(found.alerts) == alerts
        assert [(alert.channel, alert.state, alert.reason) for alert in alerts] == [
            ("desk", "delivered", ""),
            ("mail", "dead", "550 no"),
        ]
        assert await ask(press, history.find_alert, alerts[0].id) == alerts[0]
        assert await ask(press, history.dead_letters) == [alerts[1]]
        payload = await ask(press, history.payload_of, alerts[0].id)
        assert payload["id"] == alerts[0].id

    asyncio.run(go())


def test_every_try_of_an_alert(press: Press) -> None:
    receiver = FakeReceiver()
    receiver.answers["desk"] = [LATER]

    async def go() -> None:
        await press.publish("a", TEXT)
        (alert,) = await press.match(rule("patent"))
        await drain(press, receiver, "desk")
        press.clock.move(seconds=6)
        await drain(press, receiver, "desk")
        first, second = await ask(press, history.attempts, alert["id"])

        assert (first.at, first.outcome, first.status) == (START, "later", 500)
        assert first.answer == "HTTP 500"
        assert (second.at - first.at, second.outcome) == (timedelta(seconds=6), "delivered")
        assert await ask(press, history.attempts, "msg_nowhere") == []

    asyncio.run(go())


def test_why_a_match_told_nobody(press: Press) -> None:
    async def go() -> None:
        mine = rule("patent")
        await press.publish("a", TEXT)
        await press.publish("b", TEXT, source="Wire")
        await press.publish("c", "An old patent.", quiet=True)
        await press.publish("c", "An old patent, redesigned.")
        await press.match(mine)
        silences = [
            [found.silence for found in await ask(press, history.matches_of_article, article)]
            for article in (1, 2, 3)
        ]

        assert silences == [
            [""],
            ["the rule has alerted for this story before"],
            [
                "from the backlog of a new source",
                "an earlier text of the article, from the backlog, matched already",
            ],
        ]

    asyncio.run(go())


def test_how_the_channels_fare(press: Press) -> None:
    receiver = FakeReceiver()
    receiver.answers["mail"] = [DEAD]

    async def go() -> None:
        assert await ask(press, history.oldest_due) is None
        await press.publish("a", TEXT)
        await press.match(rule("patent", "desk", "mail", "late"))
        press.clock.move(seconds=9)
        await press.publish("b", "Another patent.")
        await press.match(rule("patent", "late"))
        await drain(press, receiver, "desk", "mail")
        await press.archive.write(
            partial(outbox.disable_channel, name="late", reason="HTTP 410", now=press.clock())
        )
        states = await ask(press, history.channel_states, ["desk", "unused"])
        tallies = {each.name: (each.due, each.delivered, each.dead) for each in states}
        late = next(each for each in states if each.name == "late")

        assert list(tallies) == ["desk", "late", "mail", "unused"]
        assert tallies == {
            "desk": (0, 1, 0), "late": (2, 0, 0), "mail": (0, 0, 1), "unused": (0, 0, 0)
        }  # fmt: skip
        assert (late.disabled, late.disabled_reason) == (press.clock(), "HTTP 410")
        assert late.oldest_due == await ask(press, history.oldest_due) == START
        assert await ask(press, history.counts) == {"due": 2, "delivered": 1, "dead": 1}

    asyncio.run(go())


def test_a_failing_receiver_shows_in_its_channel(press: Press) -> None:
    """Since when, why, and when it is tried next."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * 3

    async def go() -> None:
        await queue(press, count=3)
        await drain(press, receiver, "desk")
        (state,) = await ask(press, history.channel_states)
        assert (state.failing, state.failing_reason) == (press.clock(), "HTTP 500")
        assert state.held_until is not None
        assert state.held_until > press.clock()

        press.clock.move(minutes=2)
        await drain(press, receiver, "desk")
        (state,) = await ask(press, history.channel_states)
        assert (state.failing, state.failing_reason, state.held_until) == (None, "", None)

    asyncio.run(go())


def test_an_empty_archive_counts_nothing(press: Press) -> None:
    async def go() -> None:
        assert await ask(press, history.counts) == {"due": 0, "delivered": 0, "dead": 0}
        assert await ask(press, history.channel_states) == []
        assert await ask(press, history.matches_of_article, 1) == []

    asyncio.run(go())


@pytest.mark.parametrize("question", [history.find_alert, history.payload_of])
def test_an_alert_that_does_not_exist(press: Press, question: Any) -> None:
    async def go() -> None:
        with pytest.raises(AlertUnknown, match="msg_nowhere"):
            await ask(press, question, "msg_nowhere")

    asyncio.run(go())
