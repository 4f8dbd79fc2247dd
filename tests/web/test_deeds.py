"""What can be done from the page: another try, a poll, a rule; and what is refused, and why."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.web.office import CHANNELS

if TYPE_CHECKING:
    from tests.web.office import Office
    from tests.web.served import LentHands
    from tests.web.visitor import Visitor


def dead(editor: Visitor) -> str:
    """The place of the alert that was given up."""
    return str(editor.page("/alerts").xpath("//section[@class='dead']//tbody//th/a/@href")[0])


def test_a_dead_alert_is_sent_again_under_its_id(editor: Visitor, hands: LentHands) -> None:
    place = dead(editor)

    answer = editor.post(f"{place}/retry")

    assert answer.headers["location"] == f"{place}?again=1"
    assert "Queued again" in editor.text(f"{place}?again=1")
    assert "waiting, next try" in editor.text(place)
    assert hands.woken == 1


def test_all_the_dead_are_sent_again(editor: Visitor, hands: LentHands) -> None:
    answer = editor.post("/alerts/retry")

    assert answer.headers["location"] == "/alerts?again=1"
    assert "1 alert queued again" in editor.text("/alerts?again=1")
    assert "Given up 0" in editor.text("/alerts") and hands.woken == 1


def test_an_alert_that_is_none_is_said_to_be_so(editor: Visitor) -> None:
    assert editor.post("/alerts/msg_none/retry").status_code == 404


def test_a_source_is_polled_at_once(editor: Visitor, hands: LentHands) -> None:
    answer = editor.post("/sources/longshang/poll")

    assert answer.headers["location"] == "/sources/longshang?polling=1"
    assert "A poll was started" in editor.text("/sources/longshang?polling=1")
    assert hands.polled == ["longshang"]


def test_a_source_that_nobody_polls_is_refused(editor: Visitor) -> None:
    answer = editor.post("/sources/none/poll")

    assert answer.status_code == 409 and "polls no source called none" in answer.text


def test_a_source_is_not_polled_again_and_again(
    editor: Visitor, own_office: Office, hands: LentHands
) -> None:
    """A finger on the button must not be a flood for somebody's site."""
    own_office.write(
        lambda db: db.execute(
            "UPDATE source_state SET last_poll_at = unixepoch() * 1000 WHERE name = 'longshang'"
        )
    )

    answer = editor.post("/sources/longshang/poll")

    assert answer.status_code == 409 and "left alone" in answer.text
    assert hands.polled == []


def rules_of(office: Office) -> list[dict[str, Any]]:
    document = tomllib.loads(office.config.read_text("utf-8"))
    found: list[dict[str, Any]] = document["rule"]
    return found


FORM = {"q": "专利 AND ${HOME}", "name": "patents", "channel": "desk", "on": "article"}


def test_a_search_becomes_a_rule(editor: Visitor, own_office: Office) -> None:
    """As it was written: with everything else in the file untouched, and no variable filled in."""
    before = own_office.config.read_text("utf-8")
    preview = editor.text("/save?q=专利 OR patent*")
    assert "6 alerts for each channel, of 8 matches in 13 texts" in preview

    answer = editor.post("/rules", FORM)

    assert answer.headers["location"] == "/rules/patents"
    saved = rules_of(own_office)[-1]
    assert saved == {
        "name": "patents", "query": "专利 AND $${HOME}", "channels": ["desk"], "on": "article",
    }  # fmt: skip
    assert own_office.config.read_text("utf-8").startswith(before.rstrip())
    assert "专利 AND ${HOME}" in editor.text("/rules/patents")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "gansu"}, "is the name of rule[1] already"),
        ({"name": ""}, "rule[5].name"),
        ({"channel": "nobody"}, "no channel is called 'nobody'"),
        ({"q": "专利 AND"}, "column 4"),
        ({"on": "always"}, "must be one of"),
    ],
)
def test_a_rule_that_would_not_load_is_not_saved(
    editor: Visitor, own_office: Office, changes: dict[str, str], said: str
) -> None:
    """The service runs on: no page may write a config that it refuses."""
    before = own_office.config.read_bytes()

    answer = editor.post("/rules", FORM | changes)

    assert answer.status_code == 400 and "Nothing was saved" in answer.text
    assert said in answer.text.replace("&#39;", "'")
    assert own_office.config.read_bytes() == before
    assert f'value="{(FORM | changes)["name"]}"' in answer.text  # nothing typed is lost


def test_without_a_channel_no_rule_is_saved(editor: Visitor, own_office: Office) -> None:
    text = own_office.config.read_text("utf-8").replace(CHANNELS, "")
    own_office.config.write_text(text.split("[[rule]]")[0], "utf-8")

    assert "no channel to tell" in editor.text("/save?q=专利")
