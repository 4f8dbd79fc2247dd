"""The feed's own text, where its page cannot be had."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.store import find_article, open_for_reading, raw_body
from crawler import ledger
from crawler.errors import BadStatus, Unreadable
from crawler.extract import Extracted
from crawler.intake.feedtext import article
from crawler.ledger.rows import select
from crawler.source import Page, Source
from tests.crawler.newsroom import Newsroom, fates, prose
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.article import Article

START = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)
WHOLE = "".join(f"<p>{prose(f'feed{number}', 4)}</p>" for number in range(4))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with Site() as site:
        newsroom = Newsroom(site, tmp_path / "a.db")
        newsroom.now = START
        yield newsroom


def filed(room: Newsroom) -> tuple[Article, bytes, str]:
    """The article, the response that is kept of it, and where that came from."""
    db = open_for_reading(room.path)
    try:
        found = find_article(db, room.site.url("/a.html"))
        assert found is not None
        raw = raw_body(db, found.id)
        assert raw is not None
        return found, raw.body, raw.url
    finally:
        db.close()


@pytest.mark.parametrize("status", [403, 404, 410, 451])
def test_the_feed_stands_in_for_a_page_that_is_refused(room: Newsroom, status: int) -> None:
    """Marked with the reason; what is kept is the feed's own HTML, under the feed's address."""
    room.article("a", status=status)
    room.feed("a", content=WHOLE)

    (report,) = room.polls()

    assert fates(report) == {"a.html": "new"}
    found, body, where = filed(room)
    assert found.newest.url == room.site.url("/a.html")
    assert found.newest.text.split("\n") == [prose(f"feed{number}", 4) for number in range(4)]
    assert found.newest.title == "a"
    marks = [item for item in found.evidence if item.field == "text"]
    assert [(mark.value, mark.where, mark.chosen) for mark in marks] == [
        (f"the page answered HTTP {status}", "feed", True)
    ]
    assert (body.decode(), where) == (WHOLE, room.source.url)


def test_a_description_stands_in_where_it_is_the_whole_article(room: Newsroom) -> None:
    """A feed without another place for the text; marked like any other, and a teaser is none."""
    room.article("a", status=403)
    room.article("b", status=403)
    room.feed("a", content=WHOLE + WHOLE.replace("<p>", "<p>And "), tag="description")
    (whole,) = room.polls()
    room.feed("b", content=f"<p>{prose('teaser', 6)}</p>", tag="description")
    (teaser,) = room.polls()

    assert (fates(whole), fates(teaser)) == ({"a.html": "new"}, {"b.html": "dropped"})
    found, _, _ = filed(room)
    assert prose("feed3", 4) in found.newest.text
    assert [one.where for one in found.evidence if one.field == "text"] == ["feed"]


def test_robots_and_pages_without_an_article_count_as_well(room: Newsroom) -> None:
    room.site.page("/a.html", "<html><body><p>Please subscribe to read on.</p></body></html>")
    room.site.page("/robots.txt", "User-agent: *\nDisallow: /b.html", content_type="text/plain")
    room.article("b")
    room.feed("a", "b", content=WHOLE)

    (report,) = room.polls()

    assert sorted(fates(report).values()) == ["copy", "new"], "one text, from two items"


def test_a_page_that_fails_is_tried_to_the_end_before_its_feed_stands_in(room: Newsroom) -> None:
    """Its own text is better; the feed's waits in the ledger, and is gone when it is used."""
    room.article("a", status=500)
    room.feed("a", content=WHOLE)
    outcomes = []
    for _ in range(len(ledger.PAGE_RETRIES) + 1):
        (report,) = room.polls()
        outcomes.append(fates(report)["a.html"])
        assert room.now is not None
        room.now += timedelta(days=2)
        room.feed(content=WHOLE)  # it does not list the page any more

    assert outcomes == ["failed"] * len(ledger.PAGE_RETRIES) + ["new"]
    db = open_for_reading(room.path)
    rows = select(db, "SELECT content, look_at FROM page", [])
    db.close()
    assert rows == [{"content": None, "look_at": None}]


def test_a_page_that_can_be_had_is_read_itself(room: Newsroom) -> None:
    room.article("a")
    room.feed("a", content=WHOLE)

    room.polls()

    found, body, _ = filed(room)
    assert prose("a") in found.newest.text
    assert b"<html>" in body


@pytest.mark.parametrize(
    "content",
    [
        "",
        f"<p>{prose('short', 3)}</p>" * 2,
        f"<p>{prose('teaser', 20)} […]</p>",
        f"<p>{prose('teaser', 20)}</p><p>The post appeared first. Read more</p>",
        f"<p>{'法律规定知识产权' * 30}</p><p>阅读全文</p>",
    ],
)
def test_a_summary_is_no_article(room: Newsroom, content: str) -> None:
    room.article("a", status=403)
    room.feed("a", content=content)

    (report,) = room.polls()

    assert fates(report) == {"a.html": "dropped"}
    assert "HTTP 403" in report.pages[0].reason


def test_why_a_feed_does_not_stand_in() -> None:
    page = Page(source="s", url="https://n.org/a", found=START, poll="p")
    source = Source(name="s", url="https://n.org/feed")
    read = Extracted(
        title="", text="word " * 99, published=None, published_precise=False, authors=(),
        language="", canonical="https://n.org/elsewhere", evidence=(),
    )  # fmt: skip
    error = BadStatus(page.url, status=403)

    with pytest.raises(Unreadable, match="only a summary"):
        article(source, page, read, error, START)
    whole = article(source, page, replace(read, text="word " * 100), error, START)
    assert whole.url == page.url, "a feed says nothing of where its article lives"
