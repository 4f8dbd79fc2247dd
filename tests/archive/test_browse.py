"""archive.browse and archive.survey: leafing through shows everything once, and reads little."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from archive import browse, survey
from archive.filing import file_article
from archive.query import parse
from archive.search import read_hits, search
from archive.transaction import transaction
from tests.archive.articles import NOW, fresh, incoming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

WORDS = "patent licence harbour lily wool auction bell counter herb tram bridge".split()


@pytest.fixture
def db() -> Iterator[Database]:
    """Forty stories, every tenth a backlog, every seventh with a copy."""
    with fresh() as made:
        with transaction(made):
            for n in range(40):
                text = f"专利 {' '.join(WORDS[(n * k) % 11] for k in range(1, 9))} number{n} " * 4
                at = NOW + timedelta(hours=n)
                more = {"quiet": n % 10 == 0, "published": at - timedelta(days=n % 3)}
                file_article(
                    made, incoming(f"https://a.example/{n}", text, source=f"s{n % 4}", **more), at
                )
                if n % 7 == 0:
                    copy = incoming(f"https://b.example/{n}", text, source="copies", **more)
                    file_article(made, copy, at)
        yield made


def test_stories_come_newest_first_each_once(db: Database) -> None:
    found, cursor = [], None
    while True:
        stories, cursor = browse.newest_stories(db, before=cursor, limit=7, backlog=True)
        found += [story.id for story in stories]
        if cursor is None:
            break

    assert found == sorted(found, reverse=True) and len(found) == len(set(found)) == 40


def test_a_backlog_is_no_news(db: Database) -> None:
    """Somebody adds a source: its two hundred old articles are not today's news."""
    stories, _ = browse.newest_stories(db, limit=100)

    assert len(stories) == 36


def test_a_stretch_without_news_ends_with_a_cursor(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However large a backlog is, a page looks at a part of it only, and leads on."""
    monkeypatch.setattr(browse, "STRETCH", 3)
    stories, cursor = browse.newest_stories(db, limit=30)

    assert len(stories) <= 3 and cursor is not None


def test_a_story_knows_its_outlets(db: Database) -> None:
    stories, _ = browse.newest_stories(db, limit=100, backlog=True)
    copied = [story for story in stories if len(story.articles) > 1]

    assert {story.outlets[1] for story in copied} == {"copies"} and len(copied) == 6
    assert all(story.first.article == story.articles[0] for story in stories)


def test_hours_are_counted_from_where_they_begin(db: Database) -> None:
    since = NOW.replace(minute=0) + timedelta(hours=30)
    counts = browse.per_hour(db, since)

    assert sum(counts.values()) == 11  # ten, and a copy
    assert min(counts) >= since


def test_texts_and_lists_keep_to_what_is_asked(db: Database) -> None:
    assert list(browse.listed(db, [5, 3, 999])) == [5, 3]
    assert browse.texts(db, [2])[2][1].startswith("专利")
    assert browse.totals(db) == (46, 46)


@pytest.mark.parametrize("text", ["专利", "专利 AND after:2026-03-02", "lily OR wool", "source:s1"])
def test_a_survey_finds_what_the_search_finds(db: Database, text: str) -> None:
    """Another way to the same hits, in the same order, where they are few."""
    query = parse(text)
    found = survey.survey(db, query)

    wanted = [hit.article for hit in search(db, query, limit=100)]
    assert [hit.article for hit in found.found] == wanted
    assert found.complete and wanted


@pytest.mark.parametrize("text", ["专利", "专利 AND after:2026-03-02", "after:2026-03-02", None])
def test_surveys_one_after_the_other_miss_nothing(
    db: Database, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    """Whether it stopped at the hits or at what was looked at, the cursor goes on from there."""
    query = parse(text) if text else None
    whole = {hit.article for hit in survey.survey(db, query).found}
    for looked, most in ((5, 3), (4, 50), (1000, 1)):
        monkeypatch.setattr(survey, "LOOKED_AT", looked)
        found: list[int] = []
        cursor = None
        while True:
            part = survey.survey(db, query, before=cursor, most=min(most, looked))
            found += [hit.article for hit in part.found]
            cursor = part.cursor
            if cursor is None:
                break
        assert sorted(found) == sorted(whole)


@pytest.mark.parametrize("text", ["专利 AND after:2026-03-02", "专利 before:2026-03-03"])
def test_surveys_of_a_time_go_on_in_its_order(db: Database, text: str) -> None:
    """Who clicks on a week sees its last articles first, whenever they were filed."""
    query = parse(text)
    wanted = [hit.article for hit in search(db, query, limit=100)]
    found: list[int] = []
    cursor = None
    while len(found) < len(wanted):
        part = survey.survey(db, query, before=cursor, most=4)
        found += [hit.article for hit in part.found]
        cursor = part.cursor
    assert found == wanted and len(wanted) > 4


def test_a_survey_keeps_to_the_articles_of_a_rule(db: Database) -> None:
    only = survey.survey(db, parse("专利"), among=[1, 2, 3])

    assert {hit.article for hit in only.found} == {1, 2, 3}
    assert {hit.article for hit in survey.survey(db, None, among=[4, 9]).found} == {4, 9}
    assert only.sources().total() == 3 and only.languages() == {"": 3}


def test_an_old_match_of_a_rule_is_found_among_many_hits(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A common word has more hits than are looked at; those of the rule are asked for alone."""
    monkeypatch.setattr(survey, "LOOKED_AT", 5)

    only = survey.survey(db, parse("专利"), among=[1, 2, 3])

    assert {hit.article for hit in only.found} == {1, 2, 3} and only.complete


def test_hits_are_read_in_the_order_that_is_asked(db: Database) -> None:
    hits = read_hits(db, parse("wool"), [9, 2])

    assert [hit.article for hit in hits] == [9, 2]
    assert read_hits(db, None, [3])[0].snippets[0].marks == ()
