"""archive.young: bands that wait are found as if they were in the table, and get there."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from archive import bands, bloom, young
from archive.connection import open_for_writing
from archive.fingerprint import BANDS_END, Print
from archive.transaction import transaction
from tests.archive.articles import column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

#: Few hashes, so that articles share them; some in every slice of a merge.
HASHES = [BANDS_END * n // 12 for n in range(12)]
IN_FILE = "SELECT hash, article FROM band UNION ALL SELECT hash, article FROM band_recent"
SOME = st.lists(st.sampled_from(HASHES), min_size=1, max_size=6, unique=True)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Merge after every fifth article, in five slices; split the filter at every third hash."""
    monkeypatch.setattr(young, "LEAST", 5)
    monkeypatch.setattr(young, "SPREAD", 1)
    monkeypatch.setattr(bloom, "CAPACITY", 2)
    monkeypatch.setattr(bloom, "_SPARSE", 1)


def text_with(hashes: list[int]) -> Print:
    """A text of which nothing is known but its bands; all sketches are alike."""
    text = Print("", ())
    text.__dict__.update(bands=tuple(hashes), minima=[0] * 126)
    return text


def file(db: Database, article: int, hashes: list[int]) -> None:
    with transaction(db):
        bands.add(db, article, text_with(hashes))


def file_twice(db: Database, article: int, hashes: list[int]) -> None:
    """Raises IntegrityError, and the first time is undone with the second."""
    with transaction(db):
        for _ in range(2):
            bands.add(db, article, text_with(hashes))


def sharing(db: Database, band: int) -> set[int]:
    with transaction(db):
        return set(bands.candidates(db, text_with([band])))


class Archive(RuleBasedStateMachine):
    """Two connections that file, one that comes and goes, against a plain dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "archive.db"
        self.known: dict[int, list[int]] = {}
        self.next = 1

    @initialize()
    def start(self) -> None:
        self.both = [open_for_writing(self.path) for _ in range(2)]

    @rule(who=st.integers(0, 1), hashes=SOME)
    def add(self, who: int, hashes: list[int]) -> None:
        file(self.both[who], self.next, hashes)
        self.known[self.next] = hashes
        self.next += 1

    @rule(who=st.integers(0, 1), pick=st.integers(0), hashes=SOME)
    def revise(self, who: int, pick: int, hashes: list[int]) -> None:
        if self.known:
            article = sorted(self.known)[pick % len(self.known)]
            with transaction(self.both[who]) as db:
                bands.remove(db, article, text_with(self.known[article]))
                bands.add(db, article, text_with(hashes))
            self.known[article] = hashes

    @rule(who=st.integers(0, 1), pick=st.integers(0))
    def remove(self, who: int, pick: int) -> None:
        if self.known:
            article = sorted(self.known)[pick % len(self.known)]
            with transaction(self.both[who]) as db:
                bands.remove(db, article, text_with(self.known.pop(article)))

    @rule(who=st.integers(0, 1), hashes=SOME)
    def fail(self, who: int, hashes: list[int]) -> None:
        with pytest.raises(sqlite3.IntegrityError):
            file_twice(self.both[who], self.next, hashes)

    @rule(who=st.integers(0, 1))
    def restart(self, who: int) -> None:
        self.both[who].close()
        self.both[who] = open_for_writing(self.path)

    @invariant()
    def found_by_either(self) -> None:
        expected = defaultdict(set)
        for article, hashes in self.known.items():
            for band in hashes:
                expected[band].add(article)
        for db in self.both:
            assert {band: sharing(db, band) for band in HASHES} == {
                band: expected[band] for band in HASHES
            }

    def teardown(self) -> None:
        for db in self.both:
            db.close()
        self.folder.cleanup()


def test_what_shares_a_band_is_a_candidate() -> None:
    """Whoever adds, revises, removes, fails or restarts in between, and however far a merge is."""
    run_state_machine_as_test(
        Archive, settings=settings(max_examples=25, stateful_step_count=40, deadline=None)
    )


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    archive = open_for_writing(tmp_path / "archive.db")
    yield archive
    archive.close()


def test_a_merge_leaves_nothing_behind(db: Database) -> None:
    """The fifth article begins it, the ninth ends it: the first five are in the file alone."""
    for article in range(1, 10):
        file(db, article, HASHES)

    merged = set(range(1, 6))
    assert set(column(db, f"SELECT article FROM ({IN_FILE}) WHERE hash = ?", HASHES[3])) == merged
    assert not merged & set(column(db, "SELECT article FROM young"))
    assert len(column(db, "SELECT 1 FROM fresh")) == len(HASHES) * 4


def test_what_is_held_back_stays_little(db: Database) -> None:
    for article in range(1, 101):
        file(db, article, HASHES)
        assert len(column(db, "SELECT 1 FROM young")) < 2 * 5


def test_a_merge_that_was_cut_short_begins_anew(db: Database, tmp_path: Path) -> None:
    """Its progress is in memory alone; what is in the table already does no harm."""
    for article in range(1, 8):
        file(db, article, HASHES)
    with open_for_writing(tmp_path / "archive.db") as again:
        for article in range(8, 20):
            file(again, article, HASHES)

        assert sharing(again, HASHES[0]) == set(range(1, 20))
        of_first = column(again, f"SELECT hash FROM ({IN_FILE}) WHERE article = 1 ORDER BY hash")
        assert of_first == HASHES


def test_a_turn_brings_all_to_the_large_table(db: Database) -> None:
    """Here of five articles: of the first ones nothing is left where it waited."""
    for article in range(1, 6):
        file(db, article, HASHES)
    for article in range(6, 20):
        file(db, article, HASHES[:1])

    of_five = "SELECT count(*) FROM band WHERE article <= 5 GROUP BY hash"
    assert column(db, of_five) == [5] * len(HASHES)
    assert column(db, "SELECT 1 FROM band_recent WHERE article <= 5") == []


def test_the_turn_of_a_large_archive_takes_longer(db: Database) -> None:
    """An eighth of its articles, so that what is brought shares pages of a larger table."""
    with transaction(db):
        db.execute("INSERT INTO sketch (article, low) VALUES (800, x'')")
        db.conn.executemany(
            "INSERT INTO band_recent (hash, article) VALUES (?, 800)",
            [(BANDS_END * part // 100,) for part in range(100)],
        )
    waiting = "SELECT 1 FROM band_recent WHERE article = 800"
    for article in range(1, 51):
        file(db, article, HASHES[:1])
    assert len(column(db, waiting)) == 50
    for article in range(51, 101):
        file(db, article, HASHES[:1])
    assert column(db, waiting) == []


def test_of_an_archive_that_grew_little_waits(db: Database) -> None:
    """A turn goes on while its length grows with the archive: it stood still at its beginning."""
    chance = Random(7)
    for article in range(1, 401):
        file(db, article, [chance.randrange(BANDS_END) for _ in range(5)])

    brought, waiting = (
        column(db, f"SELECT count(*) FROM {table}")[0] for table in ("band", "band_recent")
    )
    assert brought > 3 * waiting


@given(st.lists(st.integers(0, BANDS_END - 1), max_size=42))
def test_packed_bands_come_back(hashes: list[int]) -> None:
    assert list(young.unpacked(young.packed(hashes))) == hashes
