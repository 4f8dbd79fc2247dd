"""Questions to a long ledger are answered off an index: the plans of SQLite, and what they read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from alerts import history, mute
from tests.alerts.press import START

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

    from tests.alerts.press import Press


def plans(press: Press, work: Callable[[Database], Any]) -> list[str]:
    """How SQLite goes about what this asks, and writes."""

    def job(db: Database) -> list[str]:
        asked: list[str] = []
        db.conn.set_trace_callback(asked.append)
        work(db)
        db.conn.set_trace_callback(None)
        explained = (db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall() for sql in asked)
        return [step[3] for plan in explained for step in plan]

    return asyncio.run(press.archive.write(job))


@pytest.mark.parametrize("target", ["rule:patents", "source:wire", "story:1"])
def test_a_mute_looks_at_what_waits_and_not_at_all_that_was_ever_matched(
    press: Press, target: str
) -> None:
    """Of a rule with a hundred thousand matches a dozen wait."""
    asyncio.run(press.publish("1", "A text."))
    kind, name = mute.parse(target)
    word = mute.Mute(kind=kind, name=name, since=START, until=None)
    steps = plans(press, lambda db: mute.begin(db, word))

    assert sum("alert_due" in step for step in steps) == 2
    read = [step for step in steps if step.startswith("SCAN") and "alert" in step]
    assert all("USING INDEX alert_due" in step for step in read)
    assert not any("_by_rule" in step for step in steps)
    assert not any("rule_match_by" in step or step.startswith("SCAN m ") for step in steps)


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({}, "alert_by_time"),
        ({"state": "delivered"}, "alert_by_time"),
        ({"rule": "patents"}, "alert_by_rule (rule=?)"),
        ({"channel": "desk"}, "alert_by_channel (channel=?)"),
        ({"channel": "desk", "before": (START, "msg_1")}, "alert_by_channel"),
        ({"state": "dead"}, "alert_undelivered"),
        ({"state": "muted", "rule": "patents", "channel": "desk"}, "alert_undelivered"),
        ({"held": START}, "alert_undelivered"),
        ({"held": START, "rule": "patents"}, "alert_undelivered"),
    ],
)
def test_the_latest_alerts_are_read_off_an_index_in_order(
    press: Press, asked: dict[str, Any], index: str
) -> None:
    """Neither sorted nor looked for through all that was ever delivered."""
    steps = plans(press, lambda db: history.latest_alerts(db, **asked))
    read = [step for step in steps if " alert_" in step]

    assert len(read) == 1
    assert index in read[0]
    sorted_ = sum("TEMP B-TREE FOR ORDER BY" in step for step in steps)
    assert sorted_ <= 1, "the fifty that are shown"
