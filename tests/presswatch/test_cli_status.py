"""presswatch status and channel: what is well, what is not, and what to do about it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from alerts import outbox
from alerts.outbox import receivers
from alerts.outbox.circuit import Circuit
from archive.article import to_ms
from archive.store import beat
from crawler import ledger
from crawler.health import Finding, Kind
from crawler.source import PollReport, Source
from presswatch.clock import Clock
from presswatch.config.load import load
from presswatch.config.reload import Changes, Difference
from presswatch.upkeep import telling
from presswatch.upkeep.confignote import note_read

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tests.presswatch.desk import Desk

NOW = datetime.now(UTC)


def alive(desk: Desk, ago: timedelta = timedelta(0)) -> None:
    at = datetime.now(UTC) - ago
    desk.write(lambda db: beat(db, pid=os.getpid(), started=at, now=at, version="0.1.0"))


def polled(desk: Desk, *outcomes: str, name: str = "cnipa") -> None:
    source = Source(name=name, url=f"https://{name}.example/list")

    now = datetime.now(UTC)  # not that of the import: a run of all tests takes minutes

    def job(db: Database) -> None:
        for number, outcome in enumerate(outcomes):
            at = now - timedelta(minutes=30 - number, seconds=5)
            lease = ledger.lease(db, source, owner="test", now=at, until=at)
            reason = "No connection" if outcome == "failed" else ""
            report = PollReport(id=f"{name}{number}", source=name, started=at, reason=reason,
                                took=timedelta(seconds=1), outcome=outcome)  # fmt: skip
            ledger.settle(db, report, lease, next_poll=now + timedelta(hours=1))

    desk.write(job)


def waiting(desk: Desk, since: datetime) -> None:
    """An alert in the outbox of the channel `bot`."""

    def job(db: Database) -> None:
        outbox.queue(db, "msg_1", match=1, rule="patents", channel="bot", payload="{}", now=since)

    desk.write(job)


def dead(desk: Desk, at: datetime) -> None:
    waiting(desk, at)
    desk.write(
        lambda db: (
            db.execute(
                "UPDATE alert SET state = 'dead', reason = 'refused', settled_at = ?",
                [int(at.timestamp() * 1000)],
            )
            and None
        )
    )


def troubles(desk: Desk) -> list[str]:
    result = desk.run("status", "--json")
    found: list[str] = json.loads(result.stdout)["attention"]
    assert result.exit_code == (1 if found else 0)
    return found


def test_all_is_well(desk: Desk) -> None:
    alive(desk)
    polled(desk, "failed", "ok")

    result = desk.run("status")

    assert result.exit_code == 0
    assert f"running since {datetime.now(UTC).year}" in result.stdout
    assert "All is well." in result.stdout
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("cnipa")]
    assert line.split()[1:5] == ["29m", "ago", "ok", "in"]
    assert [line.split() for line in result.stdout.splitlines() if line.startswith("daily")] == [
        ["daily", "off"]
    ]


def test_status_for_programs(desk: Desk) -> None:
    alive(desk)
    polled(desk, "unchanged")

    row = json.loads(desk.run("status", "--json").stdout)

    assert row["attention"] == []
    assert row["service"]["running"] is True
    assert row["service"]["pid"] == os.getpid()
    assert [source["name"] for source in row["sources"]] == ["cnipa", "daily"]
    assert row["sources"][0]["last_outcome"] == "unchanged"
    assert row["sources"][0]["unchanged"] == row["sources"][0]["polls"] == 1
    assert datetime.fromisoformat(row["sources"][0]["next_poll"]) > datetime.now(UTC)
    assert row["alerts"] == {"due": 0, "delivered": 0, "dead": 0}
    assert row["channels"][0]["name"] == "bot"


@pytest.mark.parametrize(("ago", "code"), [(timedelta(seconds=5), 0), (timedelta(seconds=61), 1)])
def test_live_asks_for_the_heartbeat_only(desk: Desk, ago: timedelta, code: int) -> None:
    """A container with a failing source is not sick."""
    alive(desk, ago)
    polled(desk, "failed", "failed", "failed")

    assert desk.run("status", "--live").exit_code == code


def test_before_the_first_start(desk: Desk) -> None:
    result = desk.run("status")

    assert result.exit_code == 1
    assert "has never run" in result.stdout
    assert f"{desk.archive}; not there yet" in result.stdout
    assert desk.run("status", "--live").exit_code == 1
    assert troubles(desk) == ["the service is not running; `presswatch run` starts it"]


def test_what_is_to_come_is_not_said_to_be_past() -> None:
    """`next poll  38s ago` read as if it had been polled."""
    clock = Clock("UTC", NOW)

    assert clock.due(NOW - timedelta(seconds=38)) == "due"
    assert clock.due(NOW + timedelta(hours=2)) == "in 2h"
    assert clock.due(None) == "–"


def test_a_service_that_died(desk: Desk) -> None:
    alive(desk, timedelta(hours=1))

    assert "not running; last seen" in desk.run("status").stdout
    assert troubles(desk) == ["the service is not running; `presswatch run` starts it"]


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (["ok", "failed"], []),
        (["failed"], ["source cnipa: its first poll failed: No connection"]),
        (["ok", *["failed"] * 3], ["source cnipa: failed 3 times in a row: No connection"]),
    ],
)
def test_a_failing_source(desk: Desk, outcomes: list[str], said: list[str]) -> None:
    """A hiccup is shown; one that lasts, and one that never worked, need somebody."""
    alive(desk)
    polled(desk, *outcomes)

    assert troubles(desk) == said
    assert "No connection" in desk.run("status").stdout


def test_a_disabled_channel_says_how_to_enable_it(desk: Desk) -> None:
    alive(desk)
    desk.write(lambda db: outbox.disable_channel(db, "bot", "HTTP 410", NOW))

    (said,) = troubles(desk)
    assert said.startswith("channel bot: disabled (HTTP 410); when its receiver is back: ")
    assert said.endswith("`presswatch channel enable bot`")


def test_a_channel_that_is_behind(desk: Desk) -> None:
    alive(desk)
    waiting(desk, NOW - timedelta(hours=2))

    assert troubles(desk) == ["channel bot: behind, 1 waiting"]


def failing(desk: Desk, since: datetime) -> None:
    """The receiver of `bot` is out of order."""
    circuit = Circuit(
        failures=5, since=since, last="msg_1", reason="HTTP 500",
        probe_at=datetime.now(UTC) + timedelta(minutes=3, seconds=5),
    )  # fmt: skip
    desk.write(lambda db: receivers.keep(db, "bot", receivers.Receiver(circuit=circuit)))


def test_a_receiver_that_is_out_of_order_is_seen_at_once_and_asks_for_somebody_later(
    desk: Desk,
) -> None:
    """Most are back by themselves before anybody could do something."""
    alive(desk)
    failing(desk, NOW - timedelta(minutes=50))
    assert troubles(desk) == []
    assert "failing, next try in 3m: HTTP 500" in desk.run("status").stdout

    since = NOW - timedelta(minutes=70)
    failing(desk, since)
    assert troubles(desk) == [], "nothing waits for it"
    waiting(desk, NOW)
    (said,) = troubles(desk)
    assert said.startswith("channel bot: its receiver takes nothing (HTTP 500), 1 waiting, since ")
    assert said.endswith(f"{since:%Y-%m-%d %H:%M} UTC")


def test_a_dead_letter_needs_somebody_for_a_week(desk: Desk) -> None:
    alive(desk)
    dead(desk, NOW - timedelta(days=1))

    assert troubles(desk) == ["alert msg_1: given up for bot: refused"]


def test_a_burst_of_dead_letters_is_one_sentence(desk: Desk) -> None:
    """A hundred lines hide everything else; and however many they are, it counts them all."""
    alive(desk)

    def job(db: Database) -> None:
        for number in range(130):
            outbox.queue(
                db, f"msg_{number}", match=number, rule="patents", channel="bot", payload="{}",
                now=NOW,
            )  # fmt: skip
        at = int(NOW.timestamp() * 1000)
        db.execute("UPDATE alert SET state = 'dead', reason = 'no', settled_at = ?", [at])

    desk.write(job)

    (said,) = troubles(desk)
    assert said.startswith(
        "channel bot: 130 alerts were given up; `presswatch alerts list --state dead"
    )


def test_an_old_dead_letter_is_counted_only(desk: Desk) -> None:
    alive(desk)
    dead(desk, NOW - timedelta(days=8))

    assert troubles(desk) == []
    assert "1 dead" in desk.run("status").stdout


def test_of_many_sources_the_troubled_are_listed(desk: Desk) -> None:
    more = "".join(f'[[source]]\nname = "s{n}"\nurl = "https://s{n}.example/"\n' for n in range(60))
    desk.config.write_text(desk.config.read_text("utf-8") + more, "utf-8")
    alive(desk)
    polled(desk, "ok", "failed", name="s7")

    short, whole = desk.run("status"), desk.run("status", "--all")

    assert "\ns7 " in short.stdout
    assert "\ns8 " not in short.stdout
    assert "61 more sources without trouble" in short.stdout
    assert "\ns8 " in whole.stdout


# channel enable


def test_a_channel_is_enabled_again(desk: Desk) -> None:
    desk.write(lambda db: outbox.disable_channel(db, "bot", "HTTP 410", NOW))

    first, second = desk.run("channel", "enable", "bot"), desk.run("channel", "enable", "bot")

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert "is enabled" in first.stdout
    assert "was not disabled" in second.stderr


def test_what_failed_in_a_channel_is_tried_again_by_whoever_has_mended_it(desk: Desk) -> None:
    """It was never disabled, and its alerts wait for the next try of a schedule of days."""
    later = NOW + timedelta(days=400)

    def fail(db: Database) -> None:
        outbox.queue_notice(db, "msg_1", channel="bot", payload="{}", now=NOW, due=later)
        db.execute("UPDATE alert SET attempts = 7")

    desk.write(fail)
    said = desk.run("channel", "enable", "bot")
    (due,) = desk.write(lambda db: db.execute("SELECT due_at FROM alert").fetchone())

    assert (said.exit_code, "is tried again now" in said.stdout) == (0, True)
    assert due < to_ms(later)


def test_a_channel_that_the_config_lacks(desk: Desk) -> None:
    desk.write(lambda _: None)

    result = desk.run("channel", "enable", "bott")

    assert result.exit_code == 2
    assert "has no channel 'bott'; did you mean `bot`?" in result.stderr


def test_enabling_makes_no_archive(desk: Desk) -> None:
    assert desk.run("channel", "enable", "bot").exit_code == 3
    assert not desk.archive.exists()


def test_config_archive_and_disk_are_told_to_people_and_to_monitors(desk: Desk) -> None:
    """Which config counts, what waits for a restart, how much room there is."""
    changes = Changes(
        rules=Difference(changed=("patents",)), settings=("fetch.delay",), restart=("archive.path",)
    )
    alive(desk)
    config = load(desk.config, {})
    desk.write(lambda db: note_read(db, config, changes, NOW))

    text = desk.run("status")
    row = json.loads(desk.run("status", "--json").stdout)

    assert text.exit_code == 1
    assert "changed (rules: 1 changed (patents); settings: fetch.delay)" in text.stdout
    assert "! changed in the config, and needs a restart: archive.path" in text.stdout
    assert "free on its disk" in text.stdout
    assert row["config"]["needs_restart"] == "archive.path"
    assert row["config"]["changed"]["rules"] == "1 changed (patents)"
    assert row["archive"]["used"] > 4096
    assert row["archive"]["disk_free"] > 0


@pytest.mark.parametrize("kind", [Kind.CONFIG, Kind.DISK])
def test_a_trouble_of_presswatch_itself_needs_attention(desk: Desk, kind: Kind) -> None:
    """A monitor that only asks for the exit code hears of a full disk and of a refused config."""
    alive(desk)
    finding = Finding(kind=kind, since=NOW, note="because of this")
    desk.write(lambda db: telling.begin(db, finding, operator="", zone=UTC, now=NOW))

    (said,) = troubles(desk)
    assert "because of this" in said
    (row,) = json.loads(desk.run("status", "--json").stdout)["troubles"]
    assert row["kind"] == kind.value
