"""archive.retention: what is let go of is gone everywhere, and all else is as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.lookup import find_article, raw_body, raw_facts
from archive.query import parse
from archive.retention import _DUE_ARTICLES, forget_articles, forget_raws, removed
from archive.search import search
from archive.store import file_article, transaction
from tests.archive.articles import check, column, fresh, incoming

if TYPE_CHECKING:
    from sqlite_utils import Database

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TEXT = "专利局公布新规，企业可以提前申请。" * 10


def file(db: Database, number: int, day: int, text: str = "") -> int:
    url = f"https://example.org/{number}"
    return file_article(
        db, incoming(url=url, text=text or f"{TEXT}第{number}号 alpha{number}"), START + day * DAY
    ).article


def dealt_with(db: Database) -> None:
    """The rules have looked at everything."""
    db.execute("INSERT OR REPLACE INTO cursor VALUES ('match', (SELECT max(id) FROM revision))")


def found(db: Database, query: str) -> list[int]:
    return sorted(hit.article for hit in search(db, parse(query), limit=1000))


def test_a_response_goes_and_leaves_what_is_known_of_it() -> None:
    with fresh() as db:
        with transaction(db):
            old, young = file(db, 1, 0), file(db, 2, 10)
            done = [forget_raws(db, START + 5 * DAY, START + 20 * DAY) for _ in range(2)]

        assert done == [1, 0]
        assert raw_body(db, old) is None
        facts = raw_facts(db, old)
        assert facts is not None
        assert (facts.kept, len(facts.sha256), facts.size > 0) == (False, 64, True)
        assert raw_body(db, young) is not None
        article = find_article(db, old)
        assert article is not None
        assert article.raw_sha256 == facts.sha256


def test_an_article_that_goes_is_found_by_nothing() -> None:
    """Neither by words nor as somebody's copy; and its row says that it was here."""
    with fresh() as db:
        with transaction(db):
            old, young = file(db, 1, 0), file(db, 2, 10)
            dealt_with(db)
            gone = forget_articles(db, START + 5 * DAY, START + 20 * DAY)

        assert gone == [old]
        assert found(db, "专利局") == [young]
        assert found(db, "alpha1") == []
        assert find_article(db, old) is None
        note = removed(db, old)
        assert note is not None
        assert (note.url, note.at) == ("https://example.org/1", START + 20 * DAY)
        assert removed(db, note.url) == note
        assert column(db, "SELECT count(*) FROM raw") == [1]
        check(db)


def test_a_copy_outlives_its_original_in_the_same_story() -> None:
    """The story is the same: what was told of it is not told again of the copy."""
    with fresh() as db:
        with transaction(db):
            old, copy = file(db, 1, 0, TEXT), file(db, 2, 10, TEXT)
            stories = column(db, "SELECT story FROM article")
            dealt_with(db)
            forget_articles(db, START + 5 * DAY, START + 20 * DAY)

        assert column(db, "SELECT story FROM article WHERE id = ?", copy) == [stories[1]]
        assert find_article(db, copy).newest.story == stories[0]  # type: ignore[union-attr]
        assert find_article(db, old) is None
        check(db)


def test_a_text_that_the_rules_have_not_seen_stays() -> None:
    """Archived before announced: an old archive that was never matched is not emptied."""
    with fresh() as db, transaction(db):
        file(db, 1, 0)
        db.execute("INSERT INTO cursor VALUES ('match', 0)")
        assert forget_articles(db, START + 5 * DAY, START + 20 * DAY) == []


def test_a_turn_reads_no_more_than_it_lets_go_of() -> None:
    """With a year of articles behind it, a look four times a second must not read them all."""
    with fresh() as db:
        asked = {"cutoff": 5, "before": 0, "limit": 20, "spared": "[]"}
        steps = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {_DUE_ARTICLES}", asked)]

    assert "SEARCH r USING INTEGER PRIMARY KEY (rowid<?)" in steps
    assert "SEARCH a USING INTEGER PRIMARY KEY (rowid=?)" in steps
    assert not any("TEMP B-TREE" in step for step in steps)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3)), min_size=1, max_size=14),
    st.integers(0, 15),
)
def test_whatever_is_filed_the_index_stays_that_of_what_is_left(
    filings: list[tuple[int, int]], cutoff: int
) -> None:
    """Revisions, copies and repeats in any order: search finds the articles that are there."""
    with fresh() as db:
        with transaction(db):
            for day, (number, text) in enumerate(filings):
                file(db, number, day, f"{TEXT} version{text} 第{text}版本" if text else "")
            dealt_with(db)
            while forget_articles(db, START + cutoff * DAY, START + 99 * DAY, limit=2):
                pass
            while forget_raws(db, START + cutoff * DAY, START + 99 * DAY, limit=2):
                pass
        left = column(db, "SELECT id FROM article ORDER BY id")

        assert found(db, "专利局") == left
        young = "SELECT DISTINCT article FROM revision WHERE seen_at >= ? ORDER BY 1"
        since = int((START + cutoff * DAY).timestamp() * 1000)
        assert left == column(db, young, since)
        check(db)


@pytest.mark.parametrize("behind", range(2, 13))
def test_a_clock_that_was_far_behind_for_a_while_costs_no_young_article(behind: int) -> None:
    """A board without a battery starts in 1970: what came before must not pass for older."""
    with fresh() as db:
        with transaction(db):
            for day in range(15):
                file(db, day, day if not behind <= day < behind + 3 else -20_000)
            dealt_with(db)
            while forget_articles(db, START + 3 * DAY, START + 15 * DAY):
                pass
            while forget_raws(db, START + 3 * DAY, START + 15 * DAY):
                pass

        young = {day + 1 for day in range(3, 15) if not behind <= day < behind + 3}
        assert young <= set(column(db, "SELECT id FROM article"))
        whole = column(
            db, "SELECT r.article FROM revision r JOIN raw w ON w.id = r.raw WHERE w.body <> x''"
        )
        assert young <= set(whole)


def test_a_clock_that_was_far_ahead_for_a_while_keeps_no_response_of_others() -> None:
    """What was filed in 2036 is not waited for."""
    with fresh() as db, transaction(db):
        articles = [file(db, day, day if day not in {1, 2} else 3650) for day in range(9)]

        while forget_raws(db, START + 5 * DAY, START + 9 * DAY, limit=2):
            pass

        assert [bool(raw_body(db, one)) for one in articles[3:]] == [False] * 2 + [True] * 4
