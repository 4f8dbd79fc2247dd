"""Delivery to real receivers, its logs, and what it costs to wait."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from alerts.channel import MailChannel, Outcome, Result, WebhookChannel
from alerts.deliver import Deliverer, probe
from alerts.errors import ChannelUnusable
from tests.alerts.press import DELIVERED, FakeReceiver, Press, until
from tests.alerts.work import (
    REFUSED,
    count_jobs,
    deliverer,
    queue,
    running,
)
from tests.support.receiver import SECRET, Receiver
from tests.support.site import Answer
from tests.support.smtp import MailServer

if TYPE_CHECKING:
    from alerts.channel import Channel


def test_what_happens_is_logged(press: Press) -> None:
    receiver = FakeReceiver()
    never = Result(outcome=Outcome.DEAD, reason="550 no such user", status=550)
    receiver.answers["desk"] = [DELIVERED, REFUSED, never]

    async def go() -> None:
        first, second, third = await queue(press, count=3)
        with capture_logs() as logs:
            await deliverer(press, receiver).drain()
        (later,) = [row["due_at"] for row in await press.rows("alert") if row["state"] == "due"]
        due = datetime.fromtimestamp(later / 1000, UTC)

        delivered, postponed, dead = logs
        assert delivered == {
            "event": "alert.delivered", "log_level": "info", "alert": first, "channel": "desk",
            "status": 204, "took_ms": 0,
        }  # fmt: skip
        assert abs(datetime.fromisoformat(postponed.pop("due_at")) - due) < timedelta(seconds=1)
        assert postponed == {
            "event": "alert.later", "log_level": "warning", "alert": second, "channel": "desk",
            "reason": "HTTP 500",
        }  # fmt: skip
        assert dead == {
            "event": "alert.dead", "log_level": "error", "alert": third, "channel": "desk",
            "reason": "550 no such user",
        }  # fmt: skip

    asyncio.run(go())


def test_ten_idle_channels_cost_one_look_a_tick(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        jobs = count_jobs(press, monkeypatch)
        names = [f"channel {number}" for number in range(10)]
        async with running(deliverer(press, receiver, *names, tick=timedelta(milliseconds=10))):
            await until(lambda: jobs.count("read") == 5)
            assert jobs.count("write") == 1  # the claims of the dead, at the start

    asyncio.run(go())


def test_a_wake_is_one_look(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        jobs = count_jobs(press, monkeypatch)
        async with running(deliverer(press, receiver, tick=timedelta(hours=1))) as work:
            for looks in (1, 2, 3):
                await until(lambda: jobs.count("read") == looks)  # noqa: B023
                work.wake.set()
            await until(lambda: not work.wake.is_set())
            await asyncio.sleep(0.05)
            assert jobs.count("read") == 4

    asyncio.run(go())


def test_a_commit_is_accepted_by_a_real_receiver_without_a_tick(press: Press) -> None:
    """Whoever queues wakes; the tick is an hour away."""

    async def go(receiver: Receiver) -> None:
        channel = WebhookChannel(name="desk", url=receiver.hook, secrets=(SECRET,))
        sending = Deliverer(press.archive, [channel], tick=timedelta(hours=1))
        async with running(sending) as work:
            for number in range(1, 11):
                await queue(press)
                work.wake.set()
                await until(lambda: len(receiver.received) == number)  # noqa: B023
        assert all(delivery.valid for delivery in receiver.received)
        assert len({delivery.id for delivery in receiver.received}) == 10

    with Receiver() as receiver:
        asyncio.run(go(receiver))


def test_webhook_and_mail_both_bring_the_alert(press: Press) -> None:
    async def go(receiver: Receiver, server: MailServer) -> None:
        receiver.answers.append(Answer(b"not now", 503, "text/plain"))
        both: list[Channel] = [
            WebhookChannel(name="desk", url=receiver.hook, secrets=(SECRET,)),
            MailChannel(
                name="mail", to=("law@firm.example",), sender="w@firm.example", smtp=server.url()
            ),
        ]
        await queue(press, "desk", "mail")
        clock = press.clock
        clock.now = datetime.now(UTC)
        sending = Deliverer(press.archive, both, clock=clock)
        assert await sending.drain() == 1
        clock.move(seconds=6)
        assert await sending.drain() == 1

        refused, accepted = receiver.received
        assert refused.id == accepted.id
        assert json.loads(accepted.request.body)["rule"]["name"] == "rule"
        assert server.post.accepted[0].message["Subject"] == "[rule] Title"

    with Receiver() as receiver, MailServer() as server:
        asyncio.run(go(receiver, server))


def test_a_channel_can_be_tried_without_an_alert() -> None:
    async def go(receiver: Receiver) -> Result:
        channel = WebhookChannel(name="desk", url=receiver.hook, secrets=(SECRET,))
        return await probe(channel, datetime.now(UTC))

    with Receiver() as receiver:
        assert asyncio.run(go(receiver)).outcome is Outcome.DELIVERED
        assert receiver.received[0].valid


def test_a_channel_that_could_never_send_is_refused_at_the_start(press: Press) -> None:
    with pytest.raises(ChannelUnusable):
        Deliverer(press.archive, [WebhookChannel(name="desk", url="http://x/", secrets=())])
