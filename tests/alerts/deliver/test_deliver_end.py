"""Stopping, dying and taking over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alerts import outbox
from alerts.deliver import Deliverer, owner
from alerts.outbox import ledger
from tests.alerts.press import FakeReceiver, Press, until
from tests.alerts.work import (
    Running,
    deliverer,
    never,
    queue,
    running,
    states,
)

if TYPE_CHECKING:
    from archive.store import Archive


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


def test_a_drain_that_is_cut_short_gives_its_claims_back(press: Press) -> None:
    receiver = FakeReceiver()

    async def go() -> None:
        receiver.before["slow"] = never
        await queue(press, "slow", "desk")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await deliverer(press, receiver, "slow", "desk").drain()

        assert await states(press) == ["due", "delivered"]
        assert {row["claimed_by"] for row in await press.rows("alert")} == {None}
        assert receiver.closed == 2

    asyncio.run(go())


def test_a_fault_in_one_channel_is_raised_when_the_others_are_done(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = FakeReceiver()
    real = ledger.claim

    def faulty(db: Any, channel: str, **more: Any) -> Any:
        if channel == "bad":
            message = "disk I/O error"
            raise OSError(message)
        return real(db, channel, **more)

    async def go() -> None:
        monkeypatch.setattr(ledger, "claim", faulty)
        await queue(press, "bad", "desk", count=3)
        with pytest.raises(OSError, match="disk I/O error"):
            await deliverer(press, receiver, "bad", "desk").drain()

        assert len(receiver.accepted) == 3

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
    dead = f"{owner._HOST}:{os.getpid()}:another life:1"

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
    mine = f"{owner._HOST}:{os.getpid()}:{owner._PROCESS}:1"
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()

    assert not owner.is_dead(mine)
    assert not owner.is_dead("another machine:1:x:1")
    assert not owner.is_dead(f"{owner._HOST}:1:init:1")
    assert not owner.is_dead(f"{owner._HOST}:{os.getppid()}:parent:1")
    assert owner.is_dead(f"{owner._HOST}:{os.getpid()}:an earlier life:1")
    assert owner.is_dead(f"{owner._HOST}:{child.pid}:gone:1")
