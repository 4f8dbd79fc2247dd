"""A mail server that takes its time over a message: its word is waited for, as RFC 5321 has it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from alerts.channel import Outcome, Result
from alerts.deliver import Deliverer
from alerts.mail import MailSender
from archive.article import to_ms
from tests.alerts.press import FakeReceiver, Press, channels, until
from tests.alerts.sample import PAYLOAD
from tests.alerts.test_mail import NOW, TO, channel
from tests.alerts.work import queue, running, states

if TYPE_CHECKING:
    import pytest
    from aiosmtpd.smtp import SMTP

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
    slowly(server, 2.5, monkeypatch)
    result = send(server, timeout=2, word=30)

    assert result.outcome is Outcome.DELIVERED
    assert [mail.to for mail in server.post.accepted] == [TO]


def test_it_is_not_waited_for_for_ever(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    slowly(server, 3, monkeypatch)
    result = send(server, timeout=10, word=0.5)

    assert result.outcome is Outcome.UNKNOWN
    assert result.reason.startswith("may have been received: no word on the message")


def test_a_server_that_goes_without_a_word_may_have_it(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the message was out it has nothing."""

    async def leave(smtp: SMTP, *_: object) -> str:
        assert smtp.transport is not None
        smtp.transport.close()
        return "250 nobody hears it"

    monkeypatch.setattr(server.post, "handle_DATA", leave)
    after = send(server, timeout=10, word=10)
    monkeypatch.setattr(server.post, "handle_RCPT", leave)
    before = send(server, timeout=10, word=10)

    assert (after.outcome, before.outcome) == (Outcome.UNKNOWN, Outcome.LATER)
    assert after.reason.startswith("may have been received: no word on the message: ")
    assert before.reason.startswith("not sent: ")


def test_a_try_that_takes_longer_than_a_lease_keeps_its_claim(press: Press) -> None:
    """Nobody else sends what is being sent, though three leases are over meanwhile."""
    receiver, other, answers = FakeReceiver(), FakeReceiver(), asyncio.Event()
    lease = timedelta(seconds=0.2)

    async def wait(_: str) -> None:
        await answers.wait()

    def sending(by: FakeReceiver) -> Deliverer:
        return Deliverer(
            press.archive, channels("desk"), clock=press.clock, senders=by.sender, lease=lease
        )

    async def renewed() -> None:
        while (  # noqa: ASYNC110  # no event says so
            (await press.rows("alert"))[0]["claimed_until"] < to_ms(press.clock() + lease)
        ):
            await asyncio.sleep(0.01)

    async def go() -> None:
        receiver.before["desk"] = wait
        await queue(press)
        async with running(sending(receiver)):
            await until(lambda: bool(receiver.tries))
            for _ in range(4):
                press.clock.now += lease * 0.9
                async with asyncio.timeout(10):
                    await renewed()
                assert await sending(other).drain() == 0
            answers.set()
            await until(lambda: bool(receiver.accepted))
        assert await states(press) == ["delivered"]
        assert (len(receiver.tries), other.tries) == (1, [])

    asyncio.run(go())
