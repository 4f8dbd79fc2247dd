"""A poll, through the real transport, the real spiders and the real archive."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.store import Archive, open_for_reading
from crawler import ledger
from crawler.engine import Engine
from crawler.errors import SourceBusy, SourceUnknown, Unreadable
from crawler.extract import Extracted, extract
from crawler.extract import Page as HtmlPage
from tests.crawler.newsroom import OPTIONS, TEXT, Newsroom, article, fates
from tests.support.site import Answer, Recorded, Site, Wire, hang


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with Site() as site:
        yield Newsroom(site, tmp_path / "a.db")


def test_a_new_article_is_read_and_filed_once(room: Newsroom) -> None:
    """The second poll finds the same links and fetches none of them."""
    room.article("a"), room.article("b")
    room.feed("a", "b")

    first, second = room.polls(2)

    assert fates(first) == {"a.html": "new", "b.html": "new"}
    assert (first.outcome, first.found, first.requests) == ("ok", 2, 3)
    assert (second.outcome, second.found, second.pages) == ("ok", 2, ())
    assert len(room.site.asked("/a.html")) == 1
    assert room.filed == 2


def test_an_unchanged_feed_costs_one_conditional_request(room: Newsroom) -> None:
    """The validators survive in the archive, and 304 is a poll that found nothing changed."""
    room.article("a")
    room.feed("a", etag=True)

    first, second = room.polls(2)

    assert (first.outcome, second.outcome) == ("ok", "unchanged")
    assert "if-none-match" in room.site.asked("/feed.xml")[1].headers


def test_a_page_that_fails_is_told_and_the_others_are_read(room: Newsroom) -> None:
    """One page with an error, one without an article, one that is gone: each has its reason."""
    room.article("good")
    room.article("broken", status=500)
    room.site.page("/empty.html", "<html><title>nothing</title><body></body></html>")
    room.feed("broken", "empty", "gone", "good")

    (report,) = room.polls()

    assert fates(report) == {
        "broken.html": "failed", "empty.html": "dropped", "gone.html": "dropped",
        "good.html": "new",
    }  # fmt: skip
    reasons = {page.url.rsplit("/", 1)[1]: page.reason for page in report.pages}
    assert "HTTP 500" in reasons["broken.html"]
    assert "HTTP 404" in reasons["gone.html"]
    assert report.outcome == "ok"


def test_a_listing_that_has_not_changed_lists_as_many_as_before(room: Newsroom) -> None:
    """A poll of it that tries a page again is no listing without links, which would be told."""
    room.article("good")
    room.article("broken", status=500)
    room.feed("broken", "good", etag=True)
    room.now = datetime.now(UTC)
    room.polls()
    room.now += timedelta(hours=2)

    (again,) = room.polls()

    assert (again.outcome, [page.fate for page in again.pages]) == ("ok", ["failed"])
    with closing(open_for_reading(room.path)) as db:
        assert [report.found for report in ledger.polls(db, "s")] == [2, 2]


def test_a_failed_listing_is_a_failed_poll_and_never_an_empty_one(room: Newsroom) -> None:
    """The source keeps its reason, and its next poll is planned for later."""
    room.site.page("/feed.xml", "down", status=503)

    async def job(engine: Engine, archive: Archive) -> None:
        report = await engine.poll(room.source, owner="test")
        state = await archive.read(lambda db: ledger.state(db, "s"))
        assert state is not None

        assert (report.outcome, report.error) == ("failed", "BadStatus")
        assert "HTTP 503" in state.last_reason
        assert state.failures == 1
        assert state.first_polled is None
        assert (
            state.next_poll
            == report.started.replace(microsecond=report.started.microsecond // 1000 * 1000)
            + 2 * room.source.every
        )

    room.run(job)


def test_a_feed_that_is_a_page_says_so(room: Newsroom) -> None:
    """A site that answers its own error page with 200 must not look like silence."""
    room.site.page("/feed.xml", "<!doctype html><html><body>Sign in</body></html>")

    (report,) = room.polls()

    assert (report.outcome, report.error) == ("failed", "NotAListing")


def test_a_server_that_asks_to_wait_is_left_alone(room: Newsroom) -> None:
    """The pages stay on the list without counting a try, and the source is not polled before."""
    room.article("a")
    room.feed("a")
    room.site.page("/a.html", "", status=429, headers={"Retry-After": "3600"})

    async def job(engine: Engine, archive: Archive) -> None:
        report = await engine.poll(room.source, owner="test")
        (page,) = await archive.read(lambda db: ledger.pages_of(db, room.site.url("/a.html")))

        assert (report.outcome, report.error) == ("partial", "ToldToWait")
        assert report.not_before is not None
        assert report.next_poll == report.not_before
        assert (page.fate, page.attempts) == ("found", 0)

    room.run(job)


def test_what_the_time_limit_cut_off_follows_at_the_next_poll(room: Newsroom) -> None:
    """Even though the feed has not changed since: the ledger is the list, not the feed."""
    room.article("a")
    room.feed("a", "slow", etag=True)
    room.site.behave("/slow.html", hang)
    short = replace(OPTIONS, poll_limit=timedelta(seconds=1))

    async def cut(engine: Engine, _: Archive) -> None:
        report = await engine.poll(room.source, owner="test")

        assert report.outcome == "partial"
        assert "time limit" in report.reason

    room.run_with(short, cut)
    room.article("slow")

    (report,) = room.polls()

    assert fates(report)["slow.html"] == "new"


def test_a_source_that_is_being_polled_is_busy(room: Newsroom) -> None:
    """Whoever polls beside the service takes the same lease."""
    entered = asyncio.Event()

    async def job(engine: Engine, _: Archive) -> None:
        loop = asyncio.get_running_loop()

        def slow(_request: Recorded, wire: Wire) -> None:
            loop.call_soon_threadsafe(entered.set)
            wire.wait(1)
            wire.answer(Answer(b"<rss version='2.0'><channel></channel></rss>"))

        room.site.behave("/feed.xml", slow)
        first = asyncio.create_task(engine.poll(room.source, owner="one"))
        await entered.wait()
        with pytest.raises(SourceBusy, match="one holds it"):
            await engine.poll(room.source, owner="two")
        await first

    room.run(job)


def test_a_cancelled_poll_gives_its_lease_back_and_keeps_its_list(room: Newsroom) -> None:
    """The service stops in the middle; the next start goes on where it was."""
    room.feed("slow")
    room.site.behave("/slow.html", hang)

    async def job(engine: Engine, archive: Archive) -> None:
        poll = asyncio.create_task(engine.poll(room.source, owner="test"))
        await asyncio.to_thread(room.site.wait_for, lambda site: bool(site.asked("/slow.html")))
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll
        state = await archive.read(lambda db: ledger.state(db, "s"))
        assert state is not None

        assert not state.lease_owner
        assert state.last_outcome == "partial"

    room.run(job)
    room.article("slow")

    assert fates(room.polls()[0]) == {"slow.html": "new"}


def test_redirects_and_tracking_end_in_one_article_with_its_other_addresses(
    room: Newsroom,
) -> None:
    """The archive names the article by where it lives, and finds it by where it was listed."""
    room.article("real")
    room.site.redirect("/short.html", room.site.url("/real.html"))
    room.feed("short", "real")

    async def job(engine: Engine, archive: Archive) -> None:
        await engine.poll(room.source, owner="test")
        found = await article(archive, room.site.url("/short.html"))
        assert found is not None

        assert found.newest.url == room.site.url("/real.html")

    room.run(job)


def test_a_page_that_leads_to_the_front_page_is_gone(room: Newsroom) -> None:
    """Many sites answer so for what they removed; the front page is no article."""
    room.site.page("/", f"<html><body><article><p>{TEXT * 3}</p></article></body></html>")
    room.site.redirect("/old.html", room.site.url("/"))
    room.feed("old")

    (report,) = room.polls()

    assert fates(report) == {"old.html": "dropped"}
    assert "front page" in report.pages[0].reason


def test_a_kind_without_a_spider_is_a_mistake_of_ours(room: Newsroom) -> None:
    """Nothing is leased for it."""

    async def job(engine: Engine, _: Archive) -> None:
        with pytest.raises(SourceUnknown):
            await engine.poll(replace(room.source, kind="telex"), owner="test")

    room.run(job)


def test_a_worker_that_gives_up_on_a_page_drops_it_with_its_reason(room: Newsroom) -> None:
    """Hostile pages end as a line in the report."""
    room.article("a")
    room.feed("a")

    class Refuses:
        async def extract(self, page: HtmlPage) -> Extracted:
            raise Unreadable(page.url, cause="it took longer than 20 s")

    room.workers = Refuses()
    (report,) = room.polls()

    assert fates(report) == {"a.html": "dropped"}
    assert "longer than 20 s" in report.pages[0].reason


def test_a_fault_of_ours_is_the_reason_of_one_page_and_no_more(room: Newsroom) -> None:
    """A bug that one page brings out must not lose the others, nor hold the source for ever."""
    room.article("a"), room.article("b")
    room.feed("a", "b")

    class Stumbles:
        async def extract(self, page: HtmlPage) -> Extracted:
            if page.url.endswith("a.html"):
                raise KeyError("surprise")
            return extract(page)

    room.workers = Stumbles()
    (report,) = room.polls()

    assert fates(report) == {"a.html": "failed", "b.html": "new"}
    assert "KeyError: 'surprise'" in next(p.reason for p in report.pages if p.fate == "failed")


def test_a_link_that_is_no_address_costs_only_itself(room: Newsroom) -> None:
    """Feeds hold anything."""
    room.article("a")
    room.site.page(
        "/feed.xml",
        "<rss version='2.0'><channel>"
        "<item><title>x</title><link>http://127.0.0.1:99999/x.html</link></item>"
        f"<item><title>a</title><link>{room.site.url('/a.html')}</link></item>"
        "</channel></rss>",
    )

    (report,) = room.polls()

    assert fates(report)["a.html"] == "new"
    assert report.outcome == "ok"


def test_a_listing_whose_links_could_not_be_written_down_is_read_again(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were its validators kept, a 304 would hide the links for ever."""
    room.article("a")
    room.feed("a", etag=True)

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("crawler.engine.poll.triage", full)
        (report,) = room.polls()
        assert "disk is full" in report.reason

    assert fates(room.polls()[0]) == {"a.html": "new"}


def test_a_listing_that_cuts_a_smiley_in_two_is_read(room: Newsroom) -> None:
    """JSON can write half a character, which no archive can hold: every poll of it failed."""
    url, half = room.article("a"), "\ud83d"
    item = {
        "url": url,
        "title": half,
        "summary": half,
        "date_published": half,
        "content_html": half * 200,
    }
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "authors": [{"name": half}],
        "items": [item],
    }
    room.site.page("/feed.xml", json.dumps(feed), content_type="application/feed+json")

    (report,) = room.polls()

    assert fates(report) == {"a.html": "new"}
