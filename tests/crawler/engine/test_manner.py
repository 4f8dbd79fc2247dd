"""Another way of reading a page is no change of it, and a change is one however it is read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from alerts.match import build, match_pending
from alerts.rule import Rule
from archive.query import parse
from archive.store import Archive, open_for_reading
from crawler.source import Source
from tests.crawler.engine.visits import HOUR, START, at, shown
from tests.crawler.newsroom import Newsroom, fates, prose
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.engine import Engine

RULE = Rule(name="all", query=parse("a OR amended"), channels=("bot",), on="revision")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with Site() as site:
        newsroom = Newsroom(site, tmp_path / "a.db")
        newsroom.now = START
        newsroom.feed("a")
        yield newsroom


def put(room: Newsroom, hits: int, *, text: str = "a", box: str = "box") -> None:
    """An article with a box that passes for a part of it, and a counter that makes it new bytes."""
    paragraphs = f"<p>{prose(text)}</p><p>{prose(text + ' more')}</p>"
    aside = f"<p class='box'>{prose(box, 5)}</p>"
    body = f"<h1>News of a</h1><div class='t'>{paragraphs}{aside}</div><i>{hits} readers</i>"
    room.site.page("/a.html", f"<html><head><title>News of a</title></head><body>{body}</body>")


def box_in(room: Newsroom, box: str = "box") -> bool:
    return prose(box, 5) in shown(room).newest.text


def told(room: Newsroom, rule: Rule = RULE) -> int:
    """How many alerts there are by now."""

    async def job(_: Engine, archive: Archive) -> None:
        await match_pending(archive, build([rule]), room.clock())

    room.run(job)
    db = open_for_reading(room.path)
    try:
        return int(db.execute("SELECT count(*) FROM alert").fetchone()[0])
    finally:
        db.close()


def drop(room: Newsroom, *selectors: str, kind: str = "") -> None:
    room.source = replace(room.source, drop=selectors, kind=kind or room.source.kind)


def test_a_changed_selector_mends_an_article_and_tells_nobody(room: Newsroom) -> None:
    """At the next visit that finds other bytes; and so does a selector that is taken back."""
    put(room, 1)
    at(room, 0 * HOUR)
    assert box_in(room)
    put(room, 2)
    drop(room, ".box")

    report = at(room, HOUR)

    assert fates(report) == {"a.html": "revised"}
    assert not box_in(room)
    assert shown(room).newest.quiet
    assert told(room) == 0
    put(room, 3)
    drop(room)
    at(room, 6 * HOUR)
    assert (box_in(room), shown(room).revisions, told(room)) == (True, 3, 0)


def test_a_page_that_changed_meanwhile_is_news(room: Newsroom) -> None:
    put(room, 1)
    at(room, 0 * HOUR)
    before = told(room)
    put(room, 2, text="amended a")
    drop(room, ".box")

    at(room, HOUR)

    assert not box_in(room)
    assert not shown(room).newest.quiet
    assert told(room) == before + 1


def test_the_page_is_compared_with_what_it_said_when_the_selector_changed_nothing(
    room: Newsroom,
) -> None:
    """The archive has the old selector for ever then, and must not take a change for its doing."""
    put(room, 1)
    at(room, 0 * HOUR)
    drop(room, ".none")
    put(room, 2)
    assert at(room, HOUR).pages == ()
    before = told(room)
    put(room, 3, text="amended a")

    at(room, 6 * HOUR)

    assert told(room) == before + 1


def test_furniture_that_is_left_out_is_no_change(room: Newsroom) -> None:
    """What stands on many pages is out of the filed text, and still on the page."""
    names = ("b", "c", "d", "e", "f", "g", "a")
    for name in names:
        paragraphs = f"<p>{prose(name)}</p><p>{prose('furniture', 4)}</p><p>{prose(name + '2')}</p>"
        room.site.page(f"/{name}.html", f"<h1>{name} news</h1><div>{paragraphs}</div>")
        room.feed(name)
        at(room, 0 * HOUR)
    assert prose("furniture", 4) not in shown(room).newest.text
    html = f"<p>{prose('a')}</p><p>{prose('furniture', 4)}</p><p>{prose('a2')}</p>"
    room.site.page("/a.html", f"<h1>a news</h1><div class='b'>{html}</div>")
    room.source = replace(room.source, text=".b p:first-child")

    at(room, HOUR)

    assert shown(room).newest.text == prose("a")
    assert shown(room).newest.quiet


def watched(room: Newsroom) -> None:
    room.source = Source(name="w", url=room.site.url("/a.html"), kind="watch")


def test_what_is_dropped_of_a_watched_page_alerts_nobody(room: Newsroom) -> None:
    """A box that changes at every poll is no change; the text around it is."""
    watched(room)
    drop(room, ".box")
    put(room, 1, box="one")
    first = at(room, 0 * HOUR)
    put(room, 2, box="two")
    second = at(room, HOUR)
    put(room, 3, text="amended a", box="three")

    third = at(room, 2 * HOUR)

    assert [fates(one)["a.html"] for one in (first, second, third)] == ["new", "same", "revised"]
    assert not shown(room).newest.quiet
    assert not box_in(room, "three")


def test_lines_that_are_ignored_alert_nobody(room: Newsroom) -> None:
    watched(room)
    room.source = replace(room.source, ignore_lines=(r"^Updated at \d\d:\d\d",))
    for hour, minute in ((0, 15), (1, 45)):
        text = f"<p>{prose('a')}</p><p>Updated at 08:{minute} by the clerk, No. {minute}.</p>"
        room.site.page("/a.html", f"<h1>News</h1><div>{text}<p>{prose('b')}</p></div>")
        report = at(room, hour * HOUR)

    assert fates(report) == {"a.html": "same"}
    assert shown(room).newest.text == f"{prose('a')}\n{prose('b')}"


def test_a_changed_selector_of_a_watched_page_tells_nobody(room: Newsroom) -> None:
    """And the next change of the page is news again."""
    watched(room)
    put(room, 1)
    at(room, 0 * HOUR)
    put(room, 2)
    drop(room, ".box")
    at(room, HOUR)
    assert (shown(room).revisions, shown(room).newest.quiet, box_in(room)) == (2, True, False)
    put(room, 3, text="amended a")

    at(room, 2 * HOUR)

    assert (shown(room).revisions, shown(room).newest.quiet) == (3, False)
    assert told(room) == 1


def test_a_page_that_the_old_parts_cannot_read_is_news(room: Newsroom) -> None:
    """Nobody knows then what they would have given."""
    put(room, 1)
    room.source = replace(room.source, text=".t")
    at(room, 0 * HOUR)
    body = f"<div class='t'>gone</div><div class='u'><p>{prose('x')}</p><p>{prose('y')}</p></div>"
    room.site.page("/a.html", f"<title>News of a</title><h1>News of a</h1>{body}")
    room.source = replace(room.source, text=".u")

    at(room, HOUR)

    assert (shown(room).revisions, shown(room).newest.quiet) == (2, False)


def test_what_was_only_read_otherwise_silences_no_later_change(room: Newsroom) -> None:
    """The mended text has the word of a rule that has told nobody so far; the next change does."""
    put(room, 1, box="one")
    room.source = replace(room.source, drop=(".t p:first-child",))
    at(room, 0 * HOUR)
    room.source = replace(room.source, drop=())
    put(room, 2, box="one")
    words = " ".join(prose("a").split()[:5])
    rule = Rule(name="first", query=parse(f'"{words}"'), channels=("bot",))
    at(room, HOUR)
    assert (shown(room).newest.quiet, told(room, rule)) == (True, 0)
    put(room, 3, box="another")

    at(room, 6 * HOUR)

    assert (shown(room).newest.quiet, told(room, rule)) == (False, 1)
