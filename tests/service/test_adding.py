"""A source added from the page of the real service: looked at, written, polled, filed, paused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from presswatch.config.load import load
from tests.support.news import article, feed
from tests.support.service import Running, rows, until, write_config
from tests.support.site import Site, hang
from tests.web.caller import Caller
from tests.web.walker import Walker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.service

STATES = "SELECT last_outcome FROM source_state WHERE name = 'town hall'"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        for number in range(3):
            site.page(f"/n/{number}.html", article(number))
        site.page("/feed.xml", feed(site.url(""), range(3)), content_type="application/rss+xml")
        link = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
        site.page("/", f"<html><head>{link}</head><body><p>Welcome</p></body></html>")
        yield site


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config without a source, and with a page on a free port."""
    path = write_config(tmp_path, "")
    text = path.read_text("utf-8").replace("enabled = false", 'listen = "127.0.0.1:0"')
    path.write_text(text, "utf-8")
    return path


def address_of(service: Running) -> str:
    """Where its page is."""
    (line,) = service.wait_for("web.listening")
    return str(line["url"]).rstrip("/")


def test_from_an_address_to_the_first_articles(config: Path, site: Site) -> None:
    """Nobody restarts anything, and robots.txt is asked once for the look and the poll."""
    with Running(config) as service, Caller(address_of(service)) as caller:
        walker = Walker(caller).go("/").click("Add a source").send("Look", url=site.url("/"))
        until(lambda: not walker.go(walker.place).find("//*[@data-again]"), what="the look")
        walker.send("Add this source", name="town hall", every="1h")
        assert walker.place == "/sources/town%20hall?done=added" and walker.status == 200
        service.wait_for("article.filed", count=3)
        until(lambda: "Its first poll is over." in walker.go(walker.place).text)
        assert len(site.asked("/robots.txt")) == 1

        walker.send("Pause")
        service.wait_for("config.changed", count=2)
        assert caller.post("/sources/town%20hall/poll").status_code == 409
        walker.go("/remove?source=town+hall").send("Remove it")
        service.wait_for("config.changed", count=3)

        assert load(config, {}).sources == () and service.stop() == 0
    assert rows(config.parent / "a.db", STATES) == [("ok",)]
    assert rows(config.parent / "a.db", "SELECT count(*) FROM article") == [(3,)]


def test_a_look_under_way_holds_up_no_stop(config: Path, site: Site) -> None:
    site.behave("/", hang)
    with Running(config) as service, Caller(address_of(service)) as caller:
        caller.post("/add", {"url": site.url("/")})
        site.wait_for(lambda site: bool(site.asked("/")))

        assert service.stop(within=10) == 0
        assert not [line for line in service.events if "exception" in line]
