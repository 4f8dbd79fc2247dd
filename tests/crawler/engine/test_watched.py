"""A source that is one page, polled by the engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive.lookup import newest_text
from archive.store import open_for_reading
from crawler.source import Source
from tests.crawler.newsroom import TEXT, InProcess, Newsroom, fates, prose
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.extract import Extracted
    from crawler.extract import Page as HtmlPage


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with Site() as site:
        yield Newsroom(site, tmp_path / "a.db")


def test_a_watched_page_becomes_a_revision_when_it_changes(room: Newsroom) -> None:
    """One page, polled again and again; only a changed text is news."""
    room.article("page")
    room.source = Source(name="w", url=room.site.url("/page.html"), kind="watch")
    polls = room.polls(2)
    room.article("page", TEXT + "An amendment was announced yesterday evening. ")

    polls += room.polls()

    assert [fates(poll)["page.html"] for poll in polls] == ["new", "same", "revised"]
    assert [poll.requests for poll in polls] == [1, 1, 1]
    db = open_for_reading(room.path)
    quiet = [row[0] for row in db.execute("SELECT quiet FROM revision ORDER BY id")]
    db.close()
    assert quiet == [1, 0], "the first state of an undated page is backlog, its change is news"


class Stumbles:
    """Workers with a bug that is mended later."""

    async def extract(self, page: HtmlPage) -> Extracted:
        raise KeyError(page.url)


@pytest.mark.parametrize("etag", [True, False])
def test_what_waits_of_a_watched_page_is_its_part(room: Newsroom, *, etag: bool) -> None:
    """Fetched as other pages are, the whole page would be filed in the place of the part."""
    part, around = prose("part"), prose("around")
    html = f"<body><div class='fees'><p>{part}</p></div><div><p>{around}</p></div></body>"
    url = room.site.page("/fees.html", html, etag=etag)
    room.source = Source(name="w", url=url, kind="watch", select=".fees")
    room.now, room.workers = datetime(2026, 3, 2, tzinfo=UTC), Stumbles()
    outcomes = [fates(report) for report in room.polls()]
    room.now, room.workers = room.now + timedelta(hours=1), InProcess()

    outcomes += [fates(report) for report in room.polls()]

    assert outcomes == [{"fees.html": "failed"}, {"fees.html": "new"}]
    with open_for_reading(room.path) as db:
        text = newest_text(db, (url,))
    assert (part in text, around in text) == (True, False)
