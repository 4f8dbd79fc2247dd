"""archive.bloom: it never says no wrongly, seldom says yes wrongly, and grows with the table."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import bloom, young
from archive.connection import open_for_writing
from archive.fingerprint import BANDS_END
from archive.transaction import transaction
from tests.archive.articles import column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlite_utils import Database

#: Anywhere, and close together: what is far apart in hashes may be next to each other in a page.
HASHES = (
    st.integers(0, BANDS_END - 1) | st.integers(0, 40) | st.integers(BANDS_END - 40, BANDS_END - 1)
)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    archive = open_for_writing(tmp_path_factory.mktemp("bloom") / "archive.db")
    yield archive
    archive.close()


@pytest.fixture(autouse=True)
def empty(db: Database) -> None:
    with transaction(db):
        young.clear(db)


def put(db: Database, hashes: Iterable[int]) -> None:
    """Into the tables, then into the filter, as a merge does."""
    places = sorted(set(hashes))
    for table, some in ("band", places[::2]), ("band_recent", places[1::2]):
        insert = f"INSERT OR IGNORE INTO {table} (hash, article) VALUES (?, 1)"
        db.conn.executemany(insert, [(value,) for value in some])
    bloom.add(db, places)


@given(batches=st.lists(st.lists(HASHES, max_size=30), max_size=12), others=st.lists(HASHES))
@settings(max_examples=100, deadline=None)
def test_what_is_in_the_table_is_possible(
    db: Database, batches: list[list[int]], others: list[int]
) -> None:
    """However its pages are split: here four hashes fill one."""
    with pytest.MonkeyPatch.context() as small, transaction(db):
        small.setattr(bloom, "CAPACITY", 4)
        small.setattr(bloom, "_SPARSE", 3)
        young.clear(db)
        for batch in batches:
            put(db, batch)
        there = {value for batch in batches for value in batch}
        asked = sorted({*there, *others})

        assert there <= set(bloom.possible(db, asked)) <= set(asked)


def some(seed: int, number: int) -> list[int]:
    return random.Random(seed).sample(range(BANDS_END), number)


def wrongly(db: Database) -> float:
    """The part of the hashes that are not there and are said to be possible."""
    return len(bloom.possible(db, some(2, 10_000))) / 10_000


def test_few_of_the_others_are_possible(db: Database) -> None:
    """Three in a hundred were measured; and it takes a small part of the table's room."""
    with transaction(db):
        for start in range(0, 20_000, 500):
            put(db, some(1, 20_000)[start : start + 500])

        assert wrongly(db) < 0.05
        assert max(column(db, "SELECT held FROM bloom")) <= bloom.CAPACITY
        assert sum(column(db, "SELECT length(bits) FROM bloom")) < 3 * 20_000


def test_made_at_once_it_is_as_good(db: Database) -> None:
    """Of an archive that had none; where there is one it is left alone."""
    there = some(1, 20_000)
    with transaction(db):
        put(db, there)
        bloom.clear(db)
        bloom.make(db)
        made = column(db, "SELECT bits FROM bloom")
        bloom.make(db)

        assert column(db, "SELECT bits FROM bloom") == made
        assert sorted(bloom.possible(db, there)) == sorted(there)
        assert wrongly(db) < 0.05


def test_what_was_taken_out_is_forgotten_when_a_page_is_full(db: Database) -> None:
    """Else an archive that keeps nothing for long would grow a filter that says yes to all."""
    with transaction(db):
        for turn in range(10):
            db.execute("DELETE FROM band")
            db.execute("DELETE FROM band_recent")
            put(db, some(turn, 1_200))

        assert len(column(db, "SELECT first FROM bloom")) == 1
        assert wrongly(db) < 0.1


def test_an_empty_archive_holds_nothing(db: Database) -> None:
    with transaction(db):
        assert bloom.possible(db, some(1, 42)) == []


def test_a_hash_that_many_share_takes_no_more_room(db: Database) -> None:
    """Thousands of filled-in forms are in the same forty-two bands."""
    shared = some(1, 42)
    with transaction(db):
        for _ in range(100):
            put(db, shared)

        assert column(db, "SELECT held FROM bloom") == [42]
