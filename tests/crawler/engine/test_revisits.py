"""What comes of looking at an article again: changed, unchanged, gone, back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from alerts.match import build, match_pending
from alerts.rule import Rule
from archive.query import parse
from archive.store import Archive, open_for_reading
from crawler.engine.revisits import moved_only
from tests.crawler.engine.visits import HOUR, START, asked, at, page, shown
from tests.crawler.newsroom import OPTIONS, Newsroom, fates, prose
from tests.support.site import Answer, Site, hang

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.engine import Engine
    from tests.support.site import Recorded, Wire

AMENDED = " An amendment about the tramway depot was announced on Friday evening."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with Site() as site:
        newsroom = Newsroom(site, tmp_path / "a.db")
        newsroom.now = START
        yield newsroom


def test_a_changed_text_is_a_revision(room: Newsroom) -> None:
    room.article("a")
    room.feed("a", etag=True)
    at(room, 0 * HOUR)
    room.article("a", prose("a") + AMENDED)

    report = at(room, HOUR)

    assert fates(report) == {"a.html": "revised"}
    assert room.filed == 2
    article = shown(room)
    assert article.revisions == 2
    assert AMENDED.strip() in article.newest.text
    assert article.newest.seen == START + HOUR


def test_a_changed_title_is_a_revision(room: Newsroom) -> None:
    room.article("a")
    room.feed("a")
    at(room, 0 * HOUR)
    body = f"<h1>Another heading</h1><p>a. {prose('a')}</p><p>{prose('a')}</p>"
    html = f"<html><head><title>Another heading</title></head><body><article>{body}</article>"
    room.site.page("/a.html", html + "</body></html>")

    report = at(room, HOUR)

    assert fates(report) == {"a.html": "revised"}
    assert shown(room).newest.title == "Another heading"


def test_an_unchanged_page_is_asked_conditionally_and_costs_a_mark(room: Newsroom) -> None:
    """Its own validators are sent; the poll is as unchanged as its feed."""
    room.article("a", etag=True)
    room.feed("a", etag=True)
    at(room, 0 * HOUR)

    reports = [at(room, HOUR), at(room, 7 * HOUR)]

    assert [(report.outcome, report.pages) for report in reports] == [("unchanged", ())] * 2
    tags = [request.headers.get("if-none-match") for request in asked(room)]
    assert tags[0] is None and tags[1] == tags[2] == page(room).validators.etag
    assert page(room).looked == START + 7 * HOUR
    assert shown(room).revisions == 1


def test_a_page_without_validators_that_is_the_same_is_not_even_read(room: Newsroom) -> None:
    """The bytes are those that are here."""
    room.article("a")
    room.feed("a", etag=True)
    at(room, 0 * HOUR)

    async def job(engine: Engine, _: Archive) -> None:
        async def refuse(*_: object) -> None:
            raise AssertionError("extracted again")

        engine._pages._lanes.extract = refuse  # type: ignore[method-assign,assignment]
        report = await engine.poll(room.source, owner="test")
        assert report.outcome == "unchanged"

    room.now = START + HOUR
    room.run(job)

    assert len(asked(room)) == 2


def test_what_changes_around_the_text_is_no_revision(room: Newsroom) -> None:
    """Other bytes, the same text and title: read, compared, marked."""
    room.article("a")
    room.feed("a", etag=True)
    at(room, 0 * HOUR)
    body = f"<article><h1>a news</h1><p>a. {prose('a')}</p><p>{prose('a')}</p></article>"
    html = f"<html><head><title>a news</title><meta name='build' content='7'></head><body>{body}"
    room.site.page("/a.html", html + "</body></html>")

    report = at(room, HOUR)

    assert (report.outcome, report.pages) == ("unchanged", ())
    assert shown(room).revisions == 1


def test_a_rule_hears_of_what_an_article_mentions_by_now(room: Newsroom) -> None:
    """Once: the first text said nothing of it, the third says nothing new."""
    rule = Rule(name="trams", query=parse("tramway"), channels=("bot",))
    room.article("a")
    room.feed("a", etag=True)
    told = []

    async def job(engine: Engine, archive: Archive) -> None:
        await engine.poll(room.source, owner="test")
        await match_pending(archive, build([rule]), room.clock())
        found = await archive.read(lambda db: db.execute("SELECT count(*) FROM alert").fetchone())
        told.append(found[0])

    room.run(job)
    for hours, text in ((1, prose("a") + AMENDED), (6, prose("a") + AMENDED + " So it was.")):
        room.now = START + hours * HOUR
        room.article("a", text)
        room.run(job)

    assert told == [0, 1, 1]
    assert shown(room).revisions == 3


def test_a_change_in_the_backlog_of_a_source_is_news(room: Newsroom) -> None:
    """What was quiet when it came may have gained the word that somebody waits for."""
    room.article("a")
    room.site.page(
        "/feed.xml",
        "<rss version='2.0'><channel><item><title>a</title>"
        f"<link>{room.site.url('/a.html')}</link></item></channel></rss>",
    )
    at(room, 0 * HOUR)
    assert shown(room).newest.quiet
    room.article("a", prose("a") + AMENDED)

    at(room, HOUR)

    assert not shown(room).newest.quiet


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_withdraws_its_article_until_it_is_back(
    room: Newsroom, status: int
) -> None:
    room.article("a")
    room.feed("a", etag=True)
    at(room, 0 * HOUR)
    room.article("a", status=status)

    gone, again = at(room, HOUR), at(room, 6 * HOUR)

    assert fates(gone) == {"a.html": "withdrawn"}
    assert f"HTTP {status}" in gone.pages[0].reason
    assert again.pages == (), "it is said once"
    assert shown(room).withdrawn == START + HOUR
    room.article("a")

    back = at(room, 24 * HOUR)

    assert fates(back) == {"a.html": "restored"}
    assert shown(room).withdrawn is None


def test_an_article_that_comes_back_changed_is_both(room: Newsroom) -> None:
    room.article("a")
    room.feed("a")
    at(room, 0 * HOUR)
    room.article("a", status=404)
    at(room, HOUR)
    room.article("a", prose("a") + AMENDED)

    report = at(room, 6 * HOUR)

    assert fates(report) == {"a.html": "revised"}
    assert shown(room).withdrawn is None


def test_what_is_gone_at_the_last_visit_is_given_another_day(room: Newsroom) -> None:
    """A page that was down for an hour is not withdrawn for ever."""
    room.article("a")
    room.feed("a")
    for hours in (0, 1, 6, 24):
        at(room, hours * HOUR)
    room.article("a", status=404)
    at(room, 72 * HOUR)
    room.article("a")

    at(room, 79 * HOUR)

    assert shown(room).withdrawn is None
    assert page(room).look is None


@pytest.mark.parametrize("status", [403, 500, 503])
def test_a_failure_marks_nothing(room: Newsroom, status: int) -> None:
    """The article stays as it is, the page is filed as it was, and the next visit follows."""
    room.article("a")
    room.feed("a")
    at(room, 0 * HOUR)
    room.article("a", status=status)

    report = at(room, HOUR)

    assert report.pages == ()
    assert shown(room).withdrawn is None
    assert (page(room).fate, page(room).look) == ("filed", START + 6 * HOUR)


def test_a_server_that_asks_to_wait_is_visited_at_a_later_poll(room: Newsroom) -> None:
    """The visit stays due."""
    room.article("a")
    room.feed("a")
    at(room, 0 * HOUR)
    room.site.page("/a.html", "", status=429, headers={"Retry-After": "60"})

    report = at(room, HOUR)

    assert (report.outcome, report.error) == ("partial", "ToldToWait")
    assert page(room).look == START + HOUR


def test_a_fault_of_ours_leaves_the_article_filed(room: Newsroom) -> None:
    room.article("a")
    room.feed("a")
    at(room, 0 * HOUR)
    room.article("a", prose("a") + AMENDED)

    async def job(engine: Engine, _: Archive) -> None:
        async def stumble(*_: object) -> None:
            raise KeyError("surprise")

        engine._pages._lanes.extract = stumble  # type: ignore[method-assign,assignment]
        await engine.poll(room.source, owner="test")

    room.now = START + HOUR
    room.run(job)

    assert (page(room).fate, page(room).look) == ("filed", START + 6 * HOUR)


def test_a_page_that_leads_elsewhere_by_now_is_no_revision(room: Newsroom) -> None:
    """Gone articles often lead to another one, which is not what this one says now."""
    room.article("a"), room.article("b")
    room.feed("a")
    at(room, 0 * HOUR)
    room.site.redirect("/a.html", room.site.url("/b.html"))

    report = at(room, HOUR)

    assert report.pages == ()
    article = shown(room)
    assert (article.revisions, article.newest.title) == (1, "a news")
    db = open_for_reading(room.path)
    assert db.execute("SELECT count(*) FROM article").fetchone()[0] == 1
    db.close()


def test_visits_that_the_time_limit_cut_off_stay_due(room: Newsroom) -> None:
    room.article("a")
    room.feed("a")
    at(room, 0 * HOUR)
    room.site.behave("/a.html", hang)
    room.now = START + HOUR

    async def job(engine: Engine, _: Archive) -> None:
        report = await engine.poll(room.source, owner="test")
        assert report.outcome == "partial"

    room.run_with(replace(OPTIONS, poll_limit=timedelta(seconds=1)), job)

    assert page(room).look == START + HOUR


def test_new_articles_do_not_wait_for_a_slow_visit(room: Newsroom) -> None:
    """The new page is read while the old one hangs, and before it is even asked."""
    room.article("a")
    room.feed("a")
    at(room, 0 * HOUR)
    order: list[str] = []

    def note(request: Recorded, wire: Wire) -> None:
        order.append(request.path)
        wire.answer(Answer(b"", 500))

    room.site.behave("/a.html", note)
    room.site.behave("/new.html", note)
    room.feed("new", "a")

    at(room, HOUR)

    assert order == ["/new.html", "/a.html"]


def test_only_the_scheme_may_change() -> None:
    assert moved_only("http://n.org/a?x=1", "https://www.n.org/a?x=1")
    assert not moved_only("http://n.org/a?x=1", "http://n.org/a?x=2")
    assert not moved_only("http://n.org/a", "http://m.org/a")
