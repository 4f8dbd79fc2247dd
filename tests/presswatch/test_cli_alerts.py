"""presswatch alerts: the ledger read, and what was given up sent again."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from alerts import outbox
from alerts.channel import Outcome, Result
from alerts.match import build, match_pending
from alerts.outbox import receivers
from alerts.outbox.circuit import Circuit
from alerts.retry import judge
from alerts.rule import Rule
from archive.query import parse
from archive.store import Archive
from tests.presswatch.desk import SECRET, START
from tests.support.receiver import Receiver

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tests.presswatch.desk import Desk

RULE = Rule(name="patents", query=parse("patent"), channels=("bot",))
DEAD = Result(outcome=Outcome.DEAD, reason="HTTP 400", status=400, answer="no \x1b[2J")


@pytest.fixture
def ledger(desk: Desk) -> Desk:
    """Two alerts: the first is dead, the second waits."""
    desk.file("https://cnipa.example/1", "A patent for wool.", title="Wool", now=START)
    desk.file("https://cnipa.example/2", "A patent for silk.", title="Silk", now=START)

    async def go() -> None:
        archive = Archive.open(desk.archive)
        try:
            await match_pending(archive, build([RULE]), START)
        finally:
            await asyncio.to_thread(archive.close)

    def give_up(db: Database) -> None:
        claim = outbox.claim(db, "bot", owner="me", now=START, lease=START - START)
        assert claim is not None
        verdict = judge(DEAD, claim.attempts, START, Random(1))
        outbox.settle(db, claim, DEAD, verdict, at=START, now=START)

    asyncio.run(go())
    desk.write(give_up)
    return desk


def ids(desk: Desk) -> list[str]:
    """The dead one and the one that waits."""
    rows = json.loads(desk.run("alerts", "list", "--format", "json").stdout)
    return [row["id"] for row in sorted(rows, key=lambda row: str(row["state"]))]


def test_the_ledger_is_listed(ledger: Desk) -> None:
    answer = ledger.run("alerts", "list")
    dead = json.loads(ledger.run("alerts", "list", "--state", "dead", "--format", "json").stdout)

    assert answer.exit_code == 0
    assert ["Silk" in answer.stdout, "Wool" in answer.stdout, "HTTP 400" in answer.stdout] == [
        True, True, True,
    ]  # fmt: skip
    assert [(row["title"], row["state"], row["tries"]) for row in dead] == [("Wool", "dead", 1)]


def test_what_is_held_is_listed(ledger: Desk) -> None:
    """Nothing is held as long as it could go; a closed channel holds all that waits."""
    from alerts.history import STATES
    from presswatch.cli.alerts import STATES as SAID

    assert SAID == STATES
    assert ledger.run("alerts", "list", "--state", "held").exit_code == 1

    ledger.write(lambda db: outbox.disable_channel(db, "bot", "HTTP 410", START))

    rows = json.loads(ledger.run("alerts", "list", "--state", "held", "--format", "json").stdout)
    assert [row["title"] for row in rows] == ["Silk"]


def test_the_list_says_why_what_waits_waits(ledger: Desk) -> None:
    """Else a receiver that is down looks like alerts that nobody sends."""
    asked = Circuit(held_until=datetime.now(UTC) + timedelta(minutes=5, seconds=5))
    down = Circuit(
        failures=3, since=START, last="a", reason="HTTP 500",
        probe_at=datetime.now(UTC) + timedelta(minutes=3, seconds=5),
    )  # fmt: skip
    for circuit, said in [
        (down, "bot takes nothing since 2026-03-01 16:30:00: HTTP 500; next try in 3m"),
        (asked, "bot asked to be left alone; next try in 5m"),
    ]:
        known = receivers.Receiver(circuit=circuit)
        ledger.write(lambda db: receivers.keep(db, "bot", known))  # noqa: B023
        assert said in ledger.run("alerts", "list").stderr
        assert ledger.run("alerts", "list", "--state", "dead").stderr == ""


def test_a_retry_by_hand_does_not_wait_for_the_circuit(ledger: Desk) -> None:
    """Whoever asks knows that the receiver is back."""
    probe = datetime.now(UTC) + timedelta(minutes=5)
    down = Circuit(failures=9, since=START, last="a", reason="HTTP 500", probe_at=probe)
    ledger.write(lambda db: receivers.keep(db, "bot", receivers.Receiver(circuit=down)))
    assert ledger.run("alerts", "retry", ids(ledger)[0]).exit_code == 0

    def free(db: Database) -> datetime | None:
        return receivers.find(db, "bot").free_at(None)

    at = ledger.write(free)
    assert at is not None
    assert at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (["--rule", "patents"], 2), (["--rule", "other"], 0), (["--channel", "bot"], 2),
        (["--channel", "mail"], 0), (["--state", "delivered"], 0), (["--limit", "1"], 1),
        (["--since", "2026-02-27"], 2), (["--since", "2026-03-03"], 0),
    ],
)  # fmt: skip
def test_the_list_is_narrowed(ledger: Desk, wanted: list[str], count: int) -> None:
    answer = ledger.run("alerts", "list", "--format", "json", *wanted)

    assert len(json.loads(answer.stdout)) == count
    assert answer.exit_code == (0 if count else 1)


def test_an_alert_is_shown_with_every_try(ledger: Desk) -> None:
    dead, _ = ids(ledger)

    answer = ledger.run("alerts", "show", dead)
    found = json.loads(ledger.run("alerts", "show", dead, "--format", "json").stdout)

    assert answer.exit_code == 0
    assert "dead: HTTP 400" in answer.stdout
    assert "dead 400, 0 ms: no ␛[2J" in answer.stdout
    assert found["payload"]["id"] == dead
    assert [one["outcome"] for one in found["attempts"]] == ["dead"]


def test_an_alert_that_does_not_exist(ledger: Desk) -> None:
    for words in (["show", "msg_none"], ["retry", "msg_none"]):
        answer = ledger.run("alerts", *words)

        assert answer.exit_code == 3
        assert "msg_none" in answer.stderr


def test_dead_letters_are_sent_again(ledger: Desk) -> None:
    dead, _ = ids(ledger)

    other = ledger.run("alerts", "retry", "--dead", "--channel", "mail")
    answer = ledger.run("alerts", "retry", "--dead")
    again = ledger.run("alerts", "retry", "--dead")

    assert (other.exit_code, answer.exit_code, again.exit_code) == (1, 0, 1)
    assert "1 alert queued again" in answer.stdout
    (row,) = (row for row in ledger.write(lambda db: list(db["alert"].rows)) if row["id"] == dead)
    assert (row["state"], row["attempts"], row["reason"]) == ("due", 0, None)


def test_one_alert_is_sent_again(ledger: Desk) -> None:
    dead, _ = ids(ledger)

    answer = ledger.run("alerts", "retry", dead)

    assert answer.exit_code == 0
    assert "--state" not in answer.stdout
    assert ledger.run("alerts", "list", "--state", "dead").exit_code == 1


@pytest.mark.parametrize("words", [[], ["msg_x", "--dead"], ["msg_x", "--channel", "bot"]])
def test_what_retry_cannot_mean(ledger: Desk, words: list[str]) -> None:
    assert ledger.run("alerts", "retry", *words).exit_code == 2


def test_the_ledger_is_verified(ledger: Desk) -> None:
    before = ledger.run("alerts", "verify")
    ledger.write(lambda db: db.execute("DELETE FROM alert WHERE state = 'due'").rowcount)
    after = ledger.run("alerts", "verify")

    assert (before.exit_code, before.stdout) == (0, "")
    assert "2 matches, 2 alerts, 1 tries: all in order." in before.stderr
    assert after.exit_code == 1
    assert after.stdout.splitlines() == [
        "match 2 of rule patents: not all of its alerts are there (1 queued, 0 there)"
    ]


def test_a_channel_is_tried(desk: Desk) -> None:
    text = desk.config.read_text("utf-8")
    with Receiver(SECRET) as receiver:
        desk.config.write_text(text.replace("http://127.0.0.1:9/hook", receiver.hook), "utf-8")
        answer = desk.run("alerts", "test", "bot")

    refused = desk.run("alerts", "test", "bot")

    assert answer.exit_code == 0
    assert "The channel 'bot' delivers" in answer.stdout
    assert refused.exit_code == 1
    assert "would not deliver" in refused.stderr


def test_a_channel_that_is_not_there(desk: Desk) -> None:
    answer = desk.run("alerts", "test", "bott")

    assert answer.exit_code == 2
    assert "has no channel 'bott'" in answer.stderr


def test_a_channel_that_is_no_more_is_told_of_until_it_is_dropped(ledger: Desk) -> None:
    """Its alerts would wait for ever, and nobody would know."""
    renamed = ledger.config.read_text("utf-8").replace('"bot"', '"robot"')
    assert ledger.run("channel", "drop", "bot").exit_code == 2
    ledger.config.write_text(renamed, "utf-8")
    status = ledger.run("status")
    assert "bot: 1 alert waiting, and the config has no channel of this name" in status.stdout
    dropped = ledger.run("channel", "drop", "bot")
    again = ledger.run("channel", "drop", "bot")

    assert (dropped.exit_code, again.exit_code) == (0, 1)
    assert "no channel of this name" not in ledger.run("status").stdout


def hold(desk: Desk) -> None:
    """What waits for the bot waits until the evening."""
    later = (START + timedelta(days=4000)).timestamp() * 1000
    desk.write(lambda db: db.execute("UPDATE alert SET due_at = ? WHERE state = 'due'", [later]))


def test_send_counts_asks_and_sends(ledger: Desk) -> None:
    """Who says no has sent nothing; the ids stay."""
    hold(ledger)
    wait = json.loads(ledger.run("alerts", "list", "--state", "held", "--format", "json").stdout)

    no = ledger.run("alerts", "send", "--state", "held", stdin="n\n")
    assert no.exit_code == 1 and "bot  1 alert" in no.stdout and "Send 1 alert now?" in no.stderr
    assert ledger.run("alerts", "list", "--state", "held").exit_code == 0

    yes = ledger.run("alerts", "send", "--state", "held", "--rule", "patents", "--yes")
    assert yes.exit_code == 0 and "1 queued to be sent now" in yes.stdout
    found = json.loads(ledger.run("alerts", "list", "--state", "due", "--format", "json").stdout)
    assert [row["id"] for row in found] == [row["id"] for row in wait]
    assert ledger.run("alerts", "list", "--state", "held").exit_code == 1


def test_send_of_nothing_is_said(ledger: Desk) -> None:
    hold(ledger)
    for more in (("--state", "muted"), ("--state", "held", "--rule", "other"),
                 ("--state", "held", "--channel", "desk")):  # fmt: skip
        ran = ledger.run("alerts", "send", *more, "--yes")
        assert ran.exit_code == 1 and "Nothing is held so." in ran.stderr
    assert ledger.run("alerts", "send", "--yes").exit_code == 2
