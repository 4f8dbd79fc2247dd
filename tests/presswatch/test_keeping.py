"""Retention as the service carries it out, and what `why` and `show` say of it afterwards."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from alerts.history.verify import problems
from archive.sizes import shrink, size
from archive.store import Archive, open_for_reading
from crawler import ledger
from crawler.engine.triage import triage
from crawler.source import Fate, Link, Page, Source
from presswatch.config.load import load
from presswatch.config.records import ArchiveOptions
from presswatch.upkeep.keeping import LATER, SOON, Retention
from tests.presswatch.desk import START

if TYPE_CHECKING:
    import pytest
    from sqlite_utils import Database

    from crawler.engine.triage import Triaged
    from tests.presswatch.desk import Desk

DAY = timedelta(days=1)
URL = "https://cnipa.example/a/{}"


def fill(desk: Desk, count: int) -> None:
    for number in range(count):
        text = f"第{number}号公告：专利局公布新规，企业可以提前申请。编号{number * 7919}。" * 8
        desk.file(URL.format(number), text, now=START + number * DAY)
    desk.write(
        lambda db: bool(
            db.execute("INSERT INTO cursor VALUES ('match', (SELECT max(id) FROM revision))")
        )
    )


def turns(desk: Desk, options: ArchiveOptions, days: int) -> list[timedelta]:
    """Take turns as the service would at a later day, until there is nothing to do."""

    async def take() -> list[timedelta]:
        archive = Archive.open(desk.archive)
        keeping = Retention(archive, options)
        waits: list[timedelta] = []
        try:
            while not waits or waits[-1] != LATER:
                waits.append(await keeping.turn(START + days * DAY))
        finally:
            archive.close()
        return waits

    return asyncio.run(take())


def test_a_backlog_goes_in_small_turns(desk: Desk) -> None:
    """Fifty articles are no one transaction in which everybody waits."""
    fill(desk, 50)

    waits = turns(desk, ArchiveOptions(keep_articles=10 * DAY), days=500)

    assert waits == [SOON, SOON, SOON, LATER]
    assert desk.run("search", "专利局").exit_code == 1


def test_what_became_free_is_given_back_to_the_disk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A little in each turn; what the next days need stays in the file."""
    monkeypatch.setattr("presswatch.upkeep.keeping.shrink", partial(shrink, most=50, reserve=20))
    fill(desk, 2)
    blob = os.urandom(1_000_000)
    desk.write(lambda db: bool(db.execute("UPDATE raw SET body = ?", [blob])))
    before = desk.archive.stat().st_size

    waits = turns(desk, ArchiveOptions(keep_raw=DAY), days=100)

    assert before > 2_000_000
    assert desk.archive.stat().st_size < before - 1_500_000
    assert len(waits) > 8
    with open_for_reading(desk.archive) as db:
        found = size(db)
    assert found.free < 400_000


def test_why_and_show_say_what_was_let_go_of(desk: Desk) -> None:
    """Nobody shall think that an article was never here, or that its response was lost."""
    fill(desk, 4)
    kept = ArchiveOptions(keep_raw=1 * DAY, keep_articles=10 * DAY)

    turns(desk, kept, days=11)

    why = desk.run("why", URL.format(0))
    assert (why.exit_code, "keep_articles" in why.stdout) == (0, True), why.output
    assert "keep_articles" in desk.run("why", "1").stdout
    show = desk.run("show", "1")
    assert (show.exit_code, "keep_articles" in show.stderr) == (1, True)
    assert "keep_raw" in desk.run("why", "4").stdout
    raw = desk.run("show", "4", "--raw")
    assert (raw.exit_code, raw.stdout, "keep_raw" in raw.stderr) == (1, "", True)
    assert "sha256" in desk.run("show", "4").stdout


def test_the_ledger_stays_in_order_without_the_articles(desk: Desk) -> None:
    """`alerts verify` tells what was let go of from what was lost."""
    fill(desk, 2)

    def match(db: Database) -> bool:
        sql = (
            "INSERT INTO rule_match (rule, revision, article, story, matched_at, words, decision,"
            " alerts) SELECT 'patents', newest, id, story, 1, '[]', 'ALERT', 0 FROM article"
        )
        return bool(db.execute(sql))

    desk.write(match)
    turns(desk, ArchiveOptions(keep_articles=10 * DAY), days=100)

    assert desk.write(lambda db: list(problems(db))) == []


def test_a_watched_page_is_not_told_again_because_of_its_age(desk: Desk) -> None:
    """It is read at every poll: were its article let go of, an unchanged page would be news."""
    fill(desk, 2)
    url = URL.format(0)
    source = Source(name="notices", url=url, kind="watch")
    page = Page(source="notices", url=url, found=START, poll="", fate=Fate.FILED, article=1)

    def watch(db: Database) -> None:
        ledger.register(db, [source])
        ledger.note_links(db, source, [page], now=START)

    desk.write(watch)

    turns(desk, ArchiveOptions(keep_articles=10 * DAY), days=100)

    assert desk.run("show", "1").exit_code == 0
    assert desk.run("show", "2").exit_code == 1


def test_what_was_let_go_of_is_not_filed_anew_by_another_source(desk: Desk) -> None:
    """Its page is known, so nobody is told a second time of an old article."""
    fill(desk, 1)
    turns(desk, ArchiveOptions(keep_articles=10 * DAY), days=100)
    source, links = Source(name="late", url="https://late.example/"), [Link(url=URL.format(0))]

    def listed(db: Database) -> Triaged:
        return triage(db, source, links, poll="", now=START, first=False, limit=9)

    (report,) = desk.write(listed).settled

    assert (report.fate, report.article, "keep_articles" in report.reason) == (Fate.FILED, 1, True)
    why = desk.run("why", URL.format(0))
    assert (why.exit_code, "by source late" in why.stdout) == (0, True), why.output


def test_the_config_says_how_long(desk: Desk) -> None:
    """For ever unless somebody says otherwise; a number alone or an hour is a mistake."""
    assert load(desk.config, {}).archive.keep_raw is None
    text = desk.config.read_text("utf-8")
    wished = text.replace("[archive]", '[archive]\nkeep_raw = "180d"\nkeep_articles = "forever"')
    desk.config.write_text(wished, "utf-8")
    options = load(desk.config, {}).archive
    assert (options.keep_raw, options.keep_articles) == (180 * DAY, None)

    desk.config.write_text(wished.replace('"180d"', '"1h"').replace('"forever"', "30"), "utf-8")
    result = desk.run("check")
    assert result.exit_code == 2
    assert "archive.keep_raw: must be at least 1d" in result.stderr
    assert 'archive.keep_articles: must be "forever" or a duration' in result.stderr
