"""Searching real archives: newest first, filters, the newest revision only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from archive.article import Incoming, Outcome, Raw
from archive.connection import open_for_writing
from archive.query import parse
from archive.query.spans import Automaton, Document
from archive.search import Tally, count, count_by_day, count_by_source, search
from archive.store import file_article, open_for_reading, revisions_after

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database

    from archive.article import Revision

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


def article(
    name: str,
    text: str,
    *,
    title: str = "",
    source: str = "甘肃日报",
    published: datetime | None = None,
) -> Incoming:
    url = f"https://example.org/{name}"
    return Incoming(
        source=source,
        url=url,
        title=title or name,
        text=text,
        published=published,
        language="zh",
        raw=Raw(url=url, status=200, headers=(), body=b"<html>", fetched_at=NOON),
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "presswatch.db"


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    database = open_for_writing(path)
    yield database
    database.close()


def document_of(revision: Revision) -> Document:
    return Document(
        revision.title, revision.text, revision.source, story=revision.story, merged=revision.merged
    )


def found(db: Database, text: str, **options: object) -> list[str]:
    """The names of the hits; the count must say the same."""
    hits = search(db, parse(text), **options)  # type: ignore[arg-type]
    filters = {key: value for key, value in options.items() if key in ("since", "source")}
    if len(options) == len(filters):
        assert count(db, parse(text), **filters) == len(hits)  # type: ignore[arg-type]
    return [hit.url.rpartition("/")[2] for hit in hits]


@pytest.mark.parametrize("query", ["知识产权", "知识 NEAR/3 产权"])
def test_what_only_the_name_of_an_author_holds_is_no_hit(db: Database, query: str) -> None:
    """A phrase is first looked for in all columns; so are pairs of words."""
    for number in range(3):
        file_article(db, article(f"hit {number}", f"{number}：知识产权强省。"), NOON)
        named = replace(article(f"by {number}", f"第{number}版"), authors=("知识产权报",))
        file_article(db, named, NOON)
    assert found(db, query, limit=2) == ["hit 2", "hit 1"]


def test_a_hit_is_the_article_as_it_stands(db: Database) -> None:
    published = NOON - timedelta(days=2)
    filed = file_article(
        db, article("a", "關於專利的通知", title="通知", published=published), NOON
    )

    (hit,) = search(db, parse("专利"))

    assert hit.article == filed.article
    assert hit.story == filed.story
    assert (hit.url, hit.title, hit.source) == ("https://example.org/a", "通知", "甘肃日报")
    assert (hit.published, hit.first_seen, hit.language) == (published, NOON, "zh")
    assert [s.text[slice(*s.marks[0])] for s in hit.snippets] == ["專利"]


def test_the_newest_comes_first_by_publication_else_by_first_sight(db: Database) -> None:
    file_article(db, article("old", "专利一", published=NOON - timedelta(days=9)), NOON)
    file_article(db, article("undated", "专利二"), NOON - timedelta(days=4))
    file_article(db, article("new", "专利三", published=NOON - timedelta(days=1)), NOON)

    assert found(db, "专利") == ["new", "undated", "old"]
    assert found(db, "专利", limit=1) == ["new"]
    assert found(db, "专利", limit=5, offset=1) == ["undated", "old"]
    assert found(db, "专利", since=NOON - timedelta(days=4)) == ["new", "undated"]


def test_articles_of_the_same_time_keep_one_order(db: Database) -> None:
    for name in "abc":
        file_article(db, article(name, f"专利{name}"), NOON)

    pages = [found(db, "专利", limit=1, offset=offset) for offset in range(4)]

    assert pages == [["c"], ["b"], ["a"], []]


def test_a_source_narrows_the_search(db: Database) -> None:
    file_article(db, article("a", "专利一", source="CNIPA"), NOON)
    file_article(db, article("b", "专利二", source="CNIPA News"), NOON)

    assert found(db, "专利", source="CNIPA") == ["a"]
    assert found(db, "专利", source="nobody") == []
    assert found(db, "source:cnipa") == ["a"]
    assert found(db, "source:cnipa*") == ["b", "a"]
    assert found(db, 'source:"cnipa news"') == ["b"]


def test_only_the_newest_revision_is_found(db: Database) -> None:
    file_article(db, article("a", "关于专利的通知"), NOON)
    revised = file_article(db, article("a", "关于商标的通知"), NOON)

    assert revised.outcome is Outcome.REVISED
    assert found(db, "专利") == []
    assert found(db, "商标") == ["a"]


def test_copies_show_the_story_that_they_tell(db: Database) -> None:
    first = file_article(db, article("a", "关于专利的通知"), NOON)
    file_article(db, article("b", "關於專利的通知"), NOON)

    hits = search(db, parse("专利"))

    assert {hit.story for hit in hits} == {first.story}
    assert len(hits) == 2


def test_a_merged_story_shows_its_root(db: Database) -> None:
    first = file_article(db, article("a", "关于专利的通知"), NOON)
    file_article(db, article("b", "关于商标的通知"), NOON)
    file_article(db, replace(article("b", "关于专利的通知")), NOON)

    assert {hit.story for hit in search(db, parse("通知"))} == {first.story}


def test_the_number_of_a_merged_story_finds_all_that_it_has_become(db: Database) -> None:
    """A link that was sent before two stories turned out to be one goes on telling it."""
    first = file_article(db, article("a", "关于专利的通知"), NOON)
    second = file_article(db, article("b", "关于商标的通知"), NOON)
    file_article(db, article("c", "关于地名的通知"), NOON)
    file_article(db, replace(article("b", "关于专利的通知")), NOON)

    for story in (first.story, second.story):
        query = parse(f"通知 story:{story}")
        assert [hit.article for hit in search(db, query)] == [2, 1]
        assert count(db, query) == 2
        rule = Automaton({"rule": query})
        fired = [revision.article for revision in revisions_after(db, 0, 10)
                 if rule.match(document_of(revision))]  # fmt: skip
        assert fired == [1, 2, 2]
        assert all(hit.snippets[0].marks for hit in search(db, query))
    assert search(db, parse("通知 story:77")) == []


def test_a_reader_that_cannot_write_can_search(db: Database, path: Path) -> None:
    file_article(db, article("a", "关于专利的通知"), NOON)

    reader = open_for_reading(path)

    assert found(reader, "专利") == ["a"]
    reader.close()


def test_nothing_found_is_an_empty_page(db: Database) -> None:
    assert found(db, "专利") == []


def test_a_time_without_a_zone_is_refused(db: Database) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        search(db, parse("专利"), since=datetime(2026, 3, 5))  # noqa: DTZ001


def test_by_relevance_a_title_says_more_than_a_text(db: Database) -> None:
    long = "其他的话" * 50
    file_article(db, article("title", f"无关{long}", title="专利"), NOON - timedelta(days=9))
    file_article(db, article("often", "专利专利专利" + long), NOON - timedelta(days=5))
    file_article(db, article("once", f"专利一次{long}另外"), NOON)

    assert found(db, "专利") == ["once", "often", "title"]
    assert found(db, "专利", sort="relevance", limit=9) == ["title", "often", "once"]
    assert found(db, "专利 after:2026", sort="relevance", limit=1) == ["title"]
    assert found(db, "专利 OR after:2026", sort="relevance", limit=1) == ["once"]


def test_dates_and_stories_are_asked_beside_words(db: Database) -> None:
    old = file_article(db, article("old", "专利一", published=NOON - timedelta(days=9)), NOON)
    file_article(db, article("new", "商标二"), NOON)

    assert found(db, "before:2026-03") == ["old"]
    assert found(db, "专利 OR after:2026-03-05") == ["new", "old"]
    assert found(db, "after:2026 -专利") == ["new"]
    assert found(db, f"story:{old.story}") == ["old"]
    assert found(db, f"专利 -story:{old.story}") == []
    assert found(db, "(专利 (before:2026-03 OR 体育)) OR (体育 after:2026)") == ["old"]


def test_counts_by_day_are_of_the_zone(db: Database) -> None:
    for name, hours in (("a", 0), ("b", 3), ("c", 5), ("d", 30)):
        file_article(db, article(name, f"专利{name}"), NOON + timedelta(hours=hours))

    days = count_by_day(db, parse("专利"))
    there = count_by_day(db, parse("专利"), zone=ZoneInfo("Asia/Shanghai"))

    assert days == [Tally(key="2026-03-05", articles=3), Tally(key="2026-03-06", articles=1)]
    assert [(one.key, one.articles) for one in there] == [
        ("2026-03-05", 2),
        ("2026-03-06", 1),
        ("2026-03-07", 1),
    ]
    assert count_by_day(db, parse("体育")) == []


def test_counts_by_source_begin_with_the_most(db: Database) -> None:
    for name, source in (("a", "B"), ("b", "A"), ("c", "C"), ("d", "C")):
        file_article(db, article(name, f"专利{name}", source=source), NOON)

    counted = [(one.key, one.articles) for one in count_by_source(db, parse("专利"))]

    assert counted == [("C", 2), ("A", 1), ("B", 1)]
    assert count_by_source(db, parse("专利"), source="A") == [Tally(key="A", articles=1)]
    assert count_by_source(db, parse("专利"), since=NOON + timedelta(days=1)) == []
