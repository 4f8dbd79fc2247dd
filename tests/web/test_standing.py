"""How everything stands: the page, the API, /metrics and `presswatch status` say one thing."""

from __future__ import annotations

import json
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from alerts import mute, outbox
from archive.errors import ArchiveMissing
from crawler.health import Finding, Kind, troubles
from presswatch.cli import main
from presswatch.views.standing import Concern, attention, gather
from presswatch.web.render import worded
from presswatch.web.standings import Standings

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

    from tests.web.office import Office
    from tests.web.served import LentHands
    from tests.web.visitor import Visitor


def status(office: Office) -> dict[str, Any]:
    """What the command line prints."""
    ran = CliRunner().invoke(main, ["status", "--json", "--config", str(office.config)])
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def without_times(row: dict[str, Any]) -> dict[str, Any]:
    """Disk space and the sign of life go on between two looks."""
    return row | {"archive": None, "service": row["service"] | {"at": None}}


def test_the_api_says_what_the_command_line_prints(editor: Visitor, own_office: Office) -> None:
    """A monitor may ask either."""
    there = editor.get("/api/v1/status").json()

    assert without_times(there) == without_times(status(own_office))
    assert len(there["attention"]) == 4  # two sources, a dead letter, a channel that is behind


def test_head_page_and_metrics_count_alike(editor: Visitor, own_office: Office) -> None:
    """Nobody finds a red number here and "all is well" there."""
    attention = status(own_office)["attention"]
    families = text_string_to_metric_families(editor.get("/metrics").text)
    metrics = {family.name: family.samples for family in families}
    shown = editor.page("/status").xpath("//ul[@class='concerns']/li")

    assert f"{len(attention)} to look at" in editor.text("/")
    assert metrics["presswatch_attention"][0].value == len(attention) == len(shown)
    states = {sample.labels["state"]: sample.value for sample in metrics["presswatch_sources"]}
    assert states["troubled"] == sum(line.startswith("source ") for line in attention)
    assert f"{states['troubled']:.0f} in trouble" in editor.text("/sources")


def test_every_page_has_the_same_head(editor: Visitor) -> None:
    """What a page says of its own subject is no word on the whole."""
    for place in ("/", "/search?q=专利", "/sources/xibu-digest", "/sources", "/rules/gansu",
                  "/story/10", "/article/9", "/alerts", "/status"):  # fmt: skip
        assert "running, 4 to look at" in editor.text(place), place


def test_a_source_that_has_recovered_is_well_everywhere(
    editor: Visitor, own_office: Office
) -> None:
    """The self-check looks once in a while; a poll that worked is known at once."""
    own_office.write(
        lambda db: db.execute("UPDATE source_state SET failures = 0 WHERE name = 'xibu-digest'")
    )

    assert "1 in trouble" in editor.text("/sources")
    assert not any("xibu-digest" in line for line in status(own_office)["attention"])
    assert editor.get("/api/v1/sources/xibu-digest").json()["state"] == "well"


def test_the_status_page_shows_all_that_can_be_the_matter(
    editor: Visitor, own_office: Office
) -> None:
    """A full disk, a closed channel, a mute: each with the way out."""
    now = datetime.now(UTC)

    def job(db: Database) -> None:
        full = Finding(kind=Kind.DISK, since=now, note="2 MB are left")
        troubles.begin(db, "", full, now=now, told=None)
        outbox.disable_channel(db, "bot", "410 Gone", now)
        word = mute.Mute(kind="rule", name="gansu", since=now, until=now + timedelta(days=3))
        mute.begin(db, word)

    own_office.write(job)

    text = editor.text("/status")

    assert "Nothing is fetched: 2 MB are left" in text
    assert "bot: disabled (410 Gone)" in text and "presswatch channel enable bot" in text
    assert "rule:gansu until" in text
    assert "nothing is fetched: 2 mb are left" in editor.text("/sources").lower()


def test_what_was_given_up_is_named(editor: Visitor) -> None:
    """An id says nothing to anybody."""
    assert "CNIPA asks how names of mountain herbs" in editor.text("/status")


def test_all_is_well_is_said(editor: Visitor, own_office: Office) -> None:
    own_office.write(lambda db: db.execute("DELETE FROM trouble"))
    own_office.write(lambda db: db.execute("DELETE FROM alert"))
    own_office.write(lambda db: db.execute("UPDATE source_state SET failures = 0"))

    assert "All is well." in editor.text("/status")
    assert "to look at" not in editor.text("/")


def test_the_head_knows_all_but_the_sums(own_office: Office) -> None:
    """A ledger of years must not be read from end to end for a number at the head of a page."""
    from archive.connection import open_for_reading
    from presswatch.config.load import outline

    seen, now = outline(own_office.config, {}), datetime.now(UTC)
    db = open_for_reading(own_office.archive)
    try:
        whole, brief = gather(db, seen, now), gather(db, seen, now, sums=False)
    finally:
        db.close()

    assert attention(brief) == attention(whole)
    assert brief.alerts == whole.alerts | {"delivered": 0}
    assert [c.due for c, _ in brief.channels] == [c.due for c, _ in whole.channels] == [2, 0]


def test_what_was_gathered_counts_for_a_moment(own_office: Office) -> None:
    """Thirty pages a second cost one look; a change made on the page is seen at once."""
    from archive.connection import open_for_reading
    from presswatch.config.load import outline

    seen, now = outline(own_office.config, {}), datetime.now(UTC)
    standings = Standings(timedelta(seconds=2))
    db = open_for_reading(own_office.archive)
    try:
        first = standings.current(db, seen, now)
        assert standings.current(db, seen, now + timedelta(seconds=1)) is first
        assert standings.current(db, seen, now + timedelta(seconds=3)) is not first
        standings.forget()
        assert standings.current(db, seen, now) is not first
        whole = standings.current(db, seen, now, sums=True)
        assert standings.current(db, seen, now, sums=False) is whole, "it knows all that is asked"
    finally:
        db.close()


def test_the_head_of_a_page_waits_for_no_look(own_office: Office) -> None:
    """It shows what is known and has it gathered behind it, once; what is old, or of before a
    change on the page, is not shown."""
    from archive.connection import open_for_reading
    from presswatch.config.load import outline

    seen, now = outline(own_office.config, {}), datetime.now(UTC)
    behind = Behind()
    standings = Standings(timedelta(seconds=2), behind=behind.submit)
    db = open_for_reading(own_office.archive)
    try:
        first = standings.of_head(db, seen, now)
        for seconds in (1, 3, 4):
            assert standings.of_head(db, seen, now + timedelta(seconds=seconds)) is first
        assert len(behind.jobs) == 1, "one look at a time"
        behind.run(db)
        second = standings.of_head(db, seen, now + timedelta(seconds=1))
        assert second is not first and behind.jobs == []
        assert standings.of_head(db, seen, now + timedelta(seconds=40)) is not second

        assert standings.of_head(db, seen, now + timedelta(seconds=50))
        standings.forget()
        behind.run(db)  # it had begun before
        third = standings.of_head(db, seen, now)
        assert third.now == now and attention(third) == attention(first)
    finally:
        db.close()


def test_a_look_that_could_not_begin_is_followed_by_the_next(own_office: Office) -> None:
    """The archive may be away for a moment; the head would be old for as long as the page lives."""
    from archive.connection import open_for_reading
    from presswatch.config.load import outline

    seen, now = outline(own_office.config, {}), datetime.now(UTC)
    behind = Behind()
    standings = Standings(timedelta(seconds=2), behind=behind.submit)
    db = open_for_reading(own_office.archive)
    try:
        standings.of_head(db, seen, now)
        for seconds in (3, 4):
            standings.of_head(db, seen, now + timedelta(seconds=seconds))
            behind.fail(ArchiveMissing("a.db"))
    finally:
        db.close()


class Behind:
    """A thread's queue whose jobs run, or fail before they begin, when the test says so."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Callable[[Database], None], Future[None]]] = []

    def submit(self, job: Callable[[Database], None]) -> Future[None]:
        self.jobs.append((job, Future()))
        return self.jobs[-1][1]

    def run(self, db: Database) -> None:
        job, future = self.jobs.pop()
        future.set_result(job(db))

    def fail(self, error: Exception) -> None:
        self.jobs.pop()[1].set_exception(error)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("run `a & b` now", "run <code>a &amp; b</code> now"),
        ("a ` alone <b>", "a ` alone &lt;b&gt;"),
        ("plain", "plain"),
    ],
)
def test_what_is_typed_is_set_as_such(said: str, shown: str) -> None:
    """A reason of a receiver may hold anything."""
    assert str(worded(said)) == shown


def test_a_concern_is_a_sentence() -> None:
    since = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    concern = Concern(kind="source", name="wire", said="no news", since=since)

    assert str(concern) == "source wire: no news, since 2026-03-01 08:30 UTC"


def test_a_disk_that_takes_nothing_is_told_by_the_service_itself(
    editor: Visitor, hands: LentHands
) -> None:
    """The archive cannot say it, and its last sign of life grows old: that is no dead service."""
    hands.trouble = "a write failed: database or disk is full"

    page = editor.text("/")
    assert "Nothing can be written, and nothing is fetched until there is room" in page
    assert hands.trouble in page and "no room" in page and "running" not in page
    assert "running, without room to write" in editor.text("/status")
    ready = editor.get("/health/ready")
    assert ready.status_code == 503 and ready.json()["reason"] == hands.trouble
