"""The operator of a running service hears of sources and channels in trouble, signed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from alerts import outbox
from alerts.channel import Outcome, Result
from alerts.retry import judge
from archive.store import Archive
from crawler import ledger
from crawler.source import PollReport, Source
from tests.support.receiver import SECRET, Receiver
from tests.support.service import Running, source, webhook, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

pytestmark = pytest.mark.service

URL = "http://127.0.0.1:9/feed.xml"


def failed_before(path: Path) -> None:
    """Three polls that failed a while ago; the next is hours away."""
    feed = Source(name="daily", url=URL, kind="feed")
    now = datetime.now(UTC)

    def job(db: Database) -> None:
        for minutes in (30, 20, 10):
            at = now - timedelta(minutes=minutes)
            lease = ledger.lease(db, feed, owner="test", now=at, until=at)
            report = PollReport(
                id=f"p{minutes}", source="daily", started=at, took=timedelta(seconds=1),
                outcome="failed", reason="HTTP 500", error="BadStatus",
            )  # fmt: skip
            ledger.settle(db, report, lease, next_poll=now + timedelta(hours=5))

    archive = Archive.open(path)
    try:
        asyncio.run(archive.write(job))
    finally:
        archive.close()


def given_up(path: Path) -> None:
    """Two alerts of the channel `desk` are dead letters."""
    now = datetime.now(UTC)
    dead = Result(outcome=Outcome.DEAD, reason="550 no such user", status=550)

    def job(db: Database) -> None:
        for number in (1, 2):
            outbox.queue(
                db, f"msg_{number}", match=number, rule="r", channel="desk",
                payload=f'{{"type":"presswatch.alert.v1","id":"msg_{number}"}}', now=now,
            )  # fmt: skip
            claim = outbox.claim(db, "desk", owner="test", now=now, lease=timedelta(minutes=1))
            assert claim is not None
            verdict = judge(dead, claim.attempts, now, Random(1))
            outbox.settle(db, claim, dead, verdict, at=now, now=now)

    archive = Archive.open(path)
    try:
        asyncio.run(archive.write(job))
    finally:
        archive.close()


def test_the_operator_hears_of_alerts_that_were_given_up(tmp_path: Path) -> None:
    """Once for both, and not again after a restart."""
    given_up(tmp_path / "a.db")
    with Receiver() as receiver, Receiver() as desk:
        text = '[service]\noperator = "ops"\n' + webhook("ops", receiver.hook, SECRET)
        config = write_config(tmp_path, text + webhook("desk", desk.hook, SECRET))
        for _ in range(2):
            with Running(config) as service:
                service.wait_for("service.started")
                if not receiver.accepted():
                    service.wait_for("alert.delivered")
                assert service.stop() == 0

        (delivery,) = receiver.accepted()

    assert delivery.valid
    assert (delivery.payload["kind"], delivery.payload["total"]) == ("undelivered", 2)
    assert desk.received == []


def test_the_operator_is_told_once(tmp_path: Path) -> None:
    failed_before(tmp_path / "a.db")
    with Receiver() as receiver:
        text = '[service]\noperator = "ops"\n' + source("daily", URL)
        config = write_config(tmp_path, text + webhook("ops", receiver.hook, SECRET))
        for _ in range(2):
            with Running(config) as service:
                service.wait_for("service.started")
                if not receiver.accepted():
                    service.wait_for("alert.delivered")
                assert service.stop() == 0

        (delivery,) = receiver.accepted()

    assert delivery.valid
    assert delivery.payload["type"] == "presswatch.notice.v1"
    assert delivery.payload["text"] == "failed 3 times in a row: HTTP 500"
    assert delivery.id == delivery.payload["id"]
