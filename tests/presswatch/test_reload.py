"""What is other in a changed config, and when a changed file is read."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alerts import mail, webhook
from alerts.chat import sender as chat
from archive.store import Archive
from crawler.health import Finding, Kind, troubles
from presswatch import service
from presswatch.config.load import load
from presswatch.config.reload import Watch, compare
from presswatch.polling.crawling import Crawling
from presswatch.upkeep import telling

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

    from presswatch.config.records import Config
    from tests.presswatch.desk import Desk

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def config(desk: Desk) -> Config:
    return load(desk.config, {})


def test_the_same_file_read_twice_is_no_change(desk: Desk) -> None:
    """Queries and secrets are compared by what they say, not by which object they are."""
    assert compare(config(desk), config(desk)).lines() == {}


def test_every_change_is_named_with_what_it_takes(desk: Desk) -> None:
    """An operator reads in the log what a change came to, and what waits for a restart."""
    old = config(desk)
    text = desk.config.read_text("utf-8")
    text = text.replace('name = "daily"', 'name = "weekly"').replace("patent*", "trademark*")
    text = text.replace('delay = "0s"', 'delay = "3s"\ntransfers = 5')
    text = text.replace('path = "archive.db"', 'path = "other.db"').replace("/hook", "/hook2")
    desk.config.write_text(text + '[[source]]\nname = "new"\nurl = "https://n.example/"\n', "utf-8")

    assert compare(old, config(desk)).lines() == {
        "sources": "2 added (weekly, new), 1 removed (daily)",
        "channels": "1 changed (bot)",
        "rules": "1 changed (patents)",
        "settings": "fetch.delay, fetch.transfers",
        "needs_restart": "archive.path",
    }


def test_what_waits_for_a_restart_is_held_against_the_last_start(desk: Desk) -> None:
    """It waits through other changes, is named once, and no more where it is taken back."""
    begun = config(desk)
    moved = replace(begun, archive_path=begun.archive_path / "b")
    again = replace(moved, archive_path=begun.archive_path / "c")

    waits = [
        compare(old, new, begun).restart
        for old, new in ((begun, moved), (moved, moved), (moved, again), (again, begun))
    ]

    assert waits == [("archive.path",)] * 3 + [()]


def test_many_names_do_not_flood_the_log(desk: Desk) -> None:
    """Ten thousand imported sources are a count and a few examples."""
    old = config(desk)
    many = tuple(replace(old.sources[0], name=f"s{number}") for number in range(10_000))

    said = compare(old, replace(old, sources=old.sources + many)).lines()["sources"]

    assert said == "10000 added (s0, s1, s2, s3, s4 and 9995 more)"


def test_a_file_is_read_once_it_has_come_to_rest(tmp_path: Path) -> None:
    """An editor that is still writing must not have half of a config refused."""
    path = tmp_path / "config.toml"
    path.write_text("a = 1\n", "utf-8")
    watch = Watch(path)
    assert not watch.changed()

    path.write_text("a = 1\nb =", "utf-8")
    assert not watch.changed()  # seen for the first time
    path.write_text("a = 1\nb = 2\n", "utf-8")
    assert not watch.changed()  # and other again
    assert watch.changed()
    watch.has_read()
    assert not watch.changed()


def test_a_file_that_is_gone_or_replaced_has_changed(tmp_path: Path) -> None:
    """Editors write another file and rename it; a config that was deleted is worth a word."""
    path = tmp_path / "config.toml"
    path.write_text("a = 1\n", "utf-8")
    watch = Watch(path)
    path.unlink()
    assert [watch.changed(), watch.changed()] == [False, True]
    watch.has_read()
    (tmp_path / "new").write_text("a = 1\n", "utf-8")
    (tmp_path / "new").rename(path)
    assert [watch.changed(), watch.changed()] == [False, True]


def test_a_trouble_of_presswatch_is_told_once_and_again_when_it_reads_otherwise(
    desk: Desk,
) -> None:
    """The same wrong file is one notice; another mistake in it is another; then the all-clear."""

    def begin(db: Database, note: str, minute: int) -> str | None:
        now = NOW + timedelta(minutes=minute)
        finding = Finding(kind=Kind.CONFIG, since=now, note=note)
        return telling.begin(db, finding, operator="bot", zone=UTC, now=now)

    def job(db: Database) -> list[bool]:
        told = [bool(begin(db, note, at)) for at, note in enumerate(("a", "a", "b"))]
        over = NOW + timedelta(hours=1)
        ended = [telling.end(db, Kind.CONFIG, operator="bot", zone=UTC, now=over) for _ in "12"]
        return told + ended

    assert desk.write(job) == [True, False, True, True, False]
    assert desk.write(troubles.opened) == {}
    count = desk.write(lambda db: db.execute("SELECT count(*) FROM alert").fetchone()[0])
    assert count == 3


class _NoEngine:
    """Nothing is due in these tests."""

    async def poll(self, *_: object, **__: object) -> None:
        raise AssertionError


def test_a_source_that_failed_and_was_changed_is_tried_at_once(desk: Desk) -> None:
    """The change may be the mending; the others keep their time."""
    sources = config(desk).sources

    async def plans() -> dict[str, datetime | None]:
        archive = Archive.open(desk.archive)
        crawl = Crawling(_NoEngine(), archive, sources[:1])  # type: ignore[arg-type]
        later = datetime.now(UTC) + timedelta(hours=20)
        try:
            await crawl.start()
            await archive.write(lambda db: _failed(db, later))
            await crawl.change([replace(sources[0], headers=(("A", "b"),))])
            return await archive.read(_next_polls)
        finally:
            await crawl.stop()
            archive.close()

    planned = asyncio.run(plans())["cnipa"]
    assert planned is not None
    assert planned < datetime.now(UTC)


def _failed(db: Database, later: datetime) -> None:
    db.execute(
        "UPDATE source_state SET failures = 5, last_poll_at = 1, next_poll_at = ?",
        [int(later.timestamp() * 1000)],
    )


def _next_polls(db: Database) -> dict[str, datetime | None]:
    from crawler import ledger

    return {state.name: state.next_poll for state in ledger.states(db)}


def test_no_try_is_cut_off_when_the_channels_change() -> None:
    """A mail that its server still looks at would be sent again."""
    longest = max(mail.TIMEOUT + mail.WORD, webhook.TIMEOUT, chat.TIMEOUT)

    assert service.HANDOVER.total_seconds() > longest
