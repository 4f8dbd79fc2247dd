"""archive.order: the newest and the most relevant hits are those of sorting all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import order
from archive.order import Wanted, most_relevant, newest
from archive.query import parse
from archive.query.leaf import Fact
from archive.query.sql import plan
from archive.query.tree import Every
from archive.transaction import transaction
from tests.archive.articles import fresh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlite_utils import Database

    from archive.order import Place
    from archive.query.sql import Plan


@dataclass(frozen=True)
class Row:
    """An article as far as the order of hits depends on it; its id is its place in a list."""

    appeared: int
    source: str
    words: str
    filed: int = 0


#: Of the times below in milliseconds: two fall into one day and a half of the index.
TICK = 1 << 26

ROWS = st.lists(
    st.builds(
        Row,
        st.one_of(st.integers(0, 30), st.integers(1_000, 1_005)),
        st.sampled_from("ab"),
        st.sampled_from(["patent", "mark", "patent mark", "patent patent mark law law"]),
        st.integers(0, 30),
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
        patch.setattr(order, "MORE", 1)
        patch.setattr(order, "STRAYS", 2)
        patch.setattr(order, "ASIDE", 1)
        patch.setattr(order, "LATER", 2)
        patch.setattr(order, "FEW", 2)
        patch.setattr(order, "TAKEN", 12)
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
                " VALUES (?, ?, ?, 1, ?, ?)",
                (number, number, row.source, row.filed * TICK, row.appeared * TICK),
            )
            db.execute("INSERT INTO search (rowid, body) VALUES (?, ?)", (number, row.words))


def expected(rows: Sequence[Row], word: str, beside: Callable[[Row], bool]) -> list[int]:
    hits = [
        (row.appeared, number)
        for number, row in enumerate(rows)
        if word in row.words and beside(row)
    ]
    return [number for _, number in sorted(hits, reverse=True)]


def plan_of(*facts: Fact) -> Plan:
    """Articles with the word patent of which these hold."""
    words = parse("patent").tree
    scaled = (replace(fact, value=fact.value * TICK) for fact in facts)
    return plan(Every((words, *scaled)) if facts else words)


BOUND = st.one_of(st.none(), st.integers(0, 31), st.integers(999, 1_006))


@given(
    st.one_of(ROWS, IN_TIME),
    st.integers(1, 12),
    st.tuples(BOUND, BOUND, BOUND),
    st.sampled_from([None, None, "a"]),
)
def test_the_newest_are_those_of_sorting_all(
    db: Database,
    rows: list[Row],
    number: int,
    bounds: tuple[int | None, int | None, int | None],
    source: str | None,
) -> None:
    """Whatever was filed late, early or twice at one time: the short way is no other way."""
    since, after, before = bounds
    facts = [Fact("after", after, "")] if after is not None else []
    facts += [Fact("before", before, "")] if before is not None else []
    fill(db, rows)

    def beside(row: Row) -> bool:
        low = max(bound for bound in (since, after, 0) if bound is not None)
        high = before if before is not None else 10_000
        return low <= row.appeared < high and source in (None, row.source)

    wanted = Wanted(plan_of(*facts), None if since is None else since * TICK, source)
    assert newest(db, wanted, number) == expected(rows, "patent", beside)[:number]


@given(st.one_of(ROWS, IN_TIME), st.integers(1, 7), BOUND)
def test_what_comes_behind_a_hit_goes_on_from_there(
    db: Database, rows: list[Row], size: int, before: int | None
) -> None:
    """Page after page is the whole, each hit once: the place of the last one is the cursor."""
    fill(db, rows)
    plan = plan_of(*([Fact("before", before, "")] if before is not None else []))
    pages: list[int] = []
    below: Place | None = None
    while page := newest(db, Wanted(plan, below=below), size):
        pages += page
        below = rows[page[-1]].appeared * TICK, page[-1]
    assert pages == expected(rows, "patent", lambda row: before is None or row.appeared < before)


@pytest.mark.parametrize(
    ("facts", "page"),
    [((), [39, 38, 37]), ((Fact("before", 20, ""),), [19, 18, 17]),
     ((Fact("before", 20, ""), Fact("after", 18, "")), [19, 18])],
)  # fmt: skip
def test_the_short_way_is_taken(
    db: Database, monkeypatch: pytest.MonkeyPatch, facts: tuple[Fact, ...], page: list[int]
) -> None:
    """Else a common word in a large archive takes a second: all hits are looked at."""
    fill(db, [Row(number, "a", "patent", number) for number in range(40)])
    taken: list[tuple[int, int]] = []
    unseen = order._unseen

    def heard(
        db: Database, wanted: Wanted, best: list[Place], number: int, seen: tuple[int, int]
    ) -> list[Place]:
        taken.append(seen)
        return unseen(db, wanted, best, number, seen)

    monkeypatch.setattr(order, "_unseen", heard)
    assert newest(db, Wanted(plan_of(*facts)), 3) == page
    assert [low for low, _ in taken] == [36 if not facts else 16]


def test_a_backlog_is_asked_for_one_by_one(db: Database) -> None:
    """An article that was filed long after its time stands where it belongs."""
    rows = [Row(number, "a", "patent", number) for number in range(30)]
    fill(db, [*rows, Row(18, "a", "patent", 30), Row(5, "a", "patent", 31)])
    assert newest(db, Wanted(plan_of(Fact("before", 20, ""))), 3) == [19, 30, 18]


def test_a_backlog_of_the_very_time_of_the_last_on_the_page_comes_before_it(db: Database) -> None:
    """Of one time the one filed last comes first, also where it was filed long after."""
    rows = [Row(number, "a", "patent", number) for number in range(30)]
    fill(db, [*rows, Row(17, "a", "patent", 30)])
    assert newest(db, Wanted(plan_of(Fact("before", 20, ""))), 3) == [19, 18, 30]


@given(ROWS, st.integers(1, 12), st.sampled_from([None, "a"]))
def test_the_most_relevant_come_first_and_of_one_rank_the_newest(
    db: Database, rows: list[Row], number: int, source: str | None
) -> None:
    """Up to RANKED hits it is bm25 over all, beyond it over those that were filed last."""
    fill(db, rows)
    wanted = Wanted(parse("patent law").plan(), None, source)
    found = expected(rows, "law", lambda row: source in (None, row.source))
    hits = sorted(found, reverse=True)[: order.RANKED]
    scores = dict(
        db.execute(
            f"SELECT rowid, {order._RANK} FROM search WHERE search MATCH ?", (wanted.plan.match,)
        ).fetchall()
    )
    best = sorted(hits, key=lambda hit: (scores[hit], -rows[hit].appeared, -hit))
    assert most_relevant(db, wanted, number) == best[:number]
