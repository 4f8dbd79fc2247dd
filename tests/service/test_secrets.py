"""A running service with secrets everywhere, and everything going wrong: none is ever read."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.support.news import article, feed
from tests.support.receiver import Receiver
from tests.support.service import ROOT, Running, rule, source, webhook, write_config
from tests.support.site import Site

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.service

KEY, TOKEN, PATH = "k3y-of-the-source", "t0ken-in-a-header", "p4th-of-the-hook"
SIGNING = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
SECRETS = (KEY, TOKEN, PATH, SIGNING.removeprefix("whsec_"))


def told(config: Path, *words: str) -> str:
    command = [sys.executable, "-m", "presswatch", *words, "--config", str(config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def reasons(archive: Path) -> str:
    """Every reason that is kept."""
    queries = (
        "SELECT last_reason FROM source_state",
        "SELECT reason FROM poll",
        "SELECT reason FROM page",
        "SELECT reason FROM alert",
        "SELECT answer FROM attempt",
        "SELECT note FROM trouble",
    )
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as db:
        return json.dumps([db.execute(query).fetchall() for query in queries])


def test_no_secret_in_any_line(tmp_path: Path) -> None:
    with Site() as site, Receiver() as gone:
        dead = gone.hook + f"/{PATH}"
        site.page("/n/1.html", article(1))
        site.page(f"/good.xml?key={KEY}", feed(site.url(""), [1, 2]))
        site.page(f"/bad.xml?key={KEY}", "<html>no feed</html>")
        header = f'headers = {{ Authorization = "Bearer {TOKEN}" }}\n'
        config = write_config(
            tmp_path,
            source("good", site.url("/good.xml?key=${KEY}"))
            + header
            + source("bad", site.url("/bad.xml?key=${KEY}"))
            + source("closed", "http://127.0.0.1:9/feed.xml?key=${KEY}")
            + webhook("hook", dead, SIGNING)
            + rule("cases", "case", "hook", on="article"),
        )
        gone.__exit__(None, None, None)
        with Running(config, KEY=KEY) as service:
            service.wait_for("alert.later")
            service.wait_for("poll.failed", source="bad")
            service.wait_for("poll.failed", source="closed")
            service.wait_for("page.dropped")
            service.wait_for("poll.done", source="good")
            (poll,) = {e["poll"] for e in service.logged("article.filed")}
            done = {e["poll"] for e in service.logged("poll.done", source="good")}
            assert service.stop() == 0
            said = json.dumps(service.events)
        shown = told(config, "status") + told(config, "why", site.url("/n/1.html"))

    for secret in SECRETS:
        assert secret not in said
        assert secret not in shown
        assert secret not in reasons(tmp_path / "a.db")
    assert "[secret]" in said
    assert poll in done
