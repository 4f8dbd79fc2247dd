"""archive.order: the newest and the most relevant hits are those of sorting all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import order
from archive.order import Wanted, most_relevant, newest
from archive.query import parse
from archive.transaction import transaction
from tests.archive.articles import fresh

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlite_utils import Database


@dataclass(frozen=True)
class Row:
    """An article as far as the order of hits depends on it; its id is its place in a list."""

    appeared: int
    source: str
    words: str


ROWS = st.lists(
    st.builds(
        Row,
        st.one_of(st.integers(0, 30), st.integers(1_000, 1_005)),
        st.sampled_from("ab"),
        st.sampled_from(["patent", "mark", "patent mark", "patent patent mark law law"]),
    ),
    max_size=40,
)
#: Filed as it appeared, but for some.
IN_TIME = ROWS.map(
    lambda rows: [*sorted(rows, key=lambda row: row.appeared)[3:], *rows[:3]] if rows else rows
)


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    """Limits that forty articles reach."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "FEW", 2)
        patch.setattr(order, "WINDOWS", (4, 9, 20))
        patch.setattr(order, "STRAYS", 2)
        patch.setattr(order, "SPREAD", 1)
        patch.setattr(order, "RANKED", 12)
        yield


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    with fresh() as database:
        database.execute("PRAGMA foreign_keys = OFF")
        yield database


def fill(db: Database, rows: Sequence[Row]) -> None:
    with transaction(db):
        db.execute("DELETE FROM article")
        db.execute("INSERT INTO search (search) VALUES ('delete-all')")
        for number, row in enumerate(rows):
            db.execute(
                "INSERT INTO article (id, url, source, story, first_seen, appeared)"
                " VALUES (?1, ?1, ?2, 1, 0, ?3)",
                (number, row.source, row.appeared),
            )
            db.execute("INSERT INTO search (rowid, body) VALUES (?, ?)", (number, row.words))


def expected(rows: Sequence[Row], word: str, since: int | None, source: str | None) -> list[int]:
    hits = [
        (row.appeared, number)
        for number, row in enumerate(rows)
        if word in row.words
        and (since is None or row.appeared >= since)
        and source in (None, row.source)
    ]
    return [number for _, number in sorted(hits, reverse=True)]


@given(
    st.one_of(ROWS, IN_TIME),
    st.integers(1, 12),
    st.one_of(st.none(), st.integers(0, 1_005)),
    st.sampled_from([None, None, "a"]),
)
def test_the_newest_are_those_of_sorting_all(
    db: Database, rows: list[Row], number: int, since: int | None, source: str | None
) -> None:
    """Whatever was filed late, early or twice at one time: the short way is no other way."""
    fill(db, rows)
    wanted = Wanted(parse("patent").plan(), since, source)
    assert newest(db, wanted, number) == expected(rows, "patent", since, source)[:number]


def test_the_short_way_is_taken(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a common word in a large archive takes a second: all hits are sorted."""
    fill(db, [Row(number, "a", "patent") for number in range(40)])
    asked: list[int] = []
    among = order._among_the_newest

    def heard(db: Database, wanted: Wanted, size: int, number: int) -> list[int] | None:
        asked.append(size)
        return among(db, wanted, size, number)

    monkeypatch.setattr(order, "_among_the_newest", heard)
    assert newest(db, Wanted(parse("patent").plan()), 3) == [39, 38, 37]
    assert newest(db, Wanted(parse("patent").plan()), 8) == list(range(39, 31, -1))
    assert asked == [4, 9]


@given(ROWS, st.integers(1, 12), st.sampled_from([None, "a"]))
def test_the_most_relevant_come_first_and_of_one_rank_the_newest(
    db: Database, rows: list[Row], number: int, source: str | None
) -> None:
    """Up to RANKED hits it is bm25 over all, beyond it over those that were filed last."""
    fill(db, rows)
    wanted = Wanted(parse("patent law").plan(), None, source)
    hits = sorted(expected(rows, "law", None, source), reverse=True)[: order.RANKED]
    scores = dict(
        db.execute(
            f"SELECT rowid, {order._RANK} FROM search WHERE search MATCH ?", (wanted.plan.match,)
        ).fetchall()
    )
    best = sorted(hits, key=lambda hit: (scores[hit], -rows[hit].appeared, -hit))
    assert most_relevant(db, wanted, number) == best[:number]
