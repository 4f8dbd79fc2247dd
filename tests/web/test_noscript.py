"""The whole of an editor's morning by links and forms alone: no act of the page needs a script."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from alerts import outbox
from presswatch.config.records import WebOptions
from tests.web.visitor import Visitor
from tests.web.walker import Walker

if TYPE_CHECKING:
    from tests.web.office import Office
    from tests.web.served import LentHands

PASSWORD = "correct horse battery"


@pytest.fixture
def walker(editor: Visitor) -> Walker:
    return Walker(editor)


def test_a_search_a_facet_and_the_way_back(walker: Walker) -> None:
    walker.go("/").click("Search").send("Search", q="知识产权 OR patent*")
    assert "6 articles" in walker.text

    walker.click("longshang")
    assert "1 article " in walker.text
    assert walker.find("//input[@type='search']/@value")[0].endswith("source:longshang")

    walker.click("the most relevant")
    assert "sort=relevance" in walker.place and "1 article " in walker.text


def test_a_bar_of_the_plot_is_a_link(walker: Walker) -> None:
    """What is drawn can be clicked, and all days are a click away again."""
    walker.go("/search?q=专利 OR patent*")
    bars = walker.find("//*[local-name()='svg']//*[local-name()='a']/@href")
    walker.go(str(bars[0]))
    assert walker.status == 200 and "All days" in walker.text

    walker.click("All days")
    assert "7 articles" in walker.text


def test_a_mistake_stands_under_its_column_and_is_mended(walker: Walker) -> None:
    walker.go("/search").send("Search", q="知识产权 AND (甘肃 OR AND 深圳)")
    assert walker.status == 400
    left, wrong, _, said = (one.text_content() for one in walker.find("//*[@class='place']/*"))
    assert left + wrong == "知识产权 AND (甘肃 OR AND 深圳)" and "column 17" in said
    assert walker.find("//input[@type='search']/@value") == ["知识产权 AND (甘肃 OR AND 深圳)"]

    walker.send("Search", q="知识产权 AND (甘肃 OR 深圳)")
    assert walker.status == 200 and "articles" in walker.text


def test_a_search_becomes_a_rule_at_the_second_try(walker: Walker, own_office: Office) -> None:
    """The trial stands beside the form; what was typed stays where the name is taken."""
    walker.go("/search?q=专利 OR patent*").click("Save as a rule")
    assert "6 alerts for each channel, of 8 matches in 13 texts" in walker.text

    walker.send("Save the rule", name="gansu", on="article")
    assert walker.status == 400 and "is the name of rule[1] already" in walker.text
    walker.send("Save the rule", name="patents of all kinds")

    assert walker.status == 200 and "patents of all kinds" in walker.find("//h1")[0].text_content()
    saved = tomllib.loads(own_office.config.read_text("utf-8"))["rule"][-1]
    assert (saved["query"], saved["on"]) == ("专利 OR patent*", "article")


def test_a_rule_is_tried_with_another_query(walker: Walker) -> None:
    walker.go("/rules").click("gansu").send("Try", query="甘肃")
    assert "0 stories gained, 0 lost" in walker.text


def test_a_story_is_read_with_its_copies_and_its_corrections(walker: Walker) -> None:
    walker.go("/").click("甘肃知识产权保护中心")
    assert "the same text, new title" in walker.text
    walker.click("xibu-digest").click("How they differ")
    assert walker.place == "/story/10"

    walker.go("/").click("Notice on filing subsidies")
    assert "From text 1 to text 2" in walker.text and walker.find("//ins") and walker.find("//del")


def test_a_source_is_polled(walker: Walker, hands: LentHands) -> None:
    walker.go("/status").click("xibu-digest").send("Poll now")
    assert "A poll was started" in walker.text and hands.polled == ["xibu-digest"]


@pytest.mark.parametrize("place", ["/rules/gansu", "/story/10", "/sources/longshang"])
def test_muting_and_telling_again(walker: Walker, place: str) -> None:
    walker.go(place).send("Mute", span="3d")
    assert "Muted until" in walker.text

    walker.go("/alerts").send("Unmute")
    assert "is told again" in walker.text and walker.place.startswith(place)


def test_a_dead_alert_is_sent_again(walker: Walker, hands: LentHands) -> None:
    walker.go("/alerts").click("CNIPA asks how names").send("Send again")
    assert "Queued again" in walker.text and "waiting" in walker.text
    assert hands.woken == 1 and "Given up 0" in walker.go("/alerts").text


def test_all_the_dead_of_a_channel_are_sent_again(walker: Walker) -> None:
    walker.go("/alerts").send("Send it to bot again")
    assert "1 alert for bot queued again" in walker.text


def test_a_closed_channel_is_opened(walker: Walker, own_office: Office) -> None:
    own_office.write(lambda db: outbox.disable_channel(db, "bot", "410 Gone", own_office.now))

    walker.go("/status").click("bot")
    assert "The channel bot is closed" in walker.text
    walker.send("Its receiver is back")

    assert "The channel bot is open again" in walker.text


def test_the_ledger_is_narrowed(walker: Walker) -> None:
    walker.go("/alerts").send("Show", channel="desk")
    assert len(walker.find("//section[@aria-labelledby='all']//tbody/tr")) == 5
    walker.click("Given up")
    assert "channel=desk" in walker.place and "None is so." in walker.text
    walker.click("Delivered")
    assert walker.find("//select[@name='channel']")[0].value == "desk"
    walker.click("Clear")
    assert walker.find("//select[@name='channel']")[0].value == ""


def test_coming_in_and_leaving(own_office: Office) -> None:
    """To where one wanted to go, and nowhere once one has left."""
    with Visitor(own_office, WebOptions(password=PASSWORD)) as visitor:
        walker = Walker(visitor).go("/story/10")
        assert walker.place == "/login?next=/story/10"
        walker.send("Log in", password="wrong")
        assert walker.status == 401 and "That is not the password." in walker.text
        walker.send("Log in", password=PASSWORD)
        assert walker.place == "/story/10" and "甘肃知识产权保护中心" in walker.text

        walker.send("Log out")
        assert walker.go("/alerts").place.startswith("/login")
