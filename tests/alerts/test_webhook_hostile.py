"""Receivers that say yes and mean no, or say it in ways that no specification knows."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channel import Outcome, Result, WebhookChannel
from alerts.retry import LONGEST, read_retry_after
from alerts.webhook import WebhookSender, says
from tests.alerts.sample import PAYLOAD
from tests.support.receiver import SECRET, Receiver
from tests.support.site import Answer

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
FINE = (("errcode", 0),)


def send(url: str, *success: tuple[str, Any], timeout: float = 5) -> Result:
    async def go() -> Result:
        channel = WebhookChannel(name="desk", url=url, secrets=(SECRET,), success=success)
        sender = WebhookSender(channel, timeout=timeout)
        try:
            return await sender.send("msg_1", PAYLOAD, NOW)
        finally:
            await sender.close()

    return asyncio.run(go())


@pytest.mark.parametrize(
    "body",
    [
        b'{"errcode": 45009, "errmsg": "api freq out of limit"}',
        b'{"errcode": "0"}',
        b'{"errcode": false}',
        b"[0]",
        b"<html>please log in to the network</html>",
        b"",
        b"[" * 5000,
    ],
)
def test_a_200_that_does_not_say_success_is_a_refusal(receiver: Receiver, body: bytes) -> None:
    """With its words in the ledger; what stands before the receiver says nothing of the alert."""
    receiver.answers.append(Answer(body, 200, "application/json"))
    result = send(receiver.hook, *FINE)

    outcome = Outcome.REFUSED if b"errcode" in body else Outcome.LATER
    assert (result.outcome, result.status) == (outcome, 200)
    assert result.reason.startswith("HTTP 200, and not errcode = 0: ")
    assert body.decode()[:40] in result.reason or not body


def test_a_200_that_says_success_is_delivered(receiver: Receiver) -> None:
    """However much else it says, and wherever in the object it stands."""
    long = b'{"padding": "' + b"x" * 20_000 + b'", "errcode": 0, "ok": true}'
    receiver.answers += [Answer(long, 200, "application/json")] * 2

    assert send(receiver.hook, *FINE, ("ok", True)).outcome is Outcome.DELIVERED
    assert len(send(receiver.hook, *FINE).answer) <= 2048


def test_what_is_asked_of_an_answer_is_asked_of_a_2xx_alone(receiver: Receiver) -> None:
    """410 still means that the receiver wants no more, whatever its body says."""
    receiver.answers.append(Answer(b'{"errcode": 0}', 410, "application/json"))

    assert send(receiver.hook, *FINE).gone


@given(st.binary(max_size=200))
def test_no_body_breaks_the_question(body: bytes) -> None:
    assert says(body, FINE) in {True, False}
    assert says(body, ())


def test_a_receiver_that_drips_its_head_takes_its_time_limit_and_no_more(
    receiver: Receiver,
) -> None:
    """Byte by byte: no read of it ever times out by itself."""
    over = threading.Event()

    def drip(_: Any, wire: Any) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 500:
            wire.send(bytes([byte]))
            if over.wait(0.02):
                return

    receiver.before = drip
    began = datetime.now(UTC)
    result = send(receiver.hook, timeout=0.3)
    over.set()

    assert result.reason == "no answer within 0.3 s"
    assert datetime.now(UTC) - began < timedelta(seconds=3)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: y\r\n" * 20_000 + b"\r\n",
        b"HTTP/1.1 99999 What\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"220 mail.example ESMTP\r\n",
        b"",
    ],
    ids=["head", "status", "101", "103", "length", "tls", "smtp", "nothing"],
)
def test_what_is_no_answer_is_tried_later(receiver: Receiver, head: bytes) -> None:
    """Never an exception: that would be a fault of ours in the ledger."""

    def say(_: Any, wire: Any) -> None:
        wire.send(head)
        raise ConnectionResetError

    receiver.before = say
    result = send(receiver.hook, timeout=2)

    assert result.outcome is Outcome.LATER
    assert result.reason


@given(
    st.one_of(st.text(max_size=40), st.from_regex(r"[A-Za-z]{3}, \d{1,20} [A-Z][a-z]{2} .{0,20}"))
)
def test_no_retry_after_breaks_a_try_or_lasts_for_ever(value: str) -> None:
    """Seconds, a date, or nonsense."""
    wait = read_retry_after(value, NOW)

    assert wait is None or timedelta() <= wait


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("Sun, 01 Mar 2026 08:35:00 GMT", timedelta(minutes=5)),
        ("Sunday, 01-Mar-26 08:35:00 GMT", timedelta(minutes=5)),  # RFC 850, which RFC 9110 reads
        ("Sun Mar  1 08:35:00 2026", timedelta(minutes=5)),  # asctime, which it reads too
        ("Sun, 01 Mar 2026 08:00:00 GMT", timedelta()),
        ("99999999999999999999", LONGEST),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Sun, 99 Mar 2026 08:35:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_rfc_9110_has_it(value: str, wait: timedelta | None) -> None:
    assert read_retry_after(value, NOW) == wait
