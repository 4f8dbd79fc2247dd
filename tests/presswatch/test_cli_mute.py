"""presswatch mute, unmute, and where what is muted or collected is seen."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from alerts.match import build, match_pending
from alerts.rule import Rule
from archive.query import parse
from archive.store import Archive
from tests.alerts.planned import plan as plan_of
from tests.alerts.planned import planned
from tests.alerts.press import FakeReceiver
from tests.presswatch.desk import START

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.presswatch.desk import Desk

RULE = Rule(name="patents", query=parse("patent"), channels=("bot",))
NOW = datetime.now(UTC)


def within(desk: Desk, job: Callable[[Archive], Coroutine[Any, Any, Any]]) -> Any:
    async def go() -> Any:
        archive = Archive.open(desk.archive)
        try:
            return await job(archive)
        finally:
            await asyncio.to_thread(archive.close)

    return asyncio.run(go())


def alert(desk: Desk, number: int = 1, *, now: datetime = NOW) -> None:
    """An article of cnipa that the rule finds, matched."""
    desk.file(f"https://cnipa.example/{number}", f"Patent number {number}.", title=f"No {number}",
              now=START)  # fmt: skip
    within(desk, lambda archive: match_pending(archive, build([RULE]), now))


def listed(desk: Desk, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        desk.run("alerts", "list", "--format", "json", *more).stdout or "[]"
    )
    return found


def test_a_rule_is_muted_and_told_again(desk: Desk) -> None:
    """Said when it begins, listed, in `status`, in the ledger; and over when it is over."""
    alert(desk)
    begun = desk.run("mute", "rule:patents", "3d")
    alert(desk, 2)
    ledger = desk.run("alerts", "list", "--state", "muted").stdout
    status = desk.run("status")
    ended = desk.run("unmute", "rule:patents")
    again = desk.run("unmute", "rule:patents")

    assert begun.exit_code == 0
    assert begun.stdout.startswith("rule:patents is muted until 20")
    assert begun.stdout.endswith("(in 3d); 1 alert that waited with it.\n")
    assert "No 2" in ledger
    assert "rule:patents is muted until" in ledger
    assert "2 muted" in status.stdout
    assert "\nmuted     rule:patents until " in status.stdout
    assert (ended.exit_code, again.exit_code) == (0, 1)
    assert "was not muted" in again.stderr
    assert desk.run("mute").stdout == "Nothing is muted.\n"


def test_what_is_muted_is_listed_for_people_and_for_programs(desk: Desk) -> None:
    alert(desk)
    desk.run("mute", "source:daily")
    desk.run("mute", "story:1", "1w")

    assert desk.run("mute").stdout.splitlines()[0] == "source:daily until it is unmuted"
    rows = json.loads(desk.run("mute", "--json").stdout)
    assert [(row["what"], row["until"] is None) for row in rows] == [
        ("source:daily", True), ("story:1", False),
    ]  # fmt: skip
    assert json.loads(desk.run("status", "--json").stdout)["muted"] == rows


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["patents"], 2, "rule:NAME"),
        (["rule:patent"], 2, "did you mean `patents`?"),
        (["source:nobody", "3d"], 2, "no source 'nobody'"),
        (["story:99"], 3, "99"),
        (["rule:patents", "soon"], 2, "not a duration"),
        (["rule:patents", "0s"], 2, "longer than nothing"),
    ],
)
def test_what_cannot_be_muted_is_said(
    desk: Desk, arguments: list[str], code: int, said: str
) -> None:
    """A mistyped name would mute nothing, and nobody would notice."""
    alert(desk)
    answer = desk.run("mute", *arguments)

    assert answer.exit_code == code
    assert said in answer.stderr
    assert desk.run("mute").stdout == "Nothing is muted.\n"


def test_why_says_that_it_was_muted(desk: Desk) -> None:
    desk.file("https://cnipa.example/0", "Nothing.", now=START)
    desk.run("mute", "rule:patents", "3d")
    alert(desk)

    said = desk.run("why", "https://cnipa.example/1").stdout
    assert "not told    muted" in said
    assert "muted       alert msg_" in said
    assert "rule:patents is muted until" in said


async def _deliver(archive: Archive, now: datetime, receiver: FakeReceiver, hour: int = 8) -> None:
    from alerts.deliver import Deliverer

    plan = plan_of(digest=hour)
    sending = Deliverer(archive, planned(plan, "bot"), clock=lambda: now, senders=receiver.sender)
    await sending.drain()


def test_a_collected_alert_tells_its_way_and_its_digest_what_it_tells(desk: Desk) -> None:
    """From the queue to the message that it went with, by `show` and by `why`."""
    alert(desk, now=START)
    within(desk, lambda archive: _deliver(archive, START, FakeReceiver()))
    (one,) = listed(desk, "--state", "collected")
    waiting = desk.run("alerts", "show", one["id"]).stdout
    tomorrow = START + timedelta(days=1)
    within(desk, lambda archive: _deliver(archive, tomorrow, FakeReceiver()))
    sent = desk.run("alerts", "show", one["id"], "--format", "json").stdout
    digest = desk.run("alerts", "show", one["via"]).stdout
    why = desk.run("why", "https://cnipa.example/1").stdout

    assert f"with      digest {one['via']}: due" in waiting
    assert json.loads(sent)["message"]["state"] == "delivered"
    assert json.loads(sent)["state"] == "delivered"
    assert "(a digest)" in digest
    assert f"tells     {one['id']}  patents: delivered" in digest
    assert f"goes with {one['via']}" in why
    assert f"delivered   alert {one['via']} for channel bot" in why
    assert "1 story for 1 rule" in digest
    assert desk.run("alerts", "verify").exit_code == 0


def test_an_alert_that_waits_by_plan_is_no_trouble(desk: Desk) -> None:
    """Five hours old, and due in two with its digest: the channel is not behind."""
    early = NOW - timedelta(hours=5)
    alert(desk, now=early)
    hour = (NOW + timedelta(hours=2)).hour
    within(desk, lambda archive: _deliver(archive, early, FakeReceiver(), hour))

    assert [row["state"] for row in listed(desk, "--state", "collected")] == ["collected"]
    assert ": behind" not in desk.run("status").stdout


def test_a_rule_that_is_muted_says_so_when_it_is_explained(desk: Desk) -> None:
    """A replay would tell nobody now, so it must not be promised."""
    alert(desk)
    desk.run("mute", "rule:patents", "3d")

    said = desk.run("rules", "explain", "patents", "1").stdout
    assert "A replay would not alert: muted." in said


def test_a_digest_that_collects_is_sent_now_where_that_is_asked(desk: Desk) -> None:
    """`alerts retry` of the digest itself: not tomorrow at eight, and not a second time then."""
    alert(desk, now=START)
    receiver = FakeReceiver()
    within(desk, lambda archive: _deliver(archive, START, receiver))
    (one,) = listed(desk, "--state", "collected")
    desk.run("alerts", "retry", one["via"])
    for days in (0, 1, 2):
        later = datetime.now(UTC) + timedelta(days=days)
        within(desk, partial(_deliver, now=later, receiver=receiver))

    assert receiver.accepted == [one["via"]]
    assert desk.run("alerts", "verify").exit_code == 0
