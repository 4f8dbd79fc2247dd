"""What a service may have taken is not told again and again: it cannot know a repeat."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import pytest
import requests
import urllib3.exceptions as wire

from alerts import history, outbox
from alerts.channel import ChatChannel, Outcome
from alerts.chat import judge
from alerts.chat.heard import Heard, _went_out
from alerts.deliver import Deliverer
from tests.alerts.press import START
from tests.alerts.services import SERVICES, Services
from tests.alerts.work import queue
from tests.support.site import Answer, drop

if TYPE_CHECKING:
    from tests.alerts.press import Press

FEISHU = SERVICES["feishu"][0]
FINE = '{"code": 0}'
NO = '{"code": 19024, "msg": "Key Words Not Found"}'


def deliverer(press: Press) -> Deliverer:
    room = ChatChannel(name="room", url=FEISHU)
    return Deliverer(press.archive, [room], clock=press.clock, rng=Random(1))


def test_a_room_reads_it_three_times_at_most_and_the_ledger_says_why(
    press: Press, services: Services
) -> None:
    """A service that took each try and never said so was told eleven times, over four days."""
    services.site.behave("/feishu*", drop)
    sending = deliverer(press)

    async def run() -> None:
        (alert,) = await queue(press, "room")
        for _ in range(100):
            await sending.drain()
            press.clock.move(hours=1)
        tries = await press.archive.read(lambda db: history.attempts(db, alert))
        (row,) = await press.rows("alert")
        assert [one.outcome for one in tries] == ["unknown"] * 3
        assert len(services.site.requests) == 3
        assert row["state"] == "dead"
        assert row["reason"].startswith("given up after 3 tries: may have been received: ")

        services.site.behave("/feishu*", lambda _, wire: wire.answer(Answer(FINE.encode())))
        await press.archive.write(lambda db: outbox.retry(db, alert, press.clock()))
        assert await sending.drain() == 1, "asked for by hand it goes again"

    asyncio.run(run())


def test_another_that_gets_through_hurries_nothing_that_may_be_there(
    press: Press, services: Services
) -> None:
    """What was tried in vain is due when the receiver is back; this was perhaps not in vain."""
    services.site.behave("/feishu*", drop)
    sending = deliverer(press)

    async def run() -> None:
        await queue(press, "room", count=3)
        await sending.drain()
        services.site.behave("/feishu*", lambda _, wire: wire.answer(Answer(FINE.encode())))
        press.clock.move(minutes=2)
        await queue(press, "room")
        assert await sending.drain() == 1
        press.clock.move(minutes=10)
        assert await sending.drain() == 0
        press.clock.move(minutes=30)
        assert await sending.drain() == 3

    asyncio.run(run())


@pytest.mark.parametrize(
    ("heard", "outcome"),
    [
        ([], Outcome.LATER),
        ([Heard(None, fault="Connection refused", sent=False)], Outcome.LATER),
        ([Heard(None, fault="it took too long")], Outcome.UNKNOWN),
        ([Heard(500, "")], Outcome.LATER),
        ([Heard(504, "")], Outcome.UNKNOWN),
        ([Heard(200, FINE)], Outcome.UNKNOWN),
        ([Heard(200, NO)], Outcome.REFUSED),
        ([Heard(200, NO), Heard(None, fault="it took too long")], Outcome.UNKNOWN),
        ([Heard(200, "<html>Please log in")], Outcome.LATER),
        ([Heard(400, "")], Outcome.REFUSED),
        ([Heard(400, ""), Heard(500, "")], Outcome.LATER),
    ],
)
def test_what_apprise_calls_failed(heard: list[Heard], outcome: Outcome) -> None:
    """Success that Apprise does not know is as doubtful as silence."""
    result = judge(False, heard, [], FEISHU, START)

    assert result.outcome is outcome
    assert result.reason.startswith("may have been received: ") is (outcome is Outcome.UNKNOWN)


UNMADE = wire.NewConnectionError(None, "no route")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "out"),
    [
        (requests.ReadTimeout("took too long"), True),
        (requests.ConnectionError(wire.ProtocolError("Connection aborted.")), True),
        (requests.exceptions.ChunkedEncodingError("broke off"), True),
        (requests.ConnectionError(wire.MaxRetryError(None, "/", UNMADE)), False),  # type: ignore[arg-type]
        (requests.ConnectTimeout("took too long"), False),
        (requests.exceptions.SSLError("a bad certificate"), False),
        (requests.exceptions.InvalidURL("no host"), False),
    ],
)
def test_a_message_is_out_only_where_a_connection_was_made(
    error: requests.RequestException, out: bool
) -> None:
    """What reached nobody is told by the whole schedule."""
    assert _went_out(error) is out
