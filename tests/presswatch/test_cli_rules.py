"""presswatch rules: what there is, what it would have done, why, and once more."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from alerts.match import build, match_pending
from alerts.rule import Rule
from archive.query import parse
from archive.store import Archive
from tests.presswatch.desk import CONFIG

if TYPE_CHECKING:
    from tests.presswatch.desk import Desk

NOW = datetime.now(UTC).replace(microsecond=0)


def hours(number: float) -> datetime:
    return NOW - timedelta(hours=number)


@pytest.fixture
def press(desk: Desk) -> Desk:
    """Five texts of two days, three of them on patents."""
    desk.file("https://cnipa.example/1", "甘肃省的专利，专利新规。", title="甘肃", now=hours(30))
    desk.file("https://cnipa.example/2", "Football.", now=hours(29))
    desk.file("https://cnipa.example/3", "A patent for wool.", title="Wool", now=hours(2))
    desk.file("https://daily.example/3", "A patent for wool.", title="Wool", now=hours(1),
              source="daily")  # fmt: skip
    desk.file("https://cnipa.example/4", "Trademarks of 深圳.", title="Marks", now=hours(0.5))
    return desk


def live(desk: Desk, *rules: Rule) -> None:
    """The service goes past all of it."""

    async def go() -> None:
        archive = Archive.open(desk.archive)
        try:
            await match_pending(archive, build(rules), NOW)
        finally:
            await asyncio.to_thread(archive.close)

    asyncio.run(go())


PATENTS = Rule(name="patents", query=parse("专利 OR patent*"), channels=("bot",))


def told(desk: Desk, *arguments: str) -> dict[str, Any]:
    answer = desk.run("rules", *arguments, "--format", "json")
    assert answer.stderr == ""
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_the_rules_are_listed(press: Desk) -> None:
    live(press, PATENTS)

    answer = press.run("rules", "list")

    head, line = (row.split() for row in answer.stdout.splitlines())
    assert answer.exit_code == 0
    assert head == ["rule", "query", "on", "sources", "channels", "last", "match", "30", "days"]
    assert line[:7] == ["patents", "专利", "OR", "patent*", "story", "*", "bot"]
    assert line[-1] == "3"


def test_the_list_for_programs(press: Desk) -> None:
    live(press, PATENTS)

    (row,) = json.loads(press.run("rules", "list", "--format", "json").stdout)

    assert row == {
        "name": "patents", "query": "专利 OR patent*", "on": "story", "sources": ["*"],
        "channels": [{"name": "bot", "enabled": True, "closed": None}],
        "last_match": NOW.isoformat(), "matches_30d": 3,
    }  # fmt: skip


def test_channels_that_are_off_or_closed_are_marked(press: Desk) -> None:
    from alerts.outbox import disable_channel

    off = '[[channel]]\nname = "mail"\ntype = "webhook"\nenabled = false\nurl = "${NOWHERE}"\n'
    off += 'secret = "${NO_SECRET}"\n'
    press.config.write_text(
        CONFIG.replace("[[rule]]", off + "[[rule]]").replace('["bot"]', '["bot", "mail"]'), "utf-8"
    )
    press.write(lambda db: disable_channel(db, "bot", "HTTP 410", NOW))

    assert "bot (closed), mail (off)" in press.run("rules", "list").stdout


def test_the_list_needs_neither_archive_nor_secrets(desk: Desk) -> None:
    text = desk.config.read_text("utf-8")
    secret = next(line for line in text.splitlines() if line.startswith("secret"))
    desk.config.write_text(text.replace(secret, 'secret = "${NOT_SET_HERE}"'), "utf-8")

    answer = desk.run("rules", "list")

    assert (answer.exit_code, answer.stderr) == (0, "")
    assert "–" in answer.stdout
    assert not desk.archive.exists()


def test_a_wrong_rule_is_named(desk: Desk) -> None:
    text = desk.config.read_text("utf-8")
    desk.config.write_text(text.replace("专利 OR patent*", "专利 OR"), "utf-8")

    answer = desk.run("rules", "list")

    assert answer.exit_code == 2
    assert "rule[1].query: column 4" in answer.stderr


def test_no_rules(desk: Desk) -> None:
    desk.config.write_text(CONFIG[: CONFIG.index("[[rule]]")], "utf-8")

    assert desk.run("rules", "list").exit_code == 1


def test_what_a_rule_would_have_sent(press: Desk) -> None:
    found = told(press, "test", "patents", "--since", "7d")

    assert (found["texts"], found["matches"], found["alerts"]) == (5, 3, 2)
    assert [line["article"] for line in found["newest"]] == [3, 1]
    assert found["newest"][1]["words"] == [
        {"text": "专利", "term": "专利", "field": "body", "count": 2}
    ]
    assert sum(day["alerts"] for day in found["days"]) == 2


def test_a_trial_is_drawn(press: Desk) -> None:
    answer = press.run("rules", "test", "patents", "--since", "3d")

    lines = answer.stdout.splitlines()
    assert answer.exit_code == 0
    assert lines[0] == "patents: 专利 OR patent*"
    assert lines[1] == "5 texts looked at, 3 matched, 2 alerts for each channel"
    bars = [line for line in lines if "#" in line]
    assert sum(int(line.split()[-1]) for line in bars) == 2
    assert {line.index("#") for line in bars} == {12}
    assert "1  甘肃  cnipa" in answer.stdout
    assert "专利 ×2 in the body" in answer.stdout


def test_a_trial_of_what_never_happened(press: Desk) -> None:
    answer = press.run("rules", "test", "patents", "--since", "1m")

    assert answer.exit_code == 1
    assert "0 texts looked at, 0 matched, 0 alerts" in answer.stdout


def test_a_change_shows_what_it_gains_and_loses(press: Desk) -> None:
    query = ("test", "patents", "--since", "7d", "--query", "wool OR 深圳")

    found = told(press, *query)
    answer = press.run("rules", *query)

    assert [line["title"] for line in found["gained"]] == ["Marks"]
    assert [line["title"] for line in found["lost"]] == ["甘肃"]
    assert (found["alerts"], found["changed"]["alerts"]) == (2, 2)
    assert "1 story gained, 1 lost" in answer.stdout
    assert [line[:2] for line in answer.stdout.splitlines() if line[:2] in {"+ ", "- "}] == [
        "+ ", "- ",
    ]  # fmt: skip
    assert answer.exit_code == 1


def test_a_change_that_loses_nothing(press: Desk) -> None:
    answer = press.run("rules", "test", "patents", "--query", "专利 OR patent* OR 深圳")

    assert answer.exit_code == 0
    assert "1 story gained, 0 lost" in answer.stdout


def test_a_change_that_cannot_be_understood(press: Desk) -> None:
    answer = press.run("rules", "test", "patents", "--query", "专利 AND")

    assert answer.exit_code == 2
    assert "column 4" in answer.stderr


def test_a_rule_that_is_not_there(press: Desk) -> None:
    for arguments in (["test", "patens"], ["explain", "patens", "1"], ["replay", "patens"]):
        answer = press.run("rules", *arguments)

        assert answer.exit_code == 2
        assert "has no rule 'patens'" in answer.stderr
        assert "patents" in answer.stderr.split("has no rule")[1]


def test_a_replay_says_and_sends_once(press: Desk) -> None:
    live(press)
    trial = told(press, "test", "patents")

    said = press.run("rules", "replay", "patents")
    sent = press.run("rules", "replay", "patents", "--send", "--format", "json")
    again = press.run("rules", "replay", "patents", "--send")

    assert said.exit_code == sent.exit_code == 0
    assert "Nothing was queued: --send queues 2 alerts." in said.stderr
    assert "2 alerts queued; the service delivers." in sent.stderr
    found = json.loads(sent.stdout)
    assert found["newest"] == trial["newest"]
    assert (found["texts"], found["matches"], found["alerts"]) == (5, 3, 2)
    assert again.exit_code == 1
    assert "Nothing is left to tell." in again.stderr
    assert press.write(lambda db: db["alert"].count) == 2


def test_a_replay_leaves_news_to_the_service(press: Desk) -> None:
    answer = press.run("rules", "replay", "patents", "--send")

    assert answer.exit_code == 1
    assert "5 texts not matched yet" in answer.stderr
    assert press.write(lambda db: db["alert"].count) == 0


def test_a_replay_to_nobody_is_refused(press: Desk) -> None:
    text = press.config.read_text("utf-8")
    press.config.write_text(text.replace('name = "bot"', 'name = "bot"\nenabled = false'), "utf-8")

    answer = press.run("rules", "replay", "patents", "--send")

    assert answer.exit_code == 2
    assert "no channel of 'patents' is enabled" in answer.stderr


def with_query(desk: Desk, query: str) -> None:
    text = desk.config.read_text("utf-8")
    desk.config.write_text(text.replace("专利 OR patent*", query), "utf-8")


def test_a_rule_is_taken_apart(press: Desk) -> None:
    with_query(press, "(专利 OR patent*) AND 甘肃 NOT (football OR title:wool)")

    found = told(press, "explain", "patents", "https://cnipa.example/1?utm_source=feed")
    answer = press.run("rules", "explain", "patents", "1")

    assert answer.exit_code == 0
    assert found["holds"] is True
    assert [(c["depth"], c["clause"], c["holds"]) for c in found["clauses"]] == [
        (0, "all of", True), (1, "any of", True), (2, "专利", True), (2, "patent*", False),
        (1, "甘肃", True), (1, "none of", True), (2, "football", False), (2, "title:wool", False),
    ]  # fmt: skip
    assert found["clauses"][2]["places"] == [
        {"field": "body", "start": 4, "end": 6, "words": "专利"},
        {"field": "body", "start": 7, "end": 9, "words": "专利"},
    ]
    assert "true     专利" not in answer.stdout
    assert "true       专利\n" in answer.stdout
    assert "body: 甘肃省的专利，专利新规。" in answer.stdout
    assert "patents holds: " in answer.stdout


def test_a_rule_that_does_not_hold(press: Desk) -> None:
    with_query(press, "专利 NOT 甘肃")

    answer = press.run("rules", "explain", "patents", "1")

    assert answer.exit_code == 1
    assert "patents does not hold: 专利 NOT 甘肃" in answer.stdout
    assert "false    none of" in answer.stdout


def test_a_rule_that_does_not_look_there(press: Desk) -> None:
    text = press.config.read_text("utf-8")
    press.config.write_text(text + 'sources = ["*", "!daily"]\n', "utf-8")

    found = told(press, "explain", "patents", "4")

    assert found["clauses"][0]["holds"] is True
    assert found["source"] == {"name": "daily", "wanted": ["*", "!daily"], "applies": False}
    assert found["holds"] is False
    assert press.run("rules", "explain", "patents", "4").exit_code == 1


def test_who_was_told_and_why_not(press: Desk) -> None:
    live(press, PATENTS)

    first, copy, never = (press.run("rules", "explain", "patents", key) for key in "342")

    assert "matched; alert msg_" in first.stdout
    assert "for channel bot: due" in first.stdout
    assert "not told: the rule has alerted for this story before" in copy.stdout
    assert "A replay would not alert: the rule has alerted for this story" in copy.stdout
    assert never.stdout.endswith("Never matched.\n")  # no wonder: it does not hold


def test_a_rule_that_came_after_the_article_says_so(press: Desk) -> None:
    live(press, PATENTS)
    text = press.config.read_text("utf-8")
    press.config.write_text(text.replace('name = "patents"', 'name = "younger"'), "utf-8")

    shown = press.run("rules", "explain", "younger", "3").stdout

    assert "Never matched: when the service looked, the rule was not there or another." in shown


def test_what_was_not_looked_at_yet(press: Desk) -> None:
    assert (
        "have not looked at this text yet" in press.run("rules", "explain", "patents", "1").stdout
    )


def test_a_rule_that_came_later(press: Desk) -> None:
    live(press)

    assert "A replay would alert." in press.run("rules", "explain", "patents", "1").stdout


def test_an_article_that_is_not_there(press: Desk) -> None:
    answer = press.run("rules", "explain", "patents", "99")

    assert answer.exit_code == 1
    assert "has no article 99" in answer.stderr


def test_a_place_in_a_field_that_is_no_text(press: Desk) -> None:
    with_query(press, "source:cnipa AND patent*")

    lines = press.run("rules", "explain", "patents", "3").stdout.splitlines()

    assert [line.split() for line in lines if "source: " in line] == [["source:", "cnipa"]]
    assert [line.split()[1:] for line in lines if " body: " in line] == [
        ["A", "patent", "for", "wool."]
    ]
