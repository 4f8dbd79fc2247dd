"""chat.places: a chat URL with several places tells each of them once."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from alerts.channel import NOBODY, ChatChannel, Outcome, Result
from alerts.chat import ChatSender
from alerts.deliver import Deliverer
from tests.alerts.sample import PAYLOAD
from tests.alerts.work import queue
from tests.support.site import Answer, Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.alerts.press import Press

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
ROOMS = ChatChannel(name="rooms", url="tgram://123456789:abcdefg_hijklmnop/11/22/33")
FINE = Answer(b'{"ok":true,"result":{}}')


class Telegram:
    """Answers by the chat that a message is for."""

    def __init__(self, site: Site) -> None:
        self.told: list[int] = []  # chats that took a message
        self.answers: dict[int, Answer] = {}
        self.hung: dict[int, threading.Event] = {}
        site.behave("/tg*", self._take)

    def _take(self, request: Any, wire: Any) -> None:
        chat = json.loads(request.body)["chat_id"]
        if chat in self.hung:
            self.hung[chat].wait(30)
        answer = self.answers.get(chat, FINE)
        if answer.status == 200:
            self.told.append(chat)
        wire.answer(answer)


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[Telegram]:
    from apprise.plugins.telegram import NotifyTelegram

    with Site() as site:
        monkeypatch.setattr(NotifyTelegram, "notify_url", site.url("/tg"))
        yield Telegram(site)


def send(settled: Mapping[str, str] = NOBODY, **more: Any) -> Result:
    return asyncio.run(ChatSender(ROOMS, **more).send("msg_1", PAYLOAD, NOW, settled))


def test_a_place_that_refuses_costs_the_others_no_second_message(telegram: Telegram) -> None:
    """Each try is one of a new sender, as after a restart."""
    telegram.answers[22] = Answer(b'{"ok":false,"description":"chat not found"}', 400)
    first = send()
    second = send(first.settled)
    telegram.answers.clear()
    third = send(second.settled)

    outcomes = [(result.outcome, result.partly) for result in (first, second, third)]
    assert outcomes == [
        (Outcome.REFUSED, True), (Outcome.REFUSED, True), (Outcome.DELIVERED, False),
    ]  # fmt: skip
    assert first.settled == second.settled
    assert "chat not found" in first.reason
    assert telegram.told == [11, 33, 22]


def test_a_place_that_hangs_leaves_those_before_it_told_and_those_after_it_untold(
    telegram: Telegram,
) -> None:
    """Whoever is told after the time limit would be told again, since nobody writes it down."""
    hung = telegram.hung[22] = threading.Event()
    first = send(timeout=3)
    hung.set()
    for thread in threading.enumerate():
        if thread.name == "chat":
            thread.join(10)

    assert (first.outcome, first.partly) == (Outcome.UNKNOWN, True)
    assert telegram.told == [11, 22], "22 was asked in time and took it after"
    del telegram.hung[22]
    assert send(first.settled).outcome is Outcome.DELIVERED
    assert telegram.told == [11, 22, 22, 33]


def test_what_the_places_took_is_in_the_archive(press: Press, telegram: Telegram) -> None:
    """By a hash: the name of a place may be a secret."""
    telegram.answers[11] = Answer(b"down", 502)

    async def life() -> int:
        return await Deliverer(press.archive, [ROOMS], clock=press.clock, rng=Random(1)).drain()

    async def go() -> None:
        await queue(press, "rooms")
        assert await life() == 0
        rows = await press.rows("recipient")
        assert {len(row["who"]) for row in rows} == {32}
        telegram.answers.clear()
        press.clock.move(seconds=6)
        assert await life() == 1
        assert telegram.told == [22, 33, 11]
        assert await press.rows("recipient") == []

    asyncio.run(go())


def test_a_place_that_is_gone_holds_up_no_other(press: Press, telegram: Telegram) -> None:
    """Alerts that wait for it alone fail one after the other, and the service works."""
    telegram.answers[22] = Answer(b'{"ok":false,"description":"chat not found"}', 400)

    async def go() -> None:
        sending = Deliverer(press.archive, [ROOMS], clock=press.clock, rng=Random(1))
        await queue(press, "rooms", count=5)
        for _ in range(3):
            await sending.drain()
            press.clock.move(seconds=80)
        await queue(press, "rooms")
        await sending.drain()
        assert telegram.told.count(11) == telegram.told.count(33) == 6

    asyncio.run(go())
