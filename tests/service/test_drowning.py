"""Quiet hours, digests and mutes in the running service: a process, a site, a receiver."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.news import article, feed
from tests.support.receiver import SECRET, Receiver
from tests.support.service import ROOT, Running, rows, rule, source, until, webhook, write_config
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.service


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        for number in range(3):
            site.page(f"/n/{number}.html", article(number))
        site.page("/feed.xml", feed(site.url(""), range(3)), content_type="application/rss+xml")
        yield site


def config_for(folder: Path, site: Site, receiver: Receiver, channel: str, more: str = "") -> Path:
    return write_config(
        folder,
        source("news", site.url("/feed.xml"))
        + webhook("hook", receiver.hook, SECRET)
        + channel
        + rule("cases", "case", "hook", on="article")
        + more,
    )


def presswatch(config: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "presswatch", *arguments, "--config", str(config)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_at_night_only_what_is_urgent_arrives(
    tmp_path: Path, site: Site, receiver: Receiver
) -> None:
    """Polling and matching go on; the rest is due when the window ends."""
    now = datetime.now(UTC)
    begins, ends = now - timedelta(hours=1), now + timedelta(hours=2)
    quiet = f'quiet = "{begins:%H:%M}-{ends:%H:%M}"\n'
    urgent = rule("urgent", "case", "hook", on="article") + "urgent = true\n"
    config = config_for(tmp_path, site, receiver, quiet, urgent)
    with Running(config) as service:
        service.wait_for("alert.delivered", count=3)
        assert service.stop() == 0

    assert {delivery.payload["rule"]["name"] for delivery in receiver.accepted()} == {"urgent"}
    due = rows(tmp_path / "a.db", "SELECT DISTINCT state, due_at FROM alert WHERE rule = 'cases'")
    end = ends.replace(second=0, microsecond=0)
    assert due == [("due", end.timestamp() * 1000)]


def test_a_missed_digest_comes_at_the_next_start_and_once(
    tmp_path: Path, site: Site, receiver: Receiver
) -> None:
    """The service dies by SIGKILL before its hour and is off over it."""
    hour = (datetime.now(UTC) + timedelta(hours=3)).hour
    config = config_for(tmp_path, site, receiver, f'digest = "0 {hour} * * *"\n')
    collected = "SELECT count(*) FROM alert WHERE state = 'collected'"
    with Running(config) as service:
        service.wait_for("article.filed", count=3)
        until(lambda: rows(tmp_path / "a.db", collected) == [(3,)])
        service.kill()
    assert receiver.received == []
    with sqlite3.connect(tmp_path / "a.db") as db:  # the hour has come and gone
        db.execute("UPDATE alert SET due_at = due_at - 86400000 WHERE kind = 'digest'")
    db.close()
    for _ in range(2):
        with Running(config) as service:
            service.wait_for("service.started")
            until(lambda: bool(receiver.accepted()))
            assert service.stop() == 0

    (digest,) = receiver.accepted()
    assert digest.valid
    assert digest.payload["alerts"] == 3
    assert digest.payload["sources"]["text"] == "1 of 1 source healthy"
    assert presswatch(config, "alerts", "verify").returncode == 0


def test_what_is_muted_beside_the_service_is_not_sent_by_it(
    tmp_path: Path, site: Site, receiver: Receiver
) -> None:
    """The command writes, the service obeys; the ledger has it all."""
    config = config_for(tmp_path, site, receiver, "", rule("others", "case", "hook", on="article"))
    with Running(config) as service:
        service.wait_for("alert.delivered", count=6)
        assert presswatch(config, "mute", "rule:cases", "1h").returncode == 0
        site.page("/n/3.html", article(3))
        site.page("/feed.xml", feed(site.url(""), range(4)), content_type="application/rss+xml")
        service.wait_for("alert.delivered", count=7)
        assert service.stop() == 0

    states = rows(tmp_path / "a.db", "SELECT state, count(*) FROM alert GROUP BY state ORDER BY 1")
    assert states == [("delivered", 7), ("muted", 1)]
    assert len(receiver.accepted()) == 7
    assert "rule:cases" in presswatch(config, "status").stdout
