"""The crawler's books, on a real database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from archive.connection import open_for_writing
from archive.transaction import transaction
from crawler import ledger
from crawler.engine.triage import triage
from crawler.errors import SourceBusy
from crawler.source import Fate, Link, PageReport, PollReport, Source, Validators

NOW = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)
SOURCE = Source(name="s", url="https://n.org/feed", kind="feed")
HOUR = timedelta(hours=1)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = open_for_writing(tmp_path / "a.db")
    with transaction(database):
        yield database
    database.close()


def take(db: Database, source: Source = SOURCE, at: datetime = NOW) -> ledger.Lease:
    return ledger.lease(db, source, owner="me", now=at, until=at + HOUR)


def report(outcome: str = "ok", **more: object) -> PollReport:
    values: dict[str, object] = {
        "id": f"poll-{outcome}-{more.get('started', NOW)}", "source": "s", "started": NOW,
        "took": timedelta(seconds=1), "outcome": outcome, **more,
    }  # fmt: skip
    return PollReport(**values)  # type: ignore[arg-type]


def close(db: Database, poll: PollReport, lease: ledger.Lease) -> bool:
    return ledger.settle(db, poll, lease, next_poll=poll.started + HOUR)


def test_a_source_is_polled_by_one_at_a_time(db: Database) -> None:
    """The second poll is told who holds the source, and gets it when the lease has run out."""
    take(db)

    with pytest.raises(SourceBusy, match="me holds it until 09:00:00"):
        take(db)

    assert take(db, at=NOW + HOUR).owner == "me"


def test_a_settled_poll_gives_the_lease_back(db: Database) -> None:
    """And what it learned is there for the next one."""
    validators = (("https://n.org/feed", Validators(etag='"1"', last_modified="yesterday")),)

    assert close(db, report(validators=validators), take(db))

    lease = take(db, at=NOW + timedelta(seconds=1))
    assert lease.validators == dict(validators)
    assert not lease.first
    state = ledger.state(db, "s")
    assert state is not None
    assert (state.polls, state.failures, state.last_outcome) == (1, 0, "ok")
    assert state.next_poll == NOW + HOUR


def test_a_poll_that_lost_its_lease_changes_nothing_but_leaves_its_report(db: Database) -> None:
    """It slept for an hour; what the next poll has found out since must stand."""
    late = take(db)
    ledger.lease(db, SOURCE, owner="other", now=NOW + HOUR, until=NOW + 2 * HOUR)

    assert not close(db, report(), late)

    state = ledger.state(db, "s")
    assert state is not None
    assert state.lease_owner == "other"
    assert len(ledger.polls(db, "s")) == 1


def test_failures_are_counted_in_a_row_and_forgotten_by_a_success(db: Database) -> None:
    """They set the backoff; and a source that has never been read is still at its first poll."""
    for expected in (1, 2):
        lease = take(db)
        assert lease.first
        close(db, report("failed", reason="No connection", started=NOW + expected * HOUR), lease)
        state = ledger.state(db, "s")
        assert state is not None
        assert (state.failures, state.last_reason) == (expected, "No connection")

    close(db, report(started=NOW + 3 * HOUR), take(db))

    state = ledger.state(db, "s")
    assert state is not None
    assert (state.failures, state.last_ok) == (0, NOW + 3 * HOUR)


def test_an_unchanged_poll_is_a_mark_on_the_source_and_no_report(db: Database) -> None:
    """Ten thousand sources every quarter of an hour would be a million reports a day."""
    close(db, report("unchanged"), take(db))

    state = ledger.state(db, "s")
    assert state is not None
    assert (state.polls, state.unchanged, state.last_poll) == (1, 1, NOW)
    assert ledger.polls(db, "s") == []


def test_reports_are_kept_thirty_days_and_two_hundred_a_source(db: Database) -> None:
    """Enough to see what went wrong last week, and bounded for ever."""
    for number in range(ledger.KEEP_REPORTS_A_SOURCE + 20):
        started = NOW + number * timedelta(minutes=1)
        close(db, report(started=started, id=str(number)), take(db, at=started))

    kept = ledger.polls(db, "s", limit=1000)
    assert [kept[0].id, len(kept)] == ["219", ledger.KEEP_REPORTS_A_SOURCE]

    later = NOW + timedelta(days=31)
    close(db, report(started=later, id="later"), take(db, at=later))

    assert [row.id for row in ledger.polls(db, "s")] == ["later"]


def test_a_source_that_moved_starts_anew(db: Database) -> None:
    """Another listing: its validators mean nothing, and its articles are a backlog."""
    close(db, report(validators=(("https://n.org/feed", Validators(etag="1")),)), take(db))

    lease = take(db, replace(SOURCE, url="https://n.org/new-feed"))

    assert lease.first
    assert lease.validators == {}


def links(*paths: str, published: str = "") -> list[Link]:
    return [Link(url=f"https://n.org/{path}", title=path, published=published) for path in paths]


def sort(db: Database, found: list[Link], *, first: bool = False, limit: int = 200) -> int:
    """How many of the links were new to the source."""
    ledger.register(db, [SOURCE])
    before = db["page"].count
    triage(db, SOURCE, found, poll="p", now=NOW, first=first, limit=limit)
    return db["page"].count - before


def waiting(db: Database, at: datetime = NOW) -> list[str]:
    return [page.title for page in ledger.waiting(db, "s", now=at, limit=1000)]


def test_a_link_is_taken_up_once(db: Database) -> None:
    """However often it is listed, and with whatever tracking."""
    assert sort(db, links("a", "b", "a?utm_source=feed")) == 2
    assert sort(db, links("b", "c")) == 1
    assert sorted(waiting(db)) == ["a", "b", "c"]


def test_links_that_are_no_addresses_are_passed_over(db: Database) -> None:
    """mailto: and javascript: are not articles."""
    assert sort(db, [Link(url="mailto:x@n.org"), Link(url="javascript:void(0)"), *links("a")]) == 1


def test_the_first_poll_reads_only_the_newest(db: Database) -> None:
    """The others are written down as dropped: next time they must not pass for news."""
    old = links("old", published="2020-01-01")
    new = links("new", published="2026-05-19")
    undated = links("undated")

    sort(db, [*old, *undated, *new], first=True, limit=2)

    assert sorted(waiting(db)) == ["new", "old"]
    assert sort(db, undated) == 0
    (page,) = ledger.pages_of(db, "https://n.org/undated")
    assert page.fate == Fate.DROPPED
    assert "beyond the newest 2" in page.reason


def test_a_page_that_cannot_be_looked_at_is_tried_again_and_then_given_up(db: Database) -> None:
    """ "Could not look" is not "no": five tries over a day and a half, then it says so."""
    sort(db, links("a"))
    at, tries = NOW, 0
    while waiting(db, at):
        failed = PageReport(url="https://n.org/a", fate=Fate.FAILED, reason="HTTP 500")
        ledger.settle_page(db, "s", failed, now=at)
        assert not waiting(db, at)
        at += timedelta(hours=24)
        tries += 1

    (page,) = ledger.pages_of(db, "https://n.org/a")
    assert tries == len(ledger.PAGE_RETRIES) + 1
    assert page.fate == Fate.DROPPED
    assert page.reason == "given up after 6 tries: HTTP 500"


def test_a_watched_page_is_read_at_every_poll(db: Database) -> None:
    """Its text is the news, not its address."""
    watched = Source(name="s", url="https://n.org/a", kind="watch")
    for _ in range(2):
        triage(db, watched, links("a"), poll="p", now=NOW, first=False, limit=200)
        assert waiting(db) == ["a"]
        done = PageReport(url="https://n.org/a", fate=Fate.FILED, reason="", article=None)
        ledger.settle_page(db, "s", done, now=NOW)
        assert waiting(db) == []
