"""Chat services that answer without end, with a page of somebody else, or take very little."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from alerts import chat
from alerts.channel import ChatChannel, Outcome
from alerts.chat import ChatSender, heard, service_of, text
from tests.alerts.chat.test_chat import NOW, send
from tests.alerts.digest.test_digest import made
from tests.alerts.letter.test_letter import alert
from tests.alerts.sample import PAYLOAD
from tests.alerts.services import SERVICES, Services
from tests.support.site import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

PORTAL = b"<html><title>Welcome to the hotel</title>Please log in</html>"


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "chat"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard, "LONGEST", 0.2)


@pytest.mark.parametrize("name", ["feishu", "dingtalk", "wecombot"])
@pytest.mark.parametrize("answer", [PORTAL, b"", b"null", b'{"msg":"who are you"}'])
def test_who_must_say_yes_and_says_nothing_of_it_took_nothing(
    services: Services,
    name: str,
    answer: bytes,
) -> None:
    """A log-in page of a network, or of a proxy, answers 200 to everything."""
    services.answers[name] = [Answer(answer, 200, "text/html")]

    assert send(name).outcome is Outcome.LATER
    assert send(name).outcome is Outcome.DELIVERED


def test_the_robot_of_feishu_that_answers_as_it_used_to_has_taken_it(
    services: Services,
) -> None:
    services.answers["feishu"] = [Answer(b'{"StatusCode":0,"StatusMessage":"success"}')]

    assert send("feishu").outcome is Outcome.DELIVERED


@pytest.mark.usefixtures("quick")
def test_an_answer_without_end_is_left(services: Services) -> None:
    """A thread that reads it would be there for ever, and one more after every try."""
    over = threading.Event()

    def endless(_: Any, wire: Any) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not over.wait(0.02):
            wire.send(b" ")

    services.site.behave("/wecombot*", endless)
    began = time.monotonic()
    result = send("wecombot")
    for thread in threads():
        thread.join(5)
    over.set()

    reason = "may have been received: no answer: the answer does not end"
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, reason)
    assert time.monotonic() - began < 5
    assert threads() == []


def test_of_a_huge_answer_only_the_beginning_is_read(services: Services) -> None:
    """Whatever stands there: it is no answer of a robot, and costs no memory."""
    services.answers["wecombot"] = [Answer(b"x" * 20_000_000, 200, "text/plain")]
    result = send("wecombot")

    assert result.outcome is Outcome.LATER
    assert len(result.answer) <= chat.ANSWER


def test_a_service_that_holds_its_tries_gets_no_more_than_a_few(
    services: Services,
) -> None:
    """Byte by byte, a head never ends and no read times out: the threads must not add up."""
    over = threading.Event()
    hold: Callable[[Any, Any], None] = lambda _, wire: _drip(wire, over)  # noqa: E731
    services.site.behave("/slack*", hold)
    sender = ChatSender(ChatChannel(name="room", url=SERVICES["slack"][0]), timeout=0.15)
    results = [asyncio.run(sender.send("msg_1", PAYLOAD, NOW)) for _ in range(chat.HUNG + 2)]
    held = len(threads())
    over.set()
    for thread in threads():
        thread.join(5)

    assert held == chat.HUNG
    assert "have not ended yet" in results[-1].reason
    assert results[-1].outcome is Outcome.LATER, "nothing was sent"
    services.site.behave("/slack*", lambda _, wire: wire.answer(Answer(b"ok")))
    again = ChatSender(ChatChannel(name="room", url=SERVICES["slack"][0]))
    assert asyncio.run(again.send("msg_1", PAYLOAD, NOW)).outcome is Outcome.DELIVERED


def _drip(wire: Any, over: threading.Event) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not over.wait(0.02):
        wire.send(b"y")
    raise ConnectionResetError


def test_a_service_that_takes_little_is_told_where_to_read(
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A text message has 160 characters: a long title must not push the address out."""
    monkeypatch.setattr(type(service_of(SERVICES["wecombot"][0])), "body_maxlen", 160)
    body = alert(article__title="长" * 300)
    assert send("wecombot", json.dumps(body)).outcome is Outcome.DELIVERED
    content = json.loads(services.bodies("wecombot")[0])["text"]["content"]

    assert content.startswith("[ip-policy] 长长长")
    assert content.endswith("\nhttps://hexi.example/2026/03/01/ip-plan")
    assert len(content.encode()) <= 160


def test_no_message_is_empty(services: Services) -> None:
    """Some services refuse one without a text, and an empty digest has little to say."""
    empty = made(facts=None)
    assert text(empty) == ""
    assert send("feishu", json.dumps(empty)).outcome is Outcome.DELIVERED
    content = json.loads(services.bodies("feishu")[0])["content"]["text"]

    assert content.strip().count("nothing new") == 2
