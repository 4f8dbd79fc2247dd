"""A trial that takes longer than a page: shown as far as it is, going on behind it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from alerts.match import firing, replay
from alerts.rule import Rule
from archive.errors import ArchiveMissing
from archive.query import Concepts, parse
from presswatch.web import trying
from presswatch.web.errors import Refused
from presswatch.web.trying import Trial, Trials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.office import Office
    from tests.web.visitor import Visitor

ZONE = ZoneInfo("UTC")


class Gate:
    """Stands in for `replay.test`: a text goes through whenever somebody says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._open = threading.Semaphore(0)
        self.begun = threading.Event()
        self._real = replay.test
        monkeypatch.setattr(replay, "test", self._steps)

    def _steps(self, *arguments: Any) -> Iterator[replay.Step]:
        self.begun.set()
        for step in self._real(*arguments):
            self._open.acquire()
            yield step

    def let(self, steps: int) -> None:
        self._open.release(steps)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr(firing, "BATCH", 1)
    return Gate(monkeypatch)


@pytest.fixture
def trials(own_office: Office) -> Iterator[Trials]:
    made = Trials(own_office.archive)
    yield made
    made.close()


def look(
    trials: Trials,
    office: Office,
    query: str = "专利",
    wait: float = 20,
    concepts: Concepts | None = None,
) -> Trial:
    rule = Rule(name="new", query=parse(query, concepts), channels=("desk",))
    since = office.now - timedelta(days=30)
    return trials.look([rule], since=since, zone=ZONE, wait=wait)


def test_a_short_trial_is_whole_at_once(trials: Trials, own_office: Office) -> None:
    found = look(trials, own_office)

    assert found.whole and found.tallies[0].texts == found.texts == 13
    assert found.tallies[0].told == 3


def test_a_concept_that_means_something_else_by_now_is_tried_anew(
    trials: Trials, own_office: Office
) -> None:
    """The words of the query are the same, and what was found a moment ago is not."""
    before = look(trials, own_office, "@what", concepts=Concepts({"what": ["专利"]}))
    after = look(trials, own_office, "@what", concepts=Concepts({"what": ["zzz"]}))

    assert (before.tallies[0].told, after.tallies[0].told) == (3, 0)


def test_a_long_trial_shows_what_it_has_and_goes_on(
    trials: Trials, own_office: Office, gate: Gate
) -> None:
    """It is never begun anew by a look, and what was shown is never more than was read."""
    first = look(trials, own_office, wait=0)
    assert not first.whole and first.tallies[0].texts == 0

    gate.let(1)
    part = look(trials, own_office, wait=0)
    gate.let(100)
    whole = look(trials, own_office)

    assert part.tallies[0].texts < 13 and not part.whole
    assert whole.whole and whole.tallies[0].texts == whole.texts == 13
    assert part.tallies[0].texts < 13, "a look is not changed by what comes later"


def test_trials_take_turns(trials: Trials, own_office: Office, gate: Gate) -> None:
    """Each takes a core; the second begins when the first is done, and says so until then."""
    look(trials, own_office, "专利", wait=0)
    second = look(trials, own_office, "甘肃", wait=0.05)
    assert (second.texts, second.tallies[0].texts, second.whole) == (0, 0, False)

    gate.let(100)

    assert look(trials, own_office, "甘肃").tallies[0].told == 2


def test_too_many_are_refused(trials: Trials, own_office: Office, gate: Gate) -> None:
    for number in range(trying.MOST):
        look(trials, own_office, f"专利 OR x{number}", wait=0)

    with pytest.raises(Refused, match="other rules are being tried"):
        look(trials, own_office, "another", wait=0)

    gate.let(1000)
    assert look(trials, own_office, "专利 OR x0").whole
    assert look(trials, own_office, "another").whole, "one that is done makes room"


def test_a_trial_that_nobody_looks_at_ends(own_office: Office, gate: Gate) -> None:
    """A closed window must not cost a core for minutes."""
    now = [1000.0]
    trials = Trials(own_office.archive, clock=lambda: now[0])
    look(trials, own_office, wait=0)
    gate.begun.wait(20)
    now[0] += trying.FORGOTTEN + 1
    gate.let(1)

    trials.close()  # comes back though the gate is shut

    assert [one for one in threading.enumerate() if one.name == "web-trial"] == []


def test_what_was_found_counts_for_a_minute(own_office: Office) -> None:
    """Looking at the second page of something is no second trial; tomorrow it is."""
    now = [1000.0]
    trials = Trials(own_office.archive, clock=lambda: now[0])
    try:
        assert look(trials, own_office).tallies[0].told == 3
        own_office.write(lambda db: db.execute("DELETE FROM revision WHERE id > 9"))
        assert look(trials, own_office).texts == 13
        now[0] += trying.KEPT + 1
        assert look(trials, own_office).texts < 13
    finally:
        trials.close()


def test_an_archive_that_is_none_is_said_to_be_so(own_office: Office) -> None:
    own_office.archive.rename(own_office.archive.with_suffix(".away"))
    trials = Trials(own_office.archive)

    with pytest.raises(ArchiveMissing):
        look(trials, own_office)
    trials.close()


def test_a_trial_that_breaks_is_not_taken_for_a_whole_one(
    trials: Trials, own_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Could not look is never no; and the next look begins anew."""
    monkeypatch.setattr(replay, "test", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        look(trials, own_office)
    monkeypatch.undo()

    assert look(trials, own_office).whole


def test_the_page_says_how_far_it_is_and_leads_on(
    editor: Visitor, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a script there is a link, with one the part of the page looks again by itself."""
    monkeypatch.setattr(trying, "WAIT", 0)
    place = "/rules/gansu?query=甘肃"
    page = editor.page(place)
    (link,) = page.xpath("//*[@data-trial]//*[@data-again]//a/@href")

    assert "So far." in page.text_content() and page.xpath("//progress")
    gate.let(1000)
    for _ in range(500):
        whole = editor.page(str(link))
        if not whole.xpath("//progress"):
            break
    assert "of 3 matches in 13 texts." in " ".join(whole.text_content().split())
    assert not whole.xpath("//*[@data-again]")
