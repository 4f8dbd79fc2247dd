from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from structlog.testing import capture_logs

from alerts import outbox
from alerts.retry import SCHEDULE
from tests.alerts.press import FakeReceiver, Press, until
from tests.alerts.work import (
    GONE,
    REFUSED,
    WAIT,
    deliverer,
    queue,
    running,
    states,
)

if TYPE_CHECKING:
    import pytest

# ------------------------------------------------------------------ what is due is sent


def test_what_is_queued_is_sent_at_once_and_only_once(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        async with running(deliverer(press, receiver)) as work:
            (alert,) = await queue(press)
            work.wake.set()
            await until(lambda: receiver.accepted == [alert])
            work.wake.set()
            await queue(press)
            work.wake.set()
            await until(lambda: len(receiver.accepted) == 2)
        assert await states(press) == ["delivered", "delivered"]
        assert len(receiver.tries) == 2

    asyncio.run(go())


def test_what_another_process_queued_is_found_by_the_tick(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        async with running(deliverer(press, receiver, tick=timedelta(milliseconds=20))):
            (alert,) = await queue(press)
            await until(lambda: receiver.accepted == [alert])

    asyncio.run(go())


def test_what_waited_before_the_start_is_sent(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        alerts = await queue(press, count=3)
        async with running(deliverer(press, receiver)):
            await until(lambda: receiver.accepted == alerts)

    asyncio.run(go())


def test_every_channel_is_told(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        await queue(press, "desk", "mail", count=3)
        assert await deliverer(press, receiver, "desk", "mail").drain() == 6
        assert [name for name, _ in receiver.tries].count("mail") == 3

    asyncio.run(go())


def test_alerts_of_other_channels_wait(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        await queue(press, "desk", "elsewhere")
        assert await deliverer(press, receiver, "desk").drain() == 1
        assert await states(press) == ["delivered", "due"]

    asyncio.run(go())


# ------------------------------------------------------------------ what fails is tried again


def test_a_failed_alert_follows_the_schedule_under_one_id_and_body(press: Press) -> None:
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED] * 20

    async def go() -> None:
        (alert,) = await queue(press)
        sending = deliverer(press, receiver)
        while "due" in await states(press):
            await sending.drain()
            press.clock.move(seconds=1)
            due = (await press.rows("alert"))[0]["due_at"]
            press.clock.now = max(press.clock.now, datetime.fromtimestamp((due or 0) / 1000, UTC))
        waits = [
            later - earlier
            for earlier, later in zip(receiver.times, receiver.times[1:], strict=False)
        ]
        (row,) = await press.rows("alert")

        assert {name for _, name in receiver.tries} == {alert}
        assert len(receiver.bodies[alert]) == 1
        assert len(receiver.times) == len(SCHEDULE)
        for wait, planned in zip(waits, SCHEDULE[1:], strict=True):
            assert planned <= wait <= planned * 1.1 + timedelta(milliseconds=1)
        assert (row["state"], row["reason"]) == ("dead", "given up after 11 tries: HTTP 500")
        assert len(await press.rows("attempt")) == len(SCHEDULE)

    asyncio.run(go())


def test_one_refused_alert_does_not_hold_up_the_next(press: Press) -> None:
    receiver = FakeReceiver()
    receiver.answers["desk"] = [REFUSED]

    async def go() -> None:
        first, second = await queue(press, count=2)
        assert await deliverer(press, receiver).drain() == 1
        assert receiver.accepted == [second]
        press.clock.move(seconds=6)
        assert await deliverer(press, receiver).drain() == 1
        assert receiver.accepted == [second, first]

    asyncio.run(go())


def test_retry_after_holds_for_the_whole_channel_and_no_other(press: Press) -> None:
    receiver = FakeReceiver()
    receiver.answers["desk"] = [WAIT]

    async def go() -> None:
        await queue(press, "desk", "mail", count=3)
        sending = deliverer(press, receiver, "desk", "mail")
        assert await sending.drain() == 3
        press.clock.move(minutes=9, seconds=59)
        assert await sending.drain() == 0
        assert [name for name, _ in receiver.tries].count("desk") == 1
        press.clock.move(seconds=1)
        assert await sending.drain() == 3

    asyncio.run(go())


def test_a_running_deliverer_waits_as_long_as_it_was_asked(press: Press) -> None:
    receiver = FakeReceiver()
    receiver.answers["desk"] = [WAIT]

    async def go() -> None:
        await queue(press, count=2)
        async with running(deliverer(press, receiver, tick=timedelta(milliseconds=5))) as work:
            await until(lambda: len(receiver.tries) == 1)
            for _ in range(5):
                work.wake.set()
                await asyncio.sleep(0.01)
            assert len(receiver.tries) == 1
            press.clock.move(minutes=12)
            await until(lambda: len(receiver.accepted) == 2)

    asyncio.run(go())


def test_410_disables_the_channel_until_it_is_enabled(press: Press) -> None:
    receiver = FakeReceiver()
    receiver.answers["desk"] = [GONE]

    async def go() -> None:
        alerts = await queue(press, count=3)
        sending = deliverer(press, receiver)
        with capture_logs() as logs:
            assert await sending.drain() == 0
        press.clock.move(days=30)
        assert await sending.drain() == 0
        assert len(receiver.tries) == 1
        assert await states(press) == ["due"] * 3
        assert {log["event"]: log for log in logs}["channel.disabled"] == {
            "event": "channel.disabled", "log_level": "warning", "channel": "desk",
            "reason": "HTTP 410",
        }  # fmt: skip

        await press.archive.write(lambda db: outbox.enable_channel(db, "desk", press.clock()))
        assert await sending.drain() == 3
        assert sorted(receiver.accepted) == sorted(alerts)

    asyncio.run(go())


def test_a_fault_of_ours_is_a_failed_try_with_its_reason(press: Press) -> None:
    receiver = FakeReceiver()

    async def breaks(_: str) -> None:
        message = "no such key"
        raise KeyError(message)

    async def go() -> None:
        await queue(press)
        receiver.before["desk"] = breaks
        with capture_logs() as logs:
            assert await deliverer(press, receiver).drain() == 0
        (row,) = await press.rows("alert")

        assert (row["state"], row["attempts"]) == ("due", 1)
        assert row["reason"] == "fault in presswatch: KeyError: 'no such key'"
        assert "deliver.broken" in [log["event"] for log in logs]

    asyncio.run(go())


def test_a_database_that_is_out_of_order_for_a_while_stops_nothing(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = FakeReceiver()
    real = outbox.next_due
    faults = iter([True, True, False])

    def flaky(*args: Any, **names: Any) -> dict[str, int]:
        if next(faults, False):
            message = "disk I/O error"
            raise OSError(message)
        return real(*args, **names)

    async def go() -> None:
        monkeypatch.setattr(outbox, "next_due", flaky)
        (alert,) = await queue(press)
        with capture_logs() as logs:
            async with running(deliverer(press, receiver, tick=timedelta(milliseconds=5))):
                await until(lambda: receiver.accepted == [alert])
        assert [log["event"] for log in logs].count("deliver.failed") == 2

    asyncio.run(go())


# ------------------------------------------------------------------ side by side


def test_a_slow_receiver_holds_up_no_other(press: Press) -> None:
    receiver = FakeReceiver()
    let_go = asyncio.Event()

    async def stuck(_: str) -> None:
        await let_go.wait()

    async def go() -> None:
        receiver.before["slow"] = stuck
        async with running(deliverer(press, receiver, "slow", "desk")) as work:
            for _ in range(3):
                await queue(press, "slow", "desk")
                work.wake.set()
            await until(lambda: len(receiver.accepted) == 3)
            assert [name for name, _ in receiver.tries].count("slow") == 1
            let_go.set()
            await until(lambda: len(receiver.accepted) == 6)

    asyncio.run(go())


class Crowd:
    """Counts the requests that are under way at a receiver whenever another one begins."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self._now = 0

    async def __call__(self, _: str) -> None:
        self._now += 1
        self.seen.append(self._now)
        await asyncio.sleep(0)
        self._now -= 1


def test_a_channel_is_sent_one_at_a_time(press: Press) -> None:
    receiver, crowd = FakeReceiver(), Crowd()

    async def go() -> None:
        receiver.before["desk"] = crowd
        await queue(press, count=5)
        async with running(deliverer(press, receiver)) as work:
            while len(receiver.accepted) < 5:
                work.wake.set()
                await asyncio.sleep(0.001)
        assert crowd.seen == [1] * 5

    asyncio.run(go())


def test_one_at_a_time_and_in_order_whoever_sends(press: Press) -> None:
    """While a changed config replaces a deliverer, and with a command beside the service."""
    receiver, crowd = FakeReceiver(), Crowd()

    async def go() -> None:
        receiver.before["desk"] = crowd
        alerts = await queue(press, count=10)
        old, new = deliverer(press, receiver), deliverer(press, receiver)
        async with running(old) as one, running(new) as other:
            while len(receiver.accepted) < 10:
                one.wake.set()
                other.wake.set()
                await asyncio.sleep(0.001)
        assert crowd.seen == [1] * 10
        assert receiver.accepted == alerts

    asyncio.run(go())


def test_two_deliverers_share_the_work_and_send_nothing_twice(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        alerts = await queue(press, count=20)
        both = [deliverer(press, receiver) for _ in range(2)]
        assert sum(await asyncio.gather(*(one.drain() for one in both))) == 20
        assert sorted(receiver.accepted) == sorted(alerts)

    asyncio.run(go())
