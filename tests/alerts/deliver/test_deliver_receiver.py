"""What goes to a receiver that is out of order, limited by a rate, or sent to side by side."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from structlog.testing import capture_logs

from alerts.channel import MailChannel
from alerts.deliver import Deliverer
from alerts.outbox import receivers
from alerts.outbox.circuit import OPENS, PAUSES
from alerts.rate import Rate
from alerts.retry import SCHEDULE
from archive.article import from_ms
from tests.alerts.press import FakeReceiver, Press, channels, until
from tests.alerts.work import REFUSED, WAIT, deliverer, queue, running, states
from tests.support.smtp import MailServer


def special(press: Press, receiver: FakeReceiver, **more: Any) -> Deliverer:
    """Of one channel with settings of its own."""
    (channel,) = channels("desk")
    return Deliverer(
        press.archive,
        [replace(channel, **more)],
        clock=press.clock,
        rng=Random(1),
        senders=receiver.sender,
        tick=timedelta(milliseconds=5),
    )


# ------------------------------------------------------------------ the circuit


def test_a_dead_receiver_is_probed_by_one_alert_and_not_by_all(press: Press) -> None:
    """Down for an hour with fifty alerts waiting: a dozen tries or so, and nothing is lost."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * 1000

    async def go() -> None:
        alerts = await queue(press, count=50)
        sending = deliverer(press, receiver)
        for _ in range(60):
            await sending.drain()
            press.clock.move(minutes=1)
        tries = len(receiver.tries)
        assert OPENS + 10 <= tries <= OPENS + 20
        assert len({alert for _, alert in receiver.tries}) == tries, "each try is another's"

        receiver.answers.clear()
        press.clock.move(minutes=6)
        assert await sending.drain() == 50
        assert sorted(receiver.accepted) == sorted(alerts)

    asyncio.run(go())


def test_with_the_receiver_back_nothing_waits_for_its_own_schedule(press: Press) -> None:
    """What failed six times is due in hours; it goes with the first that gets through."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * 20

    async def go() -> None:
        await queue(press, count=3)
        sending = deliverer(press, receiver)
        while receiver.answers["desk"]:
            await sending.drain()
            press.clock.move(minutes=10)
        assert await states(press) == ["due"] * 3
        while not await sending.drain():
            press.clock.move(minutes=10)
        assert len(receiver.accepted) == 3

    asyncio.run(go())


def test_a_restart_remembers_that_the_receiver_is_out_of_order(press: Press) -> None:
    """Else every restart would send all that waits to a dead receiver."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * 100

    async def go() -> None:
        await queue(press, count=10)
        await deliverer(press, receiver).drain()
        assert len(receiver.tries) == OPENS
        await deliverer(press, receiver).drain()
        assert len(receiver.tries) == OPENS
        press.clock.now += PAUSES[0] * 1.1
        await deliverer(press, receiver).drain()
        assert len(receiver.tries) == OPENS + 1

    asyncio.run(go())


def test_a_restart_remembers_retry_after(press: Press) -> None:
    """The receiver asked for ten minutes, whoever sends."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [WAIT]

    async def go() -> None:
        await queue(press, count=2)
        await deliverer(press, receiver).drain()
        press.clock.move(minutes=9)
        assert await deliverer(press, receiver).drain() == 0
        press.clock.move(minutes=1)
        assert await deliverer(press, receiver).drain() == 2

    asyncio.run(go())


def test_a_poisonous_alert_does_not_keep_others_waiting(press: Press) -> None:
    """The receiver chokes on one alert and takes all others."""
    receiver = FakeReceiver()

    async def go() -> None:
        (bad,) = await queue(press)
        sending = deliverer(press, receiver)
        for _ in range(20):
            receiver.answers["desk"] = [REFUSED]
            await sending.drain()
            press.clock.move(minutes=30)
        receiver.answers.clear()
        (good,) = await queue(press)
        receiver.answers["desk"] = [REFUSED] if await is_due(press, bad) else []
        assert await sending.drain() == 1
        assert receiver.accepted == [good]

    asyncio.run(go())


async def is_due(press: Press, alert: str) -> bool:
    (row,) = [row for row in await press.rows("alert") if row["id"] == alert]
    return bool(row["state"] == "due" and from_ms(row["due_at"]) <= press.clock())


def test_what_waits_for_the_circuit_costs_no_try(press: Press) -> None:
    """A hundred alerts and a receiver that is down for four days: none is given up."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * 10_000

    async def go() -> None:
        await queue(press, count=100)
        sending = deliverer(press, receiver)
        for _ in range(4 * 24 * 6):
            await sending.drain()
            press.clock.move(minutes=10)
        assert set(await states(press)) == {"due"}
        rows = await press.rows("alert")
        assert max(row["attempts"] for row in rows) < len(SCHEDULE)

    asyncio.run(go())


def test_opening_and_closing_are_logged_once(press: Press) -> None:
    """And what is known of a sound receiver is nothing."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * (OPENS + 1)

    async def go() -> None:
        await queue(press, count=5)
        sending = deliverer(press, receiver)
        with capture_logs() as logs:
            for _ in range(4):
                await sending.drain()
                press.clock.move(minutes=2)
        assert [log["event"] for log in logs if log["event"].startswith("receiver.")] == [
            "receiver.failing",
            "receiver.back",
        ]
        assert await press.archive.read(receivers.known) == {}

    asyncio.run(go())


# ------------------------------------------------------------------ side by side


def test_whichever_worker_repeats_a_mail_knows_who_has_it(press: Press) -> None:
    """One mailbox is full: that is nobody's second mail, and no other alert waits for it."""
    ana, full = "ana@firm.example", "full@firm.example"

    async def go(server: MailServer) -> None:
        server.post.rcpt = {full: "452 mailbox full"}
        channel = MailChannel(
            name="desk", to=(ana, full), sender="watch@firm.example", smtp=server.url(),
            concurrency=4,
        )  # fmt: skip
        await queue(press, count=5)
        sending = Deliverer(press.archive, [channel], clock=press.clock, rng=Random(1))
        for _ in range(3):
            await sending.drain()
            press.clock.move(minutes=2)

        assert [mail.to for mail in server.post.accepted] == [(ana,)] * 5
        assert await press.archive.read(receivers.known) == {}

    with MailServer() as running_server:
        asyncio.run(go(running_server))


def test_concurrency_sends_so_many_side_by_side_and_each_once(press: Press) -> None:
    """A receiver that takes a while for each is kept busy, as far as the operator allows."""
    receiver = FakeReceiver()
    let_go = asyncio.Event()

    async def stuck(_: str) -> None:
        await let_go.wait()

    async def go() -> None:
        receiver.before["desk"] = stuck
        alerts = await queue(press, count=7)
        async with running(special(press, receiver, concurrency=3)):
            await until(lambda: len(receiver.tries) == 3)
            await asyncio.sleep(0.02)
            assert len(receiver.tries) == 3
            let_go.set()
            await until(lambda: len(receiver.accepted) == 7)
        assert sorted(receiver.accepted) == sorted(alerts)
        assert receiver.closed == 3

    asyncio.run(go())


def test_one_probe_alone_goes_to_a_dead_receiver_of_many_workers(press: Press) -> None:
    """Whatever the concurrency; when it gets through, all workers go on."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * OPENS
    let_go = asyncio.Event()

    async def stuck(_: str) -> None:
        await let_go.wait()

    async def go() -> None:
        await queue(press, count=10)
        async with running(special(press, receiver, concurrency=4)):
            await until(lambda: not receiver.answers["desk"])
            await asyncio.sleep(0.02)
            before, delivered = len(receiver.tries), len(receiver.accepted)
            if not delivered:  # all of the first four had failed
                receiver.before["desk"] = stuck
                press.clock.move(minutes=1)
                await until(lambda: len(receiver.tries) == before + 1)
                await asyncio.sleep(0.05)
                assert len(receiver.tries) == before + 1
            let_go.set()
            press.clock.move(minutes=1)
            await until(lambda: len(receiver.accepted) == 10)

    asyncio.run(go())


# ------------------------------------------------------------------ a rate


def test_a_rate_holds_in_every_window_and_after_a_restart(press: Press) -> None:
    """Three a minute: three at once, and the next three a minute later, whoever sends."""
    receiver = FakeReceiver()
    rate = Rate(count=3, per=timedelta(minutes=1))

    async def go() -> None:
        await queue(press, count=8)
        assert await special(press, receiver, rate=rate).drain() == 3
        assert await special(press, receiver, rate=rate).drain() == 0
        press.clock.move(seconds=59)
        assert await special(press, receiver, rate=rate).drain() == 0
        press.clock.move(seconds=1)
        assert await special(press, receiver, rate=rate).drain() == 3
        press.clock.move(minutes=1)
        assert await special(press, receiver, rate=rate).drain() == 2

    asyncio.run(go())


def test_tries_that_fail_count_for_the_rate(press: Press) -> None:
    """The receiver counts requests."""
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED, REFUSED]

    async def go() -> None:
        await queue(press, count=4)
        rate = Rate(count=3, per=timedelta(hours=1))
        assert await special(press, receiver, rate=rate).drain() == 1
        assert len(receiver.tries) == 3

    asyncio.run(go())


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_running_deliverer_goes_on_when_the_rate_allows(press: Press, concurrency: int) -> None:
    """Without a commit or a tick that would wake it."""
    receiver = FakeReceiver()
    rate = Rate(count=2, per=timedelta(minutes=1))

    async def go() -> None:
        await queue(press, count=5)
        async with running(special(press, receiver, rate=rate, concurrency=concurrency)):
            for expected in (2, 4, 5):
                await until(lambda: len(receiver.accepted) == expected)  # noqa: B023
                await asyncio.sleep(0.02)
                assert len(receiver.accepted) == expected
                press.clock.move(minutes=1)

    asyncio.run(go())
