"""A site's redesign, from the site itself to the notice: real polls, real pages, real archive."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from crawler import ledger
from presswatch.upkeep.selfcheck import SelfCheck
from tests.crawler.newsroom import Newsroom, prose
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.store import Archive
    from crawler.engine import Engine


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    with Site() as site:
        yield Newsroom(site, tmp_path / "a.db")


def bare(room: Newsroom, name: str) -> None:
    """A page that fills itself by script, as after a redesign."""
    room.site.page(f"/{name}.html", f"<title>{name}</title><body><div id=app></div></body>")


async def told(archive: Archive) -> list[str]:
    sql = "SELECT payload FROM alert WHERE kind = 'notice' ORDER BY rowid"
    rows = await archive.read(lambda db: db.execute(sql).fetchall())
    return [f"{row['state']}: {row['text']}" for row in (json.loads(text) for (text,) in rows)]


def test_a_report_counts_how_its_pages_read(room: Newsroom) -> None:
    async def job(engine: Engine, archive: Archive) -> None:
        room.article("a"), room.article("b")
        bare(room, "c")
        room.article("busy", status=503)
        room.feed("a", "b", "c", "busy", "gone")
        await engine.poll(room.source, owner="test")

        (row,) = await archive.read(lambda db: ledger.polls(db, "s"))

        assert (row.read, row.textless) == (5, 3)
        assert (row.untitled, row.undated) == (0, 0)
        assert row.length > 500

    room.run(job)


def test_a_redesign_that_empties_the_archive_is_told(room: Newsroom) -> None:
    async def job(engine: Engine, archive: Archive) -> None:
        check = SelfCheck(archive, ["s"], operator="desk", zone=UTC)
        names = [f"old{n}" for n in range(24)]
        for count in range(4, 25, 4):
            for name in names[:count]:
                room.article(name)
            room.feed(*names[:count])
            await engine.poll(room.source, owner="test")
            assert await check.turn(datetime.now(UTC)) == 0
        for n in range(8):
            (room.article if n == 3 else lambda name: bare(room, name))(f"new{n}")
        room.feed(*(f"new{n}" for n in range(8)), *names[:12])
        await engine.poll(room.source, owner="test")

        assert await check.turn(datetime.now(UTC)) == 1
        assert await told(archive) == ["begun: 7 of 8 articles without text, usually none"]

        for n in range(8):
            room.article(f"later{n}")
        room.feed(*(f"later{n}" for n in range(8)), *names[:12])
        await engine.poll(room.source, owner="test")

        assert await check.turn(datetime.now(UTC)) == 1
        assert (await told(archive))[1:] == ["ended: 7 of 8 articles without text, usually none"]

    room.run(job)


def test_a_feed_that_lists_nothing_any_more_is_told(room: Newsroom) -> None:
    """Though it answers as it should, and answers 304 ever after."""

    async def job(engine: Engine, archive: Archive) -> None:
        check = SelfCheck(archive, ["s"], operator="desk", zone=UTC)
        names = [f"a{n}" for n in range(6)]
        for name in names:
            room.article(name)
        room.feed(*names)
        for _ in range(6):
            await engine.poll(room.source, owner="test")
        room.feed(etag=True)
        for _ in range(3):
            await engine.poll(room.source, owner="test")
            await check.turn(datetime.now(UTC))

        assert await told(archive) == ["begun: the listing gave 0 links, usually 6"]

    room.run(job)


def test_a_selector_that_the_site_has_outgrown_is_told(room: Newsroom) -> None:
    """Its articles are read all the same; another selector ends the trouble."""
    room.source = replace(room.source, text="article p")
    at = iter(range(100))

    async def bring(engine: Engine, archive: Archive, text: str, *, tag: str = "article") -> int:
        """Five more articles, the text of which stands in this element."""
        check = SelfCheck(archive, ["s"], operator="desk", zone=UTC, texts={"s": text})
        names = [f"n{next(at)}" for _ in range(5)]
        for name in names:
            html = f"<h1>{name} news</h1><{tag}><p>{prose(name)}</p></{tag}>"
            room.site.page(f"/{name}.html", f"<html><body>{html}</body></html>")
        room.feed(*names)
        report = await engine.poll(room.source, owner="test")
        assert report.count("new") == 5
        return await check.turn(datetime.now(UTC))

    async def job(engine: Engine, archive: Archive) -> None:
        assert [await bring(engine, archive, "article p") for _ in "123"] == [0, 0, 0]

        assert await bring(engine, archive, "article p", tag="section") == 1
        assert await told(archive) == ["begun: `text` matched nothing on 5 of the last 8 pages"]

        room.source = replace(room.source, text="section")
        assert await bring(engine, archive, "section", tag="section") == 1
        assert (await told(archive))[1].startswith("ended: `text` matched nothing")

    room.run(job)
