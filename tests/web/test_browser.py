"""An editor's morning in a real browser: looking, searching, mistyping, saving, mending.

At the width of a desk and of a phone; axe looks at every page on the way.
"""

from __future__ import annotations

import re
import threading
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from alerts.match import replay
from presswatch.config.load import load
from presswatch.config.records import WebOptions
from presswatch.process.meters import Meters
from presswatch.upkeep.outcry import Outcry
from presswatch.web.awaited import Awaited
from presswatch.web.lobby import make_lobby
from tests.web.office import SITES, Office
from tests.web.served import FREE, LentHands, served, served_app
from tests.web.windows import SCHEMES, complaints, faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.support.browser import Screens

pytestmark = pytest.mark.browser

PAGES = (
    "/", "/search", "/search?q=专利 OR patent*", "/search?q=知识产权 AND (甘肃 OR AND 深圳)",
    "/story/10", "/story/2", "/article/9", "/rules", "/rules/gansu?query=甘肃", "/save?q=专利",
    "/sources", "/sources/xibu-digest", "/alerts", "/nowhere", "/status",
    "/alerts?state=held&rule=gansu&since=7d", "/search?q=专利 OR patent*&sort=relevance",
    "/search?q=after:2020&sort=relevance", "/alerts?before=x", "/alerts?state=dead",
    "/alerts/send?state=held", "/search?rule=gansu", "/sources/quiet-gazette", "/rules/cnipa",
    "/save?q=专利 AND", "/search?q=" + "专利 OR patent* OR " * 6 + "AND 体育",
)  # fmt: skip
PASSWORD = "correct horse battery"


@pytest.fixture
def desk(own_office: Office) -> Iterator[tuple[str, LentHands]]:
    """The page of a running service, and its hands."""
    hands = LentHands(own_office.archive, tuple(SITES))
    with served(own_office, FREE, hands) as address:
        yield address, hands


def test_a_first_look(page: Page, desk: tuple[str, LentHands]) -> None:
    """What is new, whom it was told to, and a way into a story; nothing wider than the screen."""
    page.goto(desk[0])

    expect(page.get_by_role("link", name="Lanzhou opens one counter")).to_be_visible()
    expect(page.locator("mark", has_text="知識(shí)產(chǎn)權(quán)").first).to_be_visible()
    page.get_by_role("link", name="甘肃知识产权保护中心").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("甘肃知识产权保护中心")
    expect(page.get_by_text("the same text, new title")).to_be_visible()
    expect(page.get_by_text("Evidence for its date")).to_be_visible()
    assert complaints(page) == []


def test_a_search_a_mistake_and_a_facet(page: Page, desk: tuple[str, LentHands]) -> None:
    page.goto(f"{desk[0]}/")
    page.keyboard.press("/")
    page.wait_for_url("**/search")
    page.get_by_role("searchbox").fill("知识产权 AND (甘肃 OR AND 深圳)")
    page.keyboard.press("Enter")
    wrong, said = page.locator(".wrong"), page.locator(".said")
    expect(said).to_contain_text("column 17: AND directly after OR")
    left, under = wrong.bounding_box(), page.locator(".point").bounding_box()
    assert left and under and abs(left["x"] - under["x"]) < 1  # under the very column

    page.get_by_role("searchbox").fill("知识产权 OR patent*")
    page.keyboard.press("Enter")
    expect(page.get_by_text("6 articles", exact=True)).to_be_visible()
    page.get_by_role("link", name="longshang", exact=True).click()
    expect(page.get_by_role("searchbox")).to_have_value(re.compile("source:longshang"))
    expect(page.locator("article")).to_have_count(1)


def test_a_search_is_saved_as_a_rule(
    page: Page, desk: tuple[str, LentHands], own_office: Office
) -> None:
    """One step from a search: what it would have sent, a name, done."""
    page.goto(f"{desk[0]}/search?q=专利 OR patent*")
    page.get_by_role("link", name="Save as a rule").click()
    expect(page.get_by_text("6 alerts for each channel")).to_be_visible()
    page.get_by_label("Name").fill("gansu")
    page.get_by_role("button", name="Save the rule").click()
    expect(page.get_by_text("is the name of rule[1] already")).to_be_visible()
    page.get_by_label("Name").fill("patents of all kinds")
    page.get_by_role("button", name="Save the rule").click()

    expect(page.get_by_role("heading", name="patents of all kinds")).to_be_visible()
    saved = tomllib.loads(own_office.config.read_text("utf-8"))["rule"][-1]
    assert (saved["name"], saved["query"]) == ("patents of all kinds", "专利 OR patent*")


def test_a_source_in_trouble_is_polled(page: Page, desk: tuple[str, LentHands]) -> None:
    page.goto(f"{desk[0]}/sources")
    page.get_by_role("link", name="xibu-digest").click()
    expect(page.get_by_text("failed 4 times in a row")).to_be_visible()

    page.get_by_role("button", name="Poll now").click()

    expect(page.get_by_role("status")).to_contain_text("A poll was started")
    assert desk[1].polled == ["xibu-digest"]


def test_a_dead_alert_is_sent_again(page: Page, desk: tuple[str, LentHands]) -> None:
    page.goto(f"{desk[0]}/alerts")
    expect(page.get_by_role("heading", name="Given up")).to_be_visible()
    page.locator(".dead tbody th a").click()
    expect(page.get_by_text("refused for good 410")).to_be_visible()

    page.get_by_role("button", name="Send again").click()

    expect(page.get_by_role("status")).to_contain_text("Queued again")
    page.goto(f"{desk[0]}/alerts")
    assert page.get_by_role("heading", name="Given up").count() == 0


def test_a_rule_is_muted_and_told_again(page: Page, desk: tuple[str, LentHands]) -> None:
    """With a word on what happened, and a way back, also from the ledger."""
    page.goto(f"{desk[0]}/rules/cnipa")
    page.get_by_text("Mute this rule").click()
    page.get_by_label("Tell nobody for").select_option("three days")
    page.get_by_role("button", name="Mute").click()
    expect(page.get_by_role("status")).to_contain_text("2 alerts that waited went along")

    page.goto(f"{desk[0]}/alerts")
    page.get_by_role("button", name="Unmute").click()

    expect(page.get_by_role("status")).to_contain_text("this rule is told again")
    assert complaints(page) == []


def test_the_ledger_is_narrowed_and_stays_so(page: Page, desk: tuple[str, LentHands]) -> None:
    page.goto(f"{desk[0]}/alerts")
    page.get_by_label("Channel").select_option("desk")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr")).to_have_count(5)
    page.get_by_role("link", name="Delivered").click()
    page.wait_for_url("**channel=desk**")
    expect(page.locator("tbody tr")).to_have_count(5)
    page.get_by_role("link", name="Given up").click()
    expect(page.get_by_text("None is so.")).to_be_visible()


def test_what_needs_somebody_is_a_click_away(page: Page, desk: tuple[str, LentHands]) -> None:
    """From any page to the list, and from there to the source."""
    page.goto(f"{desk[0]}/rules")
    page.get_by_role("link", name="4 to look at").click()
    expect(page.get_by_role("heading", name="To look at")).to_be_visible()
    page.get_by_role("link", name="quiet-gazette").click()
    expect(page.get_by_text("no news for 2 days")).to_be_visible()


def test_a_long_trial_looks_again_by_itself(
    page: Page, desk: tuple[str, LentHands], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that is being typed beside it is lost meanwhile."""
    gate = threading.Event()
    real = replay.test

    def held(*arguments: Any) -> Iterator[Any]:
        gate.wait(20)
        yield from real(*arguments)

    monkeypatch.setattr(replay, "test", held)
    page.goto(f"{desk[0]}/save?q=专利 OR patent*")
    expect(page.get_by_text("So far.", exact=True)).to_be_visible()
    page.get_by_label("Name").fill("half a na")
    gate.set()

    expect(page.get_by_text("6 alerts for each channel, of 8 matches in 13 texts.")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("half a na")
    assert page.get_by_text("So far.", exact=True).count() == 0
    assert complaints(page) == []


def test_a_stranger_logs_in(page: Page, full_office: Office) -> None:
    with served(full_office, WebOptions(port=0, password=PASSWORD)) as address:
        page.goto(f"{address}/story/10")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button").click()
        expect(page.get_by_role("alert")).to_have_text("That is not the password.")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").click()
        page.wait_for_url("**/story/10")
        page.get_by_role("button", name="Log out").click()
        page.goto(f"{address}/alerts")
        expect(page.get_by_label("Password")).to_be_visible()


@SCHEMES
def test_axe_finds_no_serious_fault(
    browser: Screens, desk: tuple[str, LentHands], *, dark: bool
) -> None:
    """On every page, in light and dark, on a phone."""
    page = browser.phone(dark=dark)
    found = {place: faults(page, desk[0] + place) for place in PAGES}

    assert {place: one for place, one in found.items() if one} == {}


@SCHEMES
def test_axe_finds_no_serious_fault_before_there_is_anything(
    browser: Screens, full_office: Office, tmp_path: Path, *, dark: bool
) -> None:
    """Before anybody has come in, without room for an archive, and before the first article."""
    page = browser.phone(dark=dark)
    with served(full_office, WebOptions(port=0, password=PASSWORD)) as address:
        assert faults(page, f"{address}/story/10") == []

    config = load(full_office.config, {})
    lobby = Awaited(lambda: replace(config, archive=replace(config.archive, min_free=10**18)))
    lobby.wait_for(Outcry("database or disk is full", datetime.now(UTC), config))
    with served_app(lambda: make_lobby(lobby, Meters(), FREE)) as address:
        assert faults(page, address) == []
        expect(page.get_by_role("heading", name="Waiting for room")).to_be_visible()

    new = Office(tmp_path)
    new.beat()
    with served(new) as address:
        assert [faults(page, address + place) for place in ("/", "/rules", "/alerts")] == [[]] * 3


def test_no_page_is_wider_than_the_screen(page: Page, desk: tuple[str, LentHands]) -> None:
    """Nothing is cut off and nothing has to be pushed about."""
    for place in PAGES:
        page.goto(desk[0] + place)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, place


def test_it_works_without_a_script(
    browser: Screens, desk: tuple[str, LentHands], own_office: Office
) -> None:
    """The script makes it quicker, and nothing depends on it; `test_noscript` walks the rest."""
    page = browser.plain().new_page()
    page.goto(f"{desk[0]}/alerts")
    page.get_by_role("button", name="Send it to bot again").click()
    expect(page.get_by_role("status")).to_contain_text("1 alert for bot queued again")

    page.goto(f"{desk[0]}/search")
    page.get_by_role("searchbox").fill("甘肃 AND")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("column 4")
    page.get_by_role("searchbox").fill("甘肃")
    page.keyboard.press("Enter")
    expect(page.locator("article")).to_have_count(3)
    page.get_by_role("link", name="Save as a rule").click()
    page.get_by_label("Name").fill("one")
    page.get_by_role("button", name="Save the rule").click()
    expect(page.get_by_role("heading", name="one")).to_be_visible()
    assert tomllib.loads(own_office.config.read_text("utf-8"))["rule"][-1]["query"] == "甘肃"

    page.goto(f"{desk[0]}/rules/gansu")
    page.get_by_text("Mute this rule").click()
    page.get_by_role("button", name="Mute").click()
    expect(page.get_by_role("status")).to_contain_text("Muted")
