"""A source added, paused and removed in a real browser, by day and by night.

At the width of a desk and of a phone; axe looks at each step.
"""

from __future__ import annotations

import threading
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.support.site import Answer, Site, hang
from tests.web.office import SITES, Office
from tests.web.served import FREE, LentHands, served
from tests.web.town import TITLES, settle
from tests.web.windows import SCHEMES, complaints, faults_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.support.browser import Screens
    from tests.support.site import Recorded, Wire

pytestmark = pytest.mark.browser

OPML = """<opml version="1.1"><body>
<outline text="A blog" type="rss" xmlUrl="https://a.example/feed"/>
<outline text="known" xmlUrl="https://www.longshang.example/news/"/>
<outline text="odd" xmlUrl="feed://c.example/a/very/long/address/that/does/not/end/so/soon.xml"/>
</body></opml>"""
FILE: Any = {"name": "feeds.opml", "mimeType": "text/x-opml", "buffer": OPML.encode()}


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        settle(site)
        site.page("/slow/", "<html><body>a page without links</body></html>")
        site.behave("/slow/feed/", hang)
        yield site


@pytest.fixture
def address(own_office: Office) -> Iterator[str]:
    hands = LentHands(own_office.archive, tuple(SITES))
    with served(own_office, FREE, hands) as address:
        yield address


def look(page: Page, address: str, url: str) -> None:
    page.goto(f"{address}/add")
    page.get_by_label("Address").fill(url)
    page.get_by_role("button", name="Look").click()


def test_a_source_is_added(page: Page, address: str, site: Site, own_office: Office) -> None:
    """With a mistake on the way; nothing of it needs a word of TOML."""
    page.goto(f"{address}/sources")
    page.get_by_role("button", name="Add a source").click()
    expect(page.get_by_label("Address")).to_be_focused()
    page.get_by_label("Address").fill(site.url("/"))
    page.keyboard.press("Enter")
    expect(page.get_by_text(TITLES[1]).first).to_be_visible()
    expect(page.get_by_role("radio").first).to_be_checked()
    page.get_by_label("The page itself, as a list").check()
    page.get_by_label("Name").fill("longshang")
    page.get_by_role("button", name="Add this source").click()
    expect(page.get_by_text("is the name of another source")).to_be_visible()
    expect(page.get_by_label("The page itself, as a list")).to_be_checked()
    page.get_by_label("Name").fill("town hall")
    page.get_by_label("Poll it every").fill("2h")
    page.get_by_role("button", name="Add this source").click()

    expect(page.get_by_role("heading", name="town hall")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("archived and told to nobody")
    written = tomllib.loads(own_office.config.read_text("utf-8"))["source"][-1]
    assert (written["name"], written["kind"], written["every"]) == ("town hall", "listing", "2h")
    assert [one for one in complaints(page) if "400" not in one] == []


def test_a_slow_look_goes_on_by_itself(page: Page, address: str, site: Site) -> None:
    """Nobody presses a button: what was found appears when it is there."""
    gate = threading.Event()

    def late(_: Recorded, wire: Wire) -> None:
        gate.wait(20)
        wire.answer(Answer(status=404))

    site.behave("/slow/feed/", late)
    look(page, address, site.url("/slow/"))
    expect(page.get_by_text("Looking at 127.0.0.1")).to_be_visible()

    gate.set()

    expect(page.get_by_text("Nothing there lists articles.")).to_be_visible()
    assert complaints(page) == []


def test_a_source_is_paused_and_removed(page: Page, address: str, own_office: Office) -> None:
    page.goto(f"{address}/sources/longshang")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status")).to_contain_text("not polled until it is resumed")
    page.get_by_role("button", name="Remove …").click()
    expect(page.get_by_role("heading", name="Remove longshang?")).to_be_visible()
    page.get_by_role("button", name="Remove it").click()

    expect(page.get_by_role("status")).to_contain_text("longshang is out of config.toml")
    names = [one["name"] for one in tomllib.loads(own_office.config.read_text("utf-8"))["source"]]
    assert "longshang" not in names and complaints(page) == []


def test_feeds_of_a_reader_are_taken_and_given(page: Page, address: str) -> None:
    page.goto(f"{address}/add")
    page.get_by_label("Its list of feeds").set_input_files(FILE)
    page.get_by_role("button", name="Take them").click()
    expect(page.get_by_role("status")).to_contain_text("1 source more")
    page.get_by_role("link", name="Add another").click()
    with page.expect_download() as given:
        page.get_by_role("link", name="all sources as OPML").click()

    assert given.value.suggested_filename == "presswatch.opml"
    assert "https://a.example/feed" in given.value.path().read_text("utf-8")


@SCHEMES
@pytest.mark.parametrize("width", ["desktop", "phone"])
def test_axe_finds_no_serious_fault_on_the_way(
    browser: Screens, address: str, site: Site, width: str, *, dark: bool
) -> None:
    """At each step as it is reached, mistakes included; and nothing wider than the screen."""
    page = getattr(browser, width)(dark=dark)
    faults = {}
    for step in steps(page, address, site):
        faults[step] = faults_here(page)

    assert len(faults) == 9 and {step: one for step, one in faults.items() if one} == {}


def steps(page: Page, address: str, site: Site) -> Iterator[str]:
    page.goto(f"{address}/add")
    yield "the form"
    look(page, address, "ftp://files.example/")
    yield "a wrong address"
    look(page, address, site.url("/slow/"))
    expect(page.get_by_text("Looking at 127.0.0.1")).to_be_visible()
    yield "a look under way"
    look(page, address, site.url("/none"))
    expect(page.get_by_text("HTTP 404")).to_be_visible()
    yield "a page that cannot be had"
    look(page, address, site.url("/"))
    expect(page.get_by_role("radio").first).to_be_visible()
    yield "the choice"
    page.get_by_label("Name").fill("longshang")
    page.get_by_label("Poll it every").fill("often")
    page.get_by_role("button", name="Add this source").click()
    expect(page.locator("#name-wrong")).to_be_visible()
    yield "mistakes in it"
    page.goto(f"{address}/add")
    page.get_by_label("Its list of feeds").set_input_files(FILE)
    page.get_by_role("button", name="Take them").click()
    expect(page.get_by_role("heading", name="Taken")).to_be_visible()
    yield "feeds taken"
    page.goto(f"{address}/sources/longshang")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("It is paused", exact=True)).to_be_visible()
    yield "a paused source"
    page.goto(f"{address}/remove?source=hexi-times")
    yield "the question"
