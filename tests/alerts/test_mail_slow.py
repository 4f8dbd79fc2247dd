"""A mail server that takes its time over a message: its word is waited for, as RFC 5321 has it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.channel import Outcome, Result
from alerts.deliver import Deliverer, utc_now
from alerts.mail import MailSender
from tests.alerts.press import FakeReceiver, Press, channels
from tests.alerts.sample import PAYLOAD
from tests.alerts.test_mail import NOW, TO, channel
from tests.alerts.work import queue, running, states

if TYPE_CHECKING:
    import pytest

    from tests.support.smtp import MailServer


def slowly(server: MailServer, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """It scans every message for so long, and accepts it."""
    accept = server.post.handle_DATA

    async def scan(*message: object) -> str:
        await asyncio.sleep(seconds)
        return await accept(*message)  # type: ignore[arg-type]

    monkeypatch.setattr(server.post, "handle_DATA", scan)


def send(server: MailServer, **limits: float) -> Result:
    return asyncio.run(MailSender(channel(server.url()), **limits).send("msg_1", PAYLOAD, NOW))


def test_the_word_on_a_message_is_waited_for_longer_than_any_other(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the message by then: whoever gives up sends it again, and again."""
    slowly(server, 0.8, monkeypatch)
    result = send(server, timeout=0.4, word=10)

    assert result.outcome is Outcome.DELIVERED
    assert [mail.to for mail in server.post.accepted] == [TO]


def test_it_is_not_waited_for_for_ever(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    slowly(server, 2, monkeypatch)
    result = send(server, timeout=0.4, word=0.5)

    assert result.outcome is Outcome.LATER
    assert result.reason == "no word on the message within 0.5 s"


def test_a_try_that_takes_longer_than_a_lease_keeps_its_claim(press: Press) -> None:
    """Nobody else sends what is being sent."""
    receiver, other = FakeReceiver(), FakeReceiver()

    async def wait(_: str) -> None:
        await asyncio.sleep(0.6)

    def sending(by: FakeReceiver) -> Deliverer:
        lease = timedelta(seconds=0.2)
        return Deliverer(
            press.archive, channels("desk"), clock=utc_now, senders=by.sender, lease=lease
        )

    async def go() -> None:
        receiver.before["desk"] = wait
        press.clock.now = utc_now()
        await queue(press)
        async with running(sending(receiver)):
            for _ in range(10):
                await asyncio.sleep(0.05)
                assert await sending(other).drain() == 0
            await asyncio.sleep(0.3)
        assert await states(press) == ["delivered"]
        assert (len(receiver.tries), other.tries) == (1, [])

    asyncio.run(go())
