"""presswatch why: the whole way of a page, whatever became of it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from alerts import outbox
from alerts.channel import Outcome, Result
from alerts.match import build, match_pending
from alerts.retry import judge
from alerts.rule import Rule
from archive.query import parse
from archive.store import Archive
from crawler import ledger
from crawler.source import Fate, Page, PageReport, PollReport, Source
from tests.presswatch.desk import START

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tests.presswatch.desk import Desk

URL = "https://cnipa.example/1"
SOURCE = Source(name="cnipa", url="https://cnipa.example/list", kind="listing")


def listed(desk: Desk, url: str = URL, **report: object) -> None:
    """A poll finds a page; `report` says what became of it."""
    fate = {"fate": Fate.FOUND, "reason": "", **report}

    def job(db: Database) -> None:
        until = START + timedelta(minutes=5)
        lease = ledger.lease(db, SOURCE, owner="test", now=START, until=until)
        page = Page(source="cnipa", url=url, found=START, poll="p1", title="As listed",
                    published="2026-03-01")  # fmt: skip
        ledger.note_links(db, SOURCE, [page], now=START)
        if fate["fate"] != Fate.FOUND:
            done = PageReport(url=url, **fate)  # type: ignore[arg-type]
            ledger.settle_page(db, "cnipa", done, now=START + timedelta(seconds=2))
        poll = PollReport(id="p1", source="cnipa", started=START, took=timedelta(seconds=3),
                          outcome="ok", found=7)  # fmt: skip
        ledger.settle(db, poll, lease, next_poll=until)

    desk.write(job)


def match(desk: Desk, query: str) -> None:
    rule = Rule(name="patents", query=parse(query), channels=("bot",))

    async def go() -> None:
        archive = Archive.open(desk.archive)
        try:
            await match_pending(archive, build([rule]), START + timedelta(seconds=4))
        finally:
            await asyncio.to_thread(archive.close)

    asyncio.run(go())


def deliver(desk: Desk, result: Result) -> None:
    now = START + timedelta(seconds=5)

    def job(db: Database) -> None:
        claim = outbox.claim(db, "bot", owner="me", now=now, lease=timedelta(minutes=1))
        assert claim is not None
        verdict = judge(result, claim.attempts, now, Random(1))
        outbox.settle(db, claim, result, verdict, at=now, now=now + timedelta(milliseconds=30))

    desk.write(job)


def events(desk: Desk, key: str = URL) -> dict[str, str]:
    answer = desk.run("why", key, "--format", "json")
    assert answer.exit_code == 0
    return {event["what"]: event["said"] for event in json.loads(answer.stdout)["events"]}


def test_the_whole_way_of_an_article(desk: Desk) -> None:
    """From the poll that listed it to the receiver's answer, in the order of time."""
    desk.file(URL, "甘肃省的专利，专利新规。", poll="p1", now=START + timedelta(seconds=2))
    listed(desk, fate=Fate.FILED, reason="new", article=1, outcome="new")
    match(desk, "专利 AND 甘肃")
    deliver(desk, Result(outcome=Outcome.DELIVERED, status=204))

    answer = desk.run("why", f"{URL}?utm_source=feed")

    lines = answer.stdout.splitlines()
    whats = [line[21:33].strip() for line in lines[3:]]
    assert lines[:3] == ["Title", URL, ""]
    assert whats == ["found", "fetched", "extracted", "filed", "archived", "matched", "queued",
                     "delivered"]  # fmt: skip
    assert lines[3].startswith("2026-03-01 16:30:00  found       https://cnipa.example/1 by source")
    assert 'poll p1 (ok, 7 listed), as "As listed", dated 2026-03-01' in lines[3]
    assert "HTTP 200, 36 bytes, sha256 " in lines[4]
    assert "title from h1" in lines[5]
    assert "article 1 in story 1" in lines[7]
    assert "rule patents: 甘肃 in the body, 专利 ×2 in the body" in lines[8]
    assert "for channel bot, 204, 30 ms" in lines[10]


def test_a_page_that_waits(desk: Desk) -> None:
    listed(desk)

    assert events(desk)["waits"] == "to be fetched by the next poll of cnipa"


def test_a_page_that_was_dropped_says_why(desk: Desk) -> None:
    listed(desk, fate=Fate.DROPPED, reason="robots.txt does not allow this page")

    found = events(desk)

    assert found["dropped"] == "robots.txt does not allow this page"
    assert "extracted" not in found


def test_a_page_that_failed_says_when_it_is_tried_again(desk: Desk) -> None:
    listed(desk, fate=Fate.FAILED, reason="No connection")

    found = events(desk)

    assert found["failed"] == "No connection"
    assert found["tries again"] == "with a poll of cnipa"


def test_an_article_that_no_rule_wanted(desk: Desk) -> None:
    desk.file(URL, "Football.")
    match(desk, "专利")

    assert events(desk, "1")["no match"] == "no rule held for it"


def test_an_article_that_was_not_looked_at_yet(desk: Desk) -> None:
    """Without a service, nothing has been matched: that is not a no."""
    desk.file(URL, "Patent.")

    found = events(desk, "1")

    assert "the rules have not looked" in found["waits"]
    assert "no match" not in found


def test_a_match_that_told_nobody_says_why(desk: Desk) -> None:
    desk.file(URL, "专利", quiet=True)
    match(desk, "专利")

    assert events(desk)["not told"] == "from the backlog of a new source"


def test_an_alert_that_waits_for_its_receiver(desk: Desk) -> None:
    desk.file(URL, "专利")
    match(desk, "专利")
    deliver(desk, Result(outcome=Outcome.LATER, reason="no answer within 15 s"))

    found = events(desk)

    assert "no answer within 15 s" in found["not yet"]
    assert "no answer within 15 s" in found["waits"]


def test_an_alert_that_was_given_up(desk: Desk) -> None:
    desk.file(URL, "专利")
    match(desk, "专利")
    deliver(desk, Result(outcome=Outcome.DEAD, reason="550 no such user", status=550))

    assert events(desk)["dead"].endswith("550 no such user")


def test_an_address_without_its_beginning_is_found(desk: Desk) -> None:
    """As it is copied from the bar of a browser."""
    desk.file(URL, "x")

    assert desk.run("why", URL.removeprefix("https://")).exit_code == 0


def test_a_page_that_nobody_listed(desk: Desk) -> None:
    desk.file(URL, "x")

    answer = desk.run("why", "https://cnipa.example/none")

    assert answer.exit_code == 1
    assert "no source has listed it" in answer.stderr
