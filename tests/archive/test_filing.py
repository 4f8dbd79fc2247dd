"""archive.filing: what is written for each verdict, and what holds after any sequence of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.article import Evidence, Outcome
from archive.errors import ArchiveDamaged
from archive.fingerprint import take
from archive.fold import content_hash, stream
from archive.query import parse
from archive.search import search
from archive.store import (
    file_article,
    find_article,
    known,
    raw_body,
    rebuild_index,
    revisions_after,
    transaction,
)
from tests.archive.articles import NOW, check, column, content, fresh, incoming

if TYPE_CHECKING:
    from archive.article import Article, Incoming

A = "https://a.example/1"
B = "https://b.example/1"
C = "https://c.example/1"
LATER = NOW + timedelta(hours=1)


def _outcomes(*articles: Incoming) -> list[Outcome]:
    with fresh() as db:
        return [file_article(db, article, NOW).outcome for article in articles]


def _found(db: Any, key: int | str) -> Article:
    article = find_article(db, key)
    assert article is not None
    return article


def test_the_hash_of_a_stream_is_the_hash_of_its_text() -> None:
    for text in ("", "。", "One. Two?\nThree", "知識(shí)產(chǎn)權(quán)，一。二"):
        assert take(text).identity == content_hash(text)
        assert take(text).stream == stream(text)


def test_everything_read_comes_back() -> None:
    evidence = (
        Evidence(field="title", value="題", where="h1", chosen=True),
        Evidence(field="published", value="2026-01-02", where="url"),
    )
    article = incoming(
        A,
        "Text.\nMore “text”.",
        title="标题",
        aliases=(B,),
        published=datetime(2026, 1, 2, 9, tzinfo=timezone(timedelta(hours=8))),
        published_precise=False,
        authors=("王", "Ó Sé"),
        language="zh",
        evidence=evidence,
        quiet=True,
    )
    with fresh() as db:
        filed = file_article(db, article, LATER)
        found = _found(db, A)

        assert (filed.outcome, filed.article, filed.story) == (Outcome.NEW, found.id, 1)
        newest = found.newest
        assert newest.id == filed.revision
        assert (newest.title, newest.text, newest.source) == ("标题", article.text, "Daily")
        assert newest.published == datetime(2026, 1, 2, 1, tzinfo=UTC)
        assert (newest.published_precise, newest.quiet, newest.language) == (False, True, "zh")
        assert (newest.authors, found.evidence) == (article.authors, evidence)
        assert (newest.first_seen, newest.seen, newest.number) == (LATER, LATER, 1)
        assert (newest.copy_of, found.copies, found.aliases) == (None, (), (B,))
        assert raw_body(db, found.id) == article.raw
        assert newest.content_hash == content_hash(article.text)


def test_an_article_is_found_by_id_url_alias_and_in_any_spelling() -> None:
    with fresh() as db:
        file_article(db, incoming(A, aliases=(B,)), NOW)
        for key in (1, "1", A, B, "HTTPS://A.example:443/1?utm_source=x#top"):
            assert _found(db, key).id == 1
        for absent in (2, "2", "9" * 30, C, "no url", ""):
            assert find_article(db, absent) is None
        assert known(db, (A, B, C, A)) == {A: 1, B: 1}
        assert known(db, ()) == {}
        assert raw_body(db, 2) is None


def test_a_copy_is_an_article_of_its_own_in_the_story_of_the_first() -> None:
    with fresh() as db:
        file_article(db, incoming(A, "知识产权。", title="First"), NOW)
        copy = file_article(db, incoming(B, "知識(shí)產(chǎn)權(quán)", source="Other"), LATER)

        assert (copy.outcome, copy.article, copy.story) == (Outcome.COPY, 2, 1)
        assert copy.reason == f"same text as article 1 ({A})"
        assert _found(db, B).newest.copy_of == 1
        assert [c.url for c in _found(db, B).copies] == [A]
        (other,) = _found(db, A).copies
        assert (other.article, other.url, other.source) == (2, B, "Other")
        assert (other.title, other.first_seen) == ("A title", LATER)
        check(db)


def test_a_copy_of_an_earlier_text_is_a_copy() -> None:
    texts = [incoming(A, "Text one."), incoming(A, "Text two."), incoming(B, "Text one.")]
    assert _outcomes(*texts) == [Outcome.NEW, Outcome.REVISED, Outcome.COPY]


def test_a_revision_keeps_the_article_and_its_story_and_moves_the_index() -> None:
    with fresh() as db:
        file_article(db, incoming(A, "alpha"), NOW)
        filed = file_article(db, incoming(A, "beta", source="Other"), LATER)

        assert (filed.outcome, filed.article, filed.revision) == (Outcome.REVISED, 1, 2)
        found = _found(db, A)
        assert (found.revisions, found.newest.number, found.newest.seen) == (2, 2, LATER)
        assert (found.newest.source, found.newest.first_seen) == ("Daily", NOW)
        assert column(db, "SELECT rowid FROM search WHERE search MATCH 'alpha'") == []
        assert column(db, "SELECT rowid FROM search WHERE search MATCH 'beta'") == [1]
        check(db)


def test_a_changed_title_is_a_revision_and_a_changed_case_is_not() -> None:
    titles = [incoming(title=title) for title in ("One", "ONE", "One more", "One")]
    same, changed = Outcome.SAME, Outcome.REVISED
    assert _outcomes(*titles) == [Outcome.NEW, same, changed, changed]


def test_a_revision_that_repeats_another_article_makes_their_stories_one() -> None:
    with fresh() as db:
        for article in (incoming(A, "one"), incoming(B, "two"), incoming(C, "two")):
            file_article(db, article, NOW)
        filed = file_article(db, incoming(B, "one"), NOW)

        assert (filed.outcome, filed.story) == (Outcome.REVISED, 1)
        assert [r.story for r in revisions_after(db, 0, 9)] == [1, 1, 1, 1]
        assert [c.url for c in _found(db, A).copies] == [B, C]
        assert column(db, "SELECT story FROM article ORDER BY id") == [1, 2, 2], "as filed"
        check(db)


def test_a_moved_article_stays_one_while_a_door_leads_to_many() -> None:
    door = "https://a.example/latest"
    with fresh() as db:
        file_article(db, incoming(A, "one", aliases=(door,)), NOW)
        moved = file_article(db, incoming(B, "one", aliases=(A,)), NOW)
        assert (moved.outcome, moved.article) == (Outcome.SAME, 1)
        next_day = file_article(db, incoming(C, "two", aliases=(door,)), NOW)
        assert (next_day.outcome, next_day.article) == (Outcome.NEW, 2)
        assert known(db, (A, B, C, door)) == {A: 1, B: 1, C: 2, door: 2}
        check(db)


def test_texts_without_a_word_are_no_copies_of_each_other() -> None:
    silent = [incoming(A, "……"), incoming(B, "！"), incoming(A, "？")]
    assert _outcomes(*silent) == [Outcome.NEW, Outcome.NEW, Outcome.SAME]
    behind_a_door = incoming(B, "…", aliases=(A,))
    assert _outcomes(silent[0], behind_a_door) == [Outcome.NEW, Outcome.NEW]


@pytest.mark.parametrize("text", ["a\x00b", "half \ud83d pair", "\u2028", "x" * 100_000])
def test_odd_characters_are_filed_and_indexed(text: str) -> None:
    with fresh() as db:
        file_article(db, incoming(A, text, title=text), NOW)
        file_article(db, incoming(A, "plain"), NOW)
        file_article(db, incoming(A, text, title=text), NOW)
        assert _found(db, A).newest.text == text.replace("\ud83d", "\ufffd")
        rebuild_index(db)
        check(db)


def test_what_cannot_be_filed_leaves_nothing() -> None:
    with fresh() as db:
        before = content(db)
        with pytest.raises(ValueError, match="without a text"):
            file_article(db, incoming(A, ""), NOW)
        with pytest.raises(ValueError, match="without a zone"):
            file_article(db, incoming(A, published=datetime(2026, 1, 1)), NOW)  # noqa: DTZ001
        assert content(db) == before


def test_a_damaged_response_is_not_handed_out() -> None:
    with fresh() as db:
        file_article(db, incoming(A), NOW)
        db.execute("UPDATE raw SET sha256 = 'x'")
        with pytest.raises(ArchiveDamaged, match="SHA-256"):
            raw_body(db, 1)
        db.execute("UPDATE raw SET body = x'00'")
        with pytest.raises(ArchiveDamaged, match="article 1"):
            raw_body(db, 1)


def test_a_cursor_reads_every_revision_once_in_order() -> None:
    with fresh() as db:
        for number in range(7):
            file_article(db, incoming(f"https://a.example/{number % 3}", f"text {number}"), NOW)
        seen, cursor = [], 0
        while batch := revisions_after(db, cursor, 3):
            seen += [(r.id, r.article, r.number, r.text) for r in batch]
            cursor = batch[-1].id
        assert seen == [(n + 1, n % 3 + 1, n // 3 + 1, f"text {n}") for n in range(7)]


_FILINGS = st.lists(
    st.builds(
        incoming,
        st.integers(1, 4).map(lambda n: f"https://a.example/{n}"),
        st.sampled_from(["Text one.", "text ONE", "Text two.", "知识产权", "知識產權。", "…"]),
        title=st.sampled_from(["A", "B"]),
        aliases=st.lists(st.integers(1, 6).map(lambda n: f"https://a.example/{n}"), max_size=2),
        source=st.sampled_from(["Daily", "每日"]),
    ),
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(_FILINGS, st.integers(0, 10))
def test_any_sequence_leaves_a_sound_archive(articles: list[Incoming], rebuilt: int) -> None:
    with fresh() as db:
        for step, article in enumerate(articles):
            if step == rebuilt:
                rebuild_index(db)
            first = file_article(db, article, NOW)
            check(db)
            _check_filed(_found(db, article.url), article)
            before = content(db)
            again = file_article(db, article, LATER)
            assert (again.outcome, again.article) == (Outcome.SAME, first.article)
            assert (again.revision, again.story) == (None, first.story)
            assert content(db) == before


def _check_filed(found: Article, article: Incoming) -> None:
    """The archive's newest word under this URL is what was just filed."""
    assert stream(found.newest.text) == stream(article.text)
    assert stream(found.newest.title) == stream(article.title)


def test_a_rebuild_makes_the_same_archive_and_says_how_far_it_is() -> None:
    with fresh() as db:
        for number in range(3):
            file_article(db, incoming(f"https://a.example/{number}", f"text {number % 2}"), NOW)
        tables = [line for line in content(db) if '"search' not in line]
        heard: list[tuple[int, int]] = []
        rebuild_index(db, lambda done, total: heard.append((done, total)))

        assert heard == [(3, 3)]
        assert [line for line in content(db) if '"search' not in line] == tables
        check(db)


def test_a_rebuild_with_a_new_fold_joins_what_it_sees_as_the_same() -> None:
    with fresh() as db:
        for url, text in ((A, "one"), (B, "two"), (C, "one ")):
            file_article(db, incoming(url, text), NOW)
        with transaction(db):  # as an older fold would have left it: apart
            db.execute("INSERT INTO search (search) VALUES ('delete-all')")
            db.execute("INSERT INTO story (id, root) VALUES (7, 7)")
            db.execute("UPDATE article SET story = 7, copy_of = NULL WHERE id = 3")
            db.execute("UPDATE revision SET content_hash = '0-old:' || id")
        rebuild_index(db)

        assert [r.story for r in revisions_after(db, 0, 9)] == [1, 2, 1]
        check(db)
        refiled = file_article(db, replace(incoming(C, "one"), title="Another"), NOW)
        assert refiled.outcome is Outcome.REVISED


def test_what_is_filed_in_one_transaction_is_indexed_at_once() -> None:
    """A segment for each article would cost as much as all else of filing it."""
    with fresh() as db:
        before = column(db, "SELECT count(DISTINCT segid) FROM search_idx")[0]
        with transaction(db):
            for number in range(20):
                url = f"https://news.example/{number}"
                file_article(db, incoming(url, f"Text {number} about patents."), NOW)
            file_article(db, incoming("https://news.example/3", "Another text by now."), NOW)
        assert column(db, "SELECT count(DISTINCT segid) FROM search_idx")[0] == before + 2
        assert len(search(db, parse("patents"))) == 19
        check(db)


def test_halves_of_characters_in_what_a_page_says_of_itself_can_be_written_again() -> None:
    """A name cut inside a smiley made the page of its article fail for ever."""
    said = Evidence(field="authors", value="Ann \ud83d", where="json-ld author", chosen=True)
    whole: dict[str, Any] = {
        "authors": ("Ann \ud83d",),
        "captions": ("\ud83d",),
        "evidence": (said,),
    }
    with fresh() as db:
        file_article(db, incoming(A, credited_source="\ud83d", language="\ud83d", **whole), NOW)
        found = _found(db, A)
        repr(found).encode()

        assert "\\ud83d" not in repr(found)
        assert found.newest.authors == ("Ann \ufffd",)
        check(db)


@pytest.mark.parametrize("stop", ["！", "。 ", "…", "\u2028", "see also: "])
def test_a_text_of_nothing_but_stops_is_filed_in_good_time(stop: str) -> None:
    """A line each: a pattern tried from every one of them held up the whole process for minutes."""
    with fresh() as db:
        filed = file_article(db, incoming(A, "Patent reform. " + stop * 300_000), NOW)

        assert filed.outcome is Outcome.NEW
        assert [hit.article for hit in search(db, parse("patent"))] == [filed.article]
