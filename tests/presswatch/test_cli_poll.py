"""presswatch poll: one source, once, through the real engine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.store import ServiceLock, beat
from crawler import ledger
from tests.presswatch.desk import CONFIG
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.presswatch.desk import Desk

TEXT = (
    "The provincial office published new rules on patent examination this week. "
    "Applicants in Lanzhou will be heard within thirty days, an official said. "
    "The rules enter into force on the first day of the coming month. "
)


@pytest.fixture
def site(desk: Desk) -> Iterator[Site]:
    with Site() as site:
        body = f"<article><h1>New rules</h1><p>{TEXT}</p><p>Later: {TEXT}</p></article>"
        site.page("/1.html", f"<html><title>New rules</title>{body}</html>")
        site.page("/2.html", "<html><title>Nothing</title></html>")
        items = "".join(
            f"<item><title>Item {n}</title><link>{site.url(f'/{n}.html')}</link></item>"
            for n in (1, 2, 3)
        )
        site.page("/feed.xml", f'<rss version="2.0"><channel>{items}</channel></rss>',
                  content_type="application/rss+xml", etag=True)  # fmt: skip
        url = site.url("/feed.xml")
        desk.config.write_text(CONFIG.replace("https://cnipa.example/list", url), "utf-8")
        yield site


def test_a_poll_shows_what_became_of_every_page(desk: Desk, site: Site) -> None:
    result = desk.run("poll", "cnipa")

    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert any(line.split()[:3] == ["new", "1", "New"] for line in lines)
    assert any(line.startswith("dropped") for line in lines)
    assert lines[-1].startswith("cnipa: ok, 3 listed, 1 new, 2 dropped; ")
    assert "No service runs" in result.stderr
    hits = desk.run("search", "patent examination", "--format", "jsonl")
    assert json.loads(hits.stdout)["url"] == site.url("/1.html")
    assert "HTTP 404" in desk.run("why", site.url("/3.html")).stdout


def test_a_second_poll_finds_nothing_new(desk: Desk, site: Site) -> None:
    desk.run("poll", "cnipa")

    result = desk.run("poll", "cnipa")

    assert result.exit_code == 0
    assert result.stdout.startswith("cnipa: unchanged, ")
    assert "service" not in result.stderr


def test_a_service_takes_up_what_is_new(desk: Desk, site: Site) -> None:
    now = datetime.now(UTC)
    desk.write(lambda db: beat(db, pid=1, started=now, now=now, version="0.1.0"))

    assert "The service matches and delivers" in desk.run("poll", "cnipa").stderr


def test_a_failed_poll_is_exit_code_1_and_kept(desk: Desk, site: Site) -> None:
    site.page("/feed.xml", "no", status=500)

    result = desk.run("poll", "cnipa")

    assert result.exit_code == 1
    assert result.stdout.startswith("cnipa: failed")
    assert "HTTP 500" in result.stderr
    assert "HTTP 500" in desk.run("status").stdout


def test_a_source_that_is_being_polled(desk: Desk, site: Site) -> None:
    """The service and the command never poll a source at the same time."""
    from presswatch.config.load import load

    source, now = load(desk.config, {}).sources[0], datetime.now(UTC)
    until = now + timedelta(minutes=5)
    desk.write(lambda db: ledger.lease(db, source, owner="service 1", now=now, until=until))

    with ServiceLock(desk.archive):
        result = desk.run("poll", "cnipa")

    assert result.exit_code == 3
    assert "The source is being polled by another process: cnipa" in result.stderr
    assert site.asked("/feed.xml") == []


def test_a_service_that_was_killed_holds_no_source(desk: Desk, site: Site) -> None:
    """Its lease runs for ten minutes; that it is dead shows in the lock, which died with it."""
    from presswatch.config.load import load

    source, now = load(desk.config, {}).sources[0], datetime.now(UTC)
    until = now + timedelta(minutes=5)
    desk.write(lambda db: ledger.lease(db, source, owner="service 1", now=now, until=until))

    assert desk.run("poll", "cnipa").exit_code in {0, 1}
    assert site.asked("/feed.xml")


def test_a_source_that_the_config_lacks(desk: Desk) -> None:
    result = desk.run("poll", "cnip")

    assert result.exit_code == 2
    assert "has no source 'cnip'; did you mean `cnipa`?" in result.stderr
