from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from alerts import deliver, outbox
from alerts.channel import MailChannel, Outcome, Result, WebhookChannel
from alerts.deliver import Deliverer, probe
from alerts.errors import ChannelUnusable
from alerts.retry import SCHEDULE
from tests.alerts.press import DELIVERED, FakeReceiver, Press, channels, rule, until
from tests.support.receiver import SECRET, Receiver
from tests.support.site import Answer
from tests.support.smtp import MailServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from alerts.channel import Channel
    from archive.store import Archive

REFUSED = Result(outcome=Outcome.LATER, reason="HTTP 500", status=500)
WAIT = Result(
    outcome=Outcome.LATER, reason="HTTP 429", status=429, retry_after=timedelta(minutes=10)
)
GONE = Result(outcome=Outcome.LATER, reason="HTTP 410", status=410, gone=True)


class Running:
    """A deliverer at work, with its events."""

    def __init__(self, deliverer: Deliverer) -> None:
        self.stop = asyncio.Event()
        self.wake = asyncio.Event()
        self.task = asyncio.create_task(deliverer.run(self.stop, self.wake))

    async def end(self) -> None:
        self.stop.set()
        await self.task


@contextlib.asynccontextmanager
async def running(deliverer: Deliverer) -> AsyncIterator[Running]:
    work = Running(deliverer)
    try:
        yield work
    finally:
        await work.end()


def deliverer(press: Press, receiver: FakeReceiver, *names: str, **more: Any) -> Deliverer:
    return Deliverer(
        press.archive,
        channels(*(names or ("desk",))),
        clock=press.clock,
        rng=Random(1),
        senders=receiver.sender,
        **more,
    )


async def queue(press: Press, *names: str, count: int = 1) -> list[str]:
    """Publish articles that alert these channels; the alerts' ids."""
    start = len(await press.rows("article"))
    for number in range(start, start + count):
        await press.publish(f"{number}", f"Patent reform number {number}.")
    alerts = await press.match(rule("patent", *(names or ("desk",))))
    return [alert["id"] for alert in alerts]


async def states(press: Press) -> list[str]:
    return [alert["state"] for alert in await press.rows("alert")]


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


def test_a_channel_is_sent_one_at_a_time(press: Press) -> None:
    receiver = FakeReceiver()
    at_once: list[int] = []
    now = 0

    async def count(_: str) -> None:
        nonlocal now
        now += 1
        at_once.append(now)
        await asyncio.sleep(0)
        now -= 1

    async def go() -> None:
        receiver.before["desk"] = count
        await queue(press, count=5)
        async with running(deliverer(press, receiver)) as work:
            while len(receiver.accepted) < 5:
                work.wake.set()
                await asyncio.sleep(0.001)
        assert at_once == [1] * 5

    asyncio.run(go())


def test_two_deliverers_share_the_work_and_send_nothing_twice(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        alerts = await queue(press, count=20)
        both = [deliverer(press, receiver) for _ in range(2)]
        assert sum(await asyncio.gather(*(one.drain() for one in both))) == 20
        assert sorted(receiver.accepted) == sorted(alerts)

    asyncio.run(go())


# ------------------------------------------------------------------ the end


def test_stop_waits_for_the_try_in_flight_and_starts_no_other(press: Press) -> None:
    receiver = FakeReceiver()
    let_go = asyncio.Event()

    async def slow(_: str) -> None:
        await let_go.wait()

    async def go() -> None:
        receiver.before["desk"] = slow
        first, _ = await queue(press, count=2)
        work = Running(deliverer(press, receiver))
        await until(lambda: len(receiver.tries) == 1)
        work.stop.set()
        await asyncio.sleep(0.01)
        assert not work.task.done()
        let_go.set()
        await work.task

        assert receiver.accepted == [first]
        assert await states(press) == ["delivered", "due"]
        assert {row["claimed_by"] for row in await press.rows("alert")} == {None}
        assert receiver.closed == 1

    asyncio.run(go())


def test_a_try_that_outlasts_the_grace_is_due_again_at_once_and_costs_nothing(
    press: Press,
) -> None:
    receiver = FakeReceiver()

    async def never(_: str) -> None:
        await asyncio.Event().wait()

    async def go() -> None:
        receiver.before["desk"] = never
        (alert,) = await queue(press)
        work = Running(deliverer(press, receiver, grace=timedelta(milliseconds=20)))
        await until(lambda: len(receiver.tries) == 1)
        await work.end()
        (row,) = await press.rows("alert")
        (attempt,) = await press.rows("attempt")

        assert (row["state"], row["attempts"], row["claimed_by"]) == ("due", 0, None)
        assert attempt["answer"] == "presswatch was stopped during the try"
        receiver.before.clear()
        assert await deliverer(press, receiver).drain() == 1
        assert [name for _, name in receiver.tries] == [alert, alert]

    asyncio.run(go())


def test_a_cancelled_run_gives_its_claims_back(press: Press) -> None:
    receiver = FakeReceiver()

    async def never(_: str) -> None:
        await asyncio.Event().wait()

    async def go() -> None:
        receiver.before["desk"] = never
        await queue(press)
        work = Running(deliverer(press, receiver, grace=timedelta(milliseconds=20)))
        await until(lambda: len(receiver.tries) == 1)
        work.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work.task

        assert [row["claimed_by"] for row in await press.rows("alert")] == [None]

    asyncio.run(go())


def test_whoever_cancels_the_grace_cuts_it_short_and_nothing_else(press: Press) -> None:
    receiver = FakeReceiver()

    async def never(_: str) -> None:
        await asyncio.Event().wait()

    async def go() -> None:
        receiver.before["desk"] = never
        await queue(press)
        work = Running(deliverer(press, receiver, grace=timedelta(hours=1)))
        await until(lambda: len(receiver.tries) == 1)
        work.stop.set()
        await asyncio.sleep(0.01)
        work.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work.task

        assert [row["claimed_by"] for row in await press.rows("alert")] == [None]
        assert len(await press.rows("attempt")) == 1
        assert receiver.closed == 1
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(go())


def test_a_claim_that_nobody_waited_for_is_given_back(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Committed in the very moment when its worker was cancelled."""
    receiver = FakeReceiver()
    claims: list[outbox.Claim] = []
    real = press.archive.write

    async def write(job: Any) -> Any:
        value = await real(job)
        if isinstance(value, outbox.Claim):
            claims.append(value)
            await asyncio.Event().wait()
        return value

    async def go() -> None:
        await queue(press)
        monkeypatch.setattr(press.archive, "write", write)
        work = Running(deliverer(press, receiver, grace=timedelta(milliseconds=20)))
        await until(lambda: len(claims) == 1)
        assert [row["claimed_by"] for row in await press.rows("alert")] == [claims[0].owner]
        await work.end()

        assert [row["claimed_by"] for row in await press.rows("alert")] == [None]
        assert receiver.tries == []

    asyncio.run(go())


def test_a_deliverer_may_run_again(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        sending = deliverer(press, receiver)
        for expected in (1, 2):
            await queue(press)
            async with running(sending):
                await until(lambda: len(receiver.accepted) == expected)  # noqa: B023

    asyncio.run(go())


def test_without_channels_it_only_waits(press: Press) -> None:
    async def go() -> None:
        async with running(Deliverer(press.archive, [])):
            await asyncio.sleep(0)

    asyncio.run(go())


def test_claims_of_a_dead_process_are_taken_over_without_waiting(press: Press) -> None:
    receiver = FakeReceiver()
    dead = f"{deliver._HOST}:{os.getpid()}:another life:1"

    async def go() -> None:
        (alert,) = await queue(press)
        await claim_as(press.archive, press, dead)
        assert await deliverer(press, receiver).drain() == 0
        async with running(deliverer(press, receiver)):
            await until(lambda: receiver.accepted == [alert])

    asyncio.run(go())


async def claim_as(archive: Archive, press: Press, owner: str) -> None:
    claimed = await archive.write(
        lambda db: outbox.claim(
            db, "desk", owner=owner, now=press.clock(), lease=timedelta(minutes=1)
        )
    )
    assert claimed is not None


def test_who_is_dead() -> None:
    mine = f"{deliver._HOST}:{os.getpid()}:{deliver._PROCESS}:1"
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()

    assert not deliver._is_dead(mine)
    assert not deliver._is_dead("another machine:1:x:1")
    assert not deliver._is_dead(f"{deliver._HOST}:1:init:1")
    assert not deliver._is_dead(f"{deliver._HOST}:{os.getppid()}:parent:1")
    assert deliver._is_dead(f"{deliver._HOST}:{os.getpid()}:an earlier life:1")
    assert deliver._is_dead(f"{deliver._HOST}:{child.pid}:gone:1")


# ------------------------------------------------------------------ logs, cost, the real thing


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


def count_jobs(press: Press, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every read and write of the archive from here on, by name."""
    jobs: list[str] = []

    def counted(what: str, real: Any) -> Any:
        def call(job: Any) -> Any:
            jobs.append(what)
            return real(job)

        return call

    for what in ("read", "write"):
        monkeypatch.setattr(press.archive, what, counted(what, getattr(press.archive, what)))
    return jobs


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


def test_a_commit_is_accepted_by_a_real_receiver_within_a_moment(press: Press) -> None:
    async def go(receiver: Receiver) -> list[timedelta]:
        channel = WebhookChannel(name="desk", url=receiver.hook, secrets=(SECRET,))
        sending = Deliverer(press.archive, [channel])
        took = []
        async with running(sending) as work:
            for number in range(1, 11):
                await queue(press)
                began = datetime.now(UTC)
                work.wake.set()
                await until(lambda: len(receiver.received) == number)  # noqa: B023
                took.append(datetime.now(UTC) - began)
        assert all(delivery.valid for delivery in receiver.received)
        assert len({delivery.id for delivery in receiver.received}) == 10
        return took

    with Receiver() as receiver:
        took = asyncio.run(go(receiver))

    assert sorted(took)[5] < timedelta(milliseconds=100)


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
