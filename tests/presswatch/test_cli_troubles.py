"""Troubles of sources as an operator meets them: in the config, in `status`, in `why`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.store import beat
from crawler import ledger
from crawler.health import Finding, Kind, troubles
from crawler.source import Page, Source
from presswatch.config.load import load
from presswatch.errors import ConfigError
from tests.presswatch.desk import CONFIG

if TYPE_CHECKING:
    from sqlite_utils import Database

    from presswatch.config.records import Config
    from tests.presswatch.desk import Desk

SINCE = datetime(2026, 3, 1, 9, 20, tzinfo=UTC)
SILENCE = Finding(kind=Kind.SILENCE, since=SINCE, expected=12, seen=3.02)
NETWORK = Finding(kind=Kind.NETWORK, since=SINCE, seen=12, total=12)
URL = "https://cnipa.example/1"


def troubled(desk: Desk, source: str, finding: Finding, *, ended: bool = False) -> None:
    def job(db: Database) -> None:
        now = datetime.now(UTC)
        beat(db, pid=1, started=now, now=now, version="0.1.0")
        assert troubles.begin(db, source, finding, now=now, told=now)
        if ended:
            assert troubles.end(db, troubles.opened(db)[source][finding.kind], now=now)

    desk.write(job)


def test_status_names_the_trouble_since_when_and_what_was_expected(desk: Desk) -> None:
    troubled(desk, "cnipa", SILENCE)

    result = desk.run("status")

    assert result.exit_code == 1
    said = "source cnipa: no news for 3 days, usually 12 a day, since 2026-03-01 09:20 UTC"
    assert f"! {said}" in result.stdout
    data = json.loads(desk.run("status", "--json").stdout)
    assert data["attention"] == [said]
    assert data["network"] is None
    assert data["sources"][0]["troubles"] == [
        {
            "kind": "silence", "since": "2026-03-01T09:20:00+00:00", "expected": 12.0,
            "seen": 3.02, "total": 0, "text": "no news for 3 days, usually 12 a day",
            "told": True,
        }
    ]  # fmt: skip


def test_status_of_a_dead_network(desk: Desk) -> None:
    troubled(desk, "", NETWORK)

    data = json.loads(desk.run("status", "--json").stdout)

    (said,) = data["attention"]
    assert said.startswith("the network is down: 12 of 12 sites cannot be reached, since 2026-03")
    assert data["network"]["kind"] == "network"


def test_the_list_of_sources_names_the_trouble_as_well(desk: Desk) -> None:
    """Who looks through the sources must not take one for well that gives nothing."""
    before = json.loads(desk.run("sources", "list", "--format", "json").stdout)
    troubled(desk, "cnipa", SILENCE)

    cnipa, daily = json.loads(desk.run("sources", "list", "--format", "json").stdout)

    assert [row["troubles"] for row in before] == [[], []]
    (trouble,) = cnipa["troubles"]
    assert (trouble["kind"], trouble["since"]) == ("silence", "2026-03-01T09:20:00+00:00")
    assert (trouble["expected"], trouble["text"]) == (12.0, "no news for 3 days, usually 12 a day")
    assert daily["troubles"] == []
    said = "! cnipa: no news for 3 days, usually 12 a day, since 2026-03-01 09:20 UTC"
    assert said in desk.run("sources", "list").stdout


def test_what_is_over_is_no_trouble(desk: Desk) -> None:
    troubled(desk, "cnipa", SILENCE, ended=True)

    assert json.loads(desk.run("status", "--json").stdout)["attention"] == []


def test_why_names_the_trouble_of_the_source(desk: Desk) -> None:
    source = Source(name="cnipa", url="https://cnipa.example/list")
    page = Page(source="cnipa", url=URL, found=SINCE, poll="p1")
    desk.write(lambda db: ledger.note_links(db, source, [page], now=SINCE))
    troubled(desk, "cnipa", SILENCE)

    assert "source cnipa: no news for 3 days" in desk.run("why", URL).stdout


def test_the_same_trouble_is_open_once(desk: Desk) -> None:
    troubled(desk, "cnipa", SILENCE)

    assert not desk.write(lambda db: troubles.begin(db, "cnipa", SILENCE, now=SINCE, told=None))


def test_an_old_trouble_is_forgotten(desk: Desk) -> None:
    troubled(desk, "cnipa", SILENCE, ended=True)
    troubled(desk, "", NETWORK)
    later = datetime.now(UTC) + troubles.KEEP + timedelta(minutes=1)

    def job(db: Database) -> int:
        troubles.end(db, troubles.opened(db)[""][Kind.NETWORK], now=later)
        return len(troubles.of_source(db, "cnipa"))

    assert desk.write(job) == 0


# config


OPS = """
[[channel]]
name = "ops"
type = "webhook"
url = "http://127.0.0.1:9/ops"
secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
"""


def with_operator(desk: Desk, name: str, more: str = "") -> Config:
    text = CONFIG.replace("[service]", f'[service]\noperator = "{name}"') + more
    desk.config.write_text(text, "utf-8")
    return load(desk.config, {})


def test_the_operators_channel_must_be_one(desk: Desk) -> None:
    with pytest.raises(ConfigError) as caught:
        with_operator(desk, "bott")

    assert "service.operator: no channel is called 'bott'; did you mean `bot`?" in str(caught.value)


def test_the_operators_channel_needs_no_rule(desk: Desk) -> None:
    config = with_operator(desk, "ops", OPS)

    assert config.service.operator == "ops"
    assert not [warning for warning in config.warnings if "no rule uses" in warning]


def test_an_operators_channel_that_is_off_is_told_nothing(desk: Desk) -> None:
    config = with_operator(desk, "ops", OPS + "enabled = false\n")

    assert config.service.operator == ""
    assert "service.operator: its channel is off" in "".join(config.warnings)
