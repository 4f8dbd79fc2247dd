"""Polls and visits at moments that a test names, and what the archive shows afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from archive.store import find_article, open_for_reading
from crawler import ledger

if TYPE_CHECKING:
    from archive.article import Article
    from crawler.source import Page, PollReport
    from tests.crawler.newsroom import Newsroom
    from tests.support.site import Recorded

START = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(room: Newsroom, after: timedelta) -> PollReport:
    """A poll so long after the start."""
    room.now = START + after
    (report,) = room.polls()
    return report


def asked(room: Newsroom, name: str = "a") -> list[Recorded]:
    return room.site.asked(f"/{name}.html")


def shown(room: Newsroom, name: str = "a") -> Article:
    db = open_for_reading(room.path)
    try:
        found = find_article(db, room.site.url(f"/{name}.html"))
    finally:
        db.close()
    assert found is not None
    return found


def page(room: Newsroom, name: str = "a") -> Page:
    db = open_for_reading(room.path)
    try:
        (found,) = ledger.pages_of(db, room.site.url(f"/{name}.html"))
    finally:
        db.close()
    return found
