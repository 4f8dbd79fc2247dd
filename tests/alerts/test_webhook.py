from __future__ import annotations

import asyncio
import base64
import json
import socket
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from alerts.channel import Outcome, Result, WebhookChannel
from alerts.errors import ChannelUnusable
from alerts.webhook import WebhookSender, key
from tests.alerts.sample import PAYLOAD
from tests.support.receiver import SECRET, Receiver
from tests.support.site import Answer, Behaviour, drop, endless, garbled, hang

if TYPE_CHECKING:
    from tests.support.site import Recorded, Wire

OTHER = "whsec_" + base64.b64encode(b"another secret of thirty-two b.").decode()


def channel(url: str, *secrets: str) -> WebhookChannel:
    return WebhookChannel(name="desk", url=url, secrets=secrets or (SECRET,))


def send(
    url: str, *secrets: str, now: datetime | None = None, timeout: float = 5, times: int = 1
) -> Result:
    async def go() -> Result:
        sender = WebhookSender(channel(url, *secrets), timeout=timeout)
        try:
            for _ in range(times):
                result = await sender.send("msg_1", PAYLOAD, now or datetime.now(UTC))
            return result
        finally:
            await sender.close()

    return asyncio.run(go())


def test_the_payload_arrives_byte_for_byte_and_signed(receiver: Receiver) -> None:
    result = send(receiver.hook)
    delivery = receiver.received[0]

    assert (result.outcome, result.status, result.reason) == (Outcome.DELIVERED, 204, "")
    assert delivery.valid
    assert delivery.id == "msg_1"
    assert delivery.request.body == PAYLOAD.encode()
    assert delivery.request.headers["content-type"] == "application/json"


def test_a_repeat_has_the_same_id_and_body_and_a_fresh_timestamp(receiver: Receiver) -> None:
    now = datetime.now(UTC)
    send(receiver.hook, now=now - timedelta(seconds=90))
    send(receiver.hook, now=now)
    first, second = receiver.received

    assert (first.id, first.request.body) == (second.id, second.request.body)
    assert first.valid
    assert second.valid
    stamps = [int(d.request.headers["webhook-timestamp"]) for d in receiver.received]
    assert stamps[1] - stamps[0] == 90


def test_every_secret_signs_while_one_is_replaced(receiver: Receiver) -> None:
    send(receiver.hook, OTHER, SECRET)
    request = receiver.received[0].request

    assert len(request.headers["webhook-signature"].split(" ")) == 2
    for secret in (OTHER, SECRET):
        assert Webhook(secret).verify(request.body, request.headers) == json.loads(PAYLOAD)
    with pytest.raises(WebhookVerificationError):
        Webhook(b"a third secret").verify(request.body, request.headers)


def test_one_connection_serves_many_tries(receiver: Receiver) -> None:
    ports: set[int] = set()

    def note(_: Recorded, wire: Wire) -> None:
        ports.add(wire._handler.client_address[1])

    receiver.before = note
    send(receiver.hook, times=3)

    assert len(receiver.received) == 3
    assert len(ports) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_delivered(receiver: Receiver, status: int) -> None:
    receiver.answers.append(Answer(b"" if status == 204 else b"ok", status, "text/plain"))

    assert send(receiver.hook).outcome is Outcome.DELIVERED


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    elsewhere = receiver.page("/elsewhere", "welcome")
    receiver.answers.append(Answer(b"", status, "text/plain", {"Location": elsewhere}))
    result = send(receiver.hook)

    assert (result.outcome, result.status) == (Outcome.LATER, status)
    assert result.reason == (f"HTTP {status}: redirects are not followed: Location {elsewhere}")
    assert receiver.asked("/elsewhere") == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 413, 422, 429, 500, 502])
def test_an_error_is_tried_later_with_the_receivers_words(receiver: Receiver, status: int) -> None:
    """What it refuses for what it is, is no fault of the receiver."""
    receiver.answers.append(Answer("路由不存在".encode(), status, "text/plain"))
    result = send(receiver.hook)

    outcome = Outcome.REFUSED if status in {400, 413, 422} else Outcome.LATER
    assert (result.outcome, result.gone, result.retry_after) == (outcome, False, None)
    assert result.reason == f"HTTP {status}: 路由不存在"
    assert result.answer == "路由不存在"


def test_410_means_no_more(receiver: Receiver) -> None:
    receiver.answers.append(Answer(b"", 410, "text/plain"))
    result = send(receiver.hook)

    assert (result.outcome, result.gone, result.reason) == (Outcome.LATER, True, "HTTP 410")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked", ["90", "date"])
def test_retry_after_is_read_in_both_forms(receiver: Receiver, status: int, asked: str) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    date = (now + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    header = {"Retry-After": date if asked == "date" else asked}
    receiver.answers.append(Answer(b"", status, "text/plain", header))

    assert send(receiver.hook, now=now).retry_after == timedelta(seconds=90)


def test_retry_after_means_something_on_429_and_503_only(receiver: Receiver) -> None:
    receiver.answers.append(Answer(b"", 500, "text/plain", {"Retry-After": "90"}))

    assert send(receiver.hook).retry_after is None


def test_an_answer_is_kept_up_to_2_kb_on_one_harmless_line(receiver: Receiver) -> None:
    receiver.answers.append(Answer(b"\x1b[2Jno\r\n\xff" + b"x" * 100_000, 500, "text/plain"))
    result = send(receiver.hook)

    assert result.answer.startswith("[2Jno \ufffdxxx")
    assert len(result.answer) <= 2048
    assert result.answer.isprintable()


def behaviour(receiver: Receiver, misbehave: Behaviour) -> str:
    return receiver.behave("/odd", misbehave)


def half_a_body(_: Recorded, wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\ntaken")
    wire.wait(10)


def only_hanging_up(_: Recorded, __: Wire) -> None:
    raise ConnectionResetError


@pytest.mark.parametrize("misbehave", [half_a_body, drop, endless])
def test_the_status_decides_whatever_becomes_of_the_body(
    receiver: Receiver, misbehave: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.webhook._ANSWER_TIME", 0.1)
    result = send(behaviour(receiver, misbehave))

    assert (result.outcome, result.status) == (Outcome.DELIVERED, 200)


def dribbled_body(_: Recorded, wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 150\r\n\r\n")
    for _i in range(150):
        wire.send(b".")
        if wire.wait(0.02):
            return


def test_a_slow_body_does_not_undo_a_quick_acceptance(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of a try is over while the body comes: the receiver has it all the same."""
    monkeypatch.setattr("alerts.webhook._ANSWER_TIME", 60)
    result = send(behaviour(receiver, dribbled_body), timeout=2)

    assert (result.outcome, result.status) == (Outcome.DELIVERED, 200)


@pytest.mark.parametrize("misbehave", [garbled, only_hanging_up])
def test_no_answer_is_tried_later_with_its_cause(receiver: Receiver, misbehave: Behaviour) -> None:
    result = send(behaviour(receiver, misbehave))

    assert (result.outcome, result.status) == (Outcome.LATER, None)
    assert result.reason.startswith("no answer: ")
    assert len(result.reason) > len("no answer: ")


def test_silence_ends_after_the_time_limit(receiver: Receiver) -> None:
    began = time.monotonic()
    result = send(behaviour(receiver, hang), timeout=0.2)

    assert result.reason == "no answer within 0.2 s"
    assert time.monotonic() - began < 2


def dribble(_: Recorded, wire: Wire) -> None:
    """A byte now and then keeps every read alive, and the whole must end all the same."""
    for char in "HTTP/1.1 200 OK and so on and on and on":
        wire.send(char.encode())
        if wire.wait(0.05):
            return


def test_the_time_limit_is_for_the_whole_try(receiver: Receiver) -> None:
    result = send(behaviour(receiver, dribble), timeout=0.3)

    assert result.reason == "no answer within 0.3 s"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    result = send(f"http://127.0.0.1:{port}/hook")

    assert result.outcome is Outcome.LATER
    assert result.reason == "no answer: Connection refused"


def test_no_tls_where_tls_was_asked_for(receiver: Receiver) -> None:
    """`https` for `http` in a config: OpenSSL speaks of a wrong version number."""
    result = send(receiver.hook.replace("http:", "https:"))

    assert result.reason == "no answer: what answers there speaks no TLS"


def test_a_name_that_leads_nowhere() -> None:
    result = send("http://nowhere.invalid/hook")

    assert result.outcome is Outcome.LATER
    assert result.reason == "no answer: there is no host of this name"


def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    assert send(receiver.hook).outcome is Outcome.DELIVERED


def test_no_secret_is_told(receiver: Receiver) -> None:
    receiver.answers.append(Answer(b"", 500, "text/plain"))
    shown = repr(channel(receiver.hook)) + repr(send(receiver.hook))

    assert SECRET.removeprefix("whsec_") not in shown
    with pytest.raises(ChannelUnusable) as caught:
        WebhookSender(channel(receiver.hook, "whsec_not!base64"))
    assert "not!base64" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"Cannot POST /hook?token=t0ken", 404, "text/plain"),
        Answer(b"", 301, "text/plain", {"Location": "https://there.example/hook?token=t0ken"}),
    ],
)
def test_the_way_to_a_receiver_is_not_kept_with_its_answer(
    receiver: Receiver, answer: Answer
) -> None:
    """Whoever knows it can write into the channel; error pages and redirects repeat it."""
    receiver.answers.append(answer)
    result = send(receiver.hook + "?token=t0ken")

    assert "t0ken" not in result.reason + result.answer
    assert "[its path]" in result.reason


def test_the_test_of_a_channel_is_signed_and_says_what_it_is(receiver: Receiver) -> None:
    async def go() -> Result:
        sender = WebhookSender(channel(receiver.hook))
        try:
            return await sender.test(datetime.now(UTC))
        finally:
            await sender.close()

    assert asyncio.run(go()).outcome is Outcome.DELIVERED
    delivery = receiver.received[0]
    assert delivery.valid
    assert delivery.payload["type"] == "presswatch.test.v1"
    assert delivery.payload["id"] == delivery.id


@given(st.binary(min_size=24, max_size=64))
def test_a_secret_is_read_as_other_libraries_read_it(raw: bytes) -> None:
    text = base64.b64encode(raw).decode()

    assert key(f"whsec_{text}") == key(text) == key(text.rstrip("=")) == raw


@pytest.mark.parametrize("text", ["correct horse battery staple", "短语", "abcd"])
def test_any_other_text_stands_for_its_bytes(text: str) -> None:
    assert key(text) == text.encode()


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_",), ("whsec_%%%",)])
def test_a_webhook_without_a_usable_secret_is_refused(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ChannelUnusable, match=r"desk: .*secret"):
        WebhookSender(WebhookChannel(name="desk", url="http://x.example/", secrets=secrets))
