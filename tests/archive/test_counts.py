"""archive.search: counts by day are those of the calendar of any zone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.article import to_ms
from archive.query import parse
from archive.search import count_by_day
from archive.transaction import transaction
from tests.archive.articles import fresh

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from sqlite_utils import Database

#: Summer time, half and quarter hours, a day that there never was (Apia), and odd minutes.
ZONES: list[tzinfo] = [
    UTC,
    *map(ZoneInfo, ["Asia/Shanghai", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    *map(ZoneInfo, ["America/Havana", "Pacific/Apia", "Asia/Tehran"]),
    timezone(timedelta(hours=-3, minutes=-15)),
]
QUARTER = timedelta(minutes=15)
#: Beginnings of quarters of an hour, some of them around changes of the clock.
MOMENTS = st.one_of(
    st.integers(0, 96 * 20_000).map(lambda n: datetime(1991, 1, 1, tzinfo=UTC) + n * QUARTER),
    st.builds(
        lambda day, n: day + n * QUARTER,
        st.sampled_from(
            [
                datetime(2026, 3, 28, tzinfo=UTC),
                datetime(2025, 10, 25, tzinfo=UTC),
                datetime(2011, 12, 29, tzinfo=UTC),
                datetime(2026, 3, 7, tzinfo=UTC),
                datetime(2026, 4, 4, tzinfo=UTC),
            ]
        ),
        st.integers(0, 96 * 3),
    ),
)


@pytest.fixture(scope="module")
def db() -> Iterator[Database]:
    with fresh() as database:
        database.execute("PRAGMA foreign_keys = OFF")
        yield database


def fill(db: Database, moments: list[datetime]) -> None:
    with transaction(db):
        db.execute("DELETE FROM article")
        db.execute("INSERT INTO search (search) VALUES ('delete-all')")
        for number, moment in enumerate(moments):
            db.execute(
                "INSERT INTO article (id, url, source, story, first_seen, appeared)"
                " VALUES (?, ?, 's', 1, 0, ?)",
                (number, number, to_ms(moment)),
            )
            db.execute("INSERT INTO search (rowid, body) VALUES (?, 'patent')", [number])


@given(st.lists(MOMENTS, max_size=30), st.sampled_from(ZONES))
@example([datetime(1969, 12, 31, 23, 45, tzinfo=UTC)], UTC)
@example([datetime(2026, 3, 29, 22, 30, tzinfo=UTC)], ZoneInfo("Europe/Berlin"))
@example([datetime(2026, 3, 8, 4, 45, tzinfo=UTC)], ZoneInfo("America/Havana"))
def test_a_day_is_one_of_the_zone(db: Database, moments: list[datetime], zone: tzinfo) -> None:
    """Else a bar of the plot holds articles of the day before."""
    fill(db, moments)
    days = Counter(moment.astimezone(zone).date().isoformat() for moment in moments)
    counted = count_by_day(db, parse("patent"), zone=zone)
    assert [(one.key, one.articles) for one in counted] == sorted(days.items())
