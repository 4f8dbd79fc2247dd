"""The facts behind the line with which a digest proves its silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from alerts.digest import health_line
from crawler import ledger
from crawler.health import Finding, Kind, troubles
from crawler.source import Source
from presswatch.views.soundness import facts

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tests.presswatch.desk import Desk

NOW = datetime(2026, 3, 6, 8, tzinfo=UTC)  # a Friday
NAMES = ("cnipa", "daily", "wire", "new")


def watched(db: Database) -> None:
    """Four sources: two polled with success, one only in vain, one not yet."""
    ledger.register(db, [Source(name=name, url=f"https://{name}.example/") for name in NAMES])
    db.execute("UPDATE source_state SET last_poll_at = 1 WHERE name <> 'new'")
    db.execute("UPDATE source_state SET last_ok_at = 1 WHERE name IN ('cnipa', 'daily')")


def trouble(db: Database, source: str, kind: Kind, **ago: float) -> None:
    finding = Finding(kind=kind, since=NOW - timedelta(**ago))
    troubles.begin(db, source, finding, now=NOW, told=None)


def line(desk: Desk) -> str:
    return desk.write(lambda db: health_line(facts(db, NAMES), NOW, UTC))


def test_healthy_is_what_was_polled_and_is_in_no_trouble(desk: Desk) -> None:
    """A source that was never polled says nothing about the world: it is named."""
    desk.write(watched)

    assert line(desk) == "2 of 4 sources healthy; wire never reached; new not polled yet"


def test_what_is_silent_is_named_with_its_day(desk: Desk) -> None:
    """The oldest of several troubles, and once."""
    desk.write(watched)
    desk.write(lambda db: trouble(db, "daily", Kind.DATES, hours=1))
    desk.write(lambda db: trouble(db, "daily", Kind.SILENCE, days=3))

    assert line(desk).startswith("1 of 4 sources healthy; daily silent since Tuesday; wire")


def test_a_dead_network_comes_first(desk: Desk) -> None:
    """Then nobody looks, and no source can be blamed."""
    desk.write(watched)
    desk.write(lambda db: trouble(db, "", Kind.NETWORK, hours=2))

    assert line(desk).startswith("2 of 4 sources healthy; the network is down since 06:00; wire")


def test_what_is_no_longer_watched_does_not_count(desk: Desk) -> None:
    desk.write(watched)
    desk.write(lambda db: trouble(db, "daily", Kind.SILENCE, days=3))
    found = desk.write(lambda db: facts(db, ("cnipa",)))

    assert (found.total, found.healthy, found.troubles) == (1, 1, ())


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_trouble_has_its_words(desk: Desk, kind: Kind) -> None:
    """One without would break every digest, or say nothing."""
    desk.write(watched)
    desk.write(lambda db: db.execute("UPDATE source_state SET failures = 3 WHERE name = 'cnipa'"))
    desk.write(lambda db: trouble(db, "cnipa", kind, days=1))
    (found,) = desk.write(lambda db: facts(db, ("cnipa",))).troubles

    assert (found.kind, found.words != "") == (kind, True)
