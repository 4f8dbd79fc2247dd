"""archive.core, fingerprint, near and bands: which texts are one story, and which are one form."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import filing, index
from archive.article import Evidence, Outcome
from archive.fingerprint import BANDS, LEAST, shingles, take
from archive.near import compare
from archive.retold import tellings
from archive.store import file_article, find_article, rebuild_index, transaction
from bench.near import grouped, labelled, scores
from bench.neartexts import EDITS, bases, forms, reprints
from tests.archive.articles import NOW, check, column, fresh, incoming

if TYPE_CHECKING:
    from bench.neartexts import Labelled

BODY = (
    "The ferry to Ostrand was rebuilt last winter by forty carpenters from the valley. Nobody had "
    "asked the mayor, who learned of it from a postcard. The harbour stayed open all the same."
)
CHINESE = (
    "去年冬天四十名木匠重建了开往望海角的渡轮。"
    "市长收到一张明信片才知道此事。港口照常开放，游客不断。"
)


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ("Source: The Courier\n", ""),
        ("By Mara Lindqvist\n2026-03-04 10:22\n", "\n(Editor: J. Marsh)"),
        ("PELLHAM, March 4 (Reuters) - ", "\nRead more"),
        ("Pellham, March 4 — ", "\nCopyright 2026 Vardo Press. All rights reserved."),
        ("", "\nRelated articles\nAnother day in Pellham\nThe price of a ferry"),
        ("", " (Source: Vardo Press)"),
        ("", "\n(Finish)"),
        ("", "\nHome\nNews\nContact us"),
    ],
)
def test_what_a_reprint_adds_around_the_body_changes_nothing(head: str, tail: str) -> None:
    assert take(head + BODY + tail).words == take(BODY).words


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ("来源：青石晚报\n", ""),
        ("發佈時間：2026-03-04 10:22 來源：白河網\n", "（責任編輯：趙明）"),
        ("作者：林远山\n记者 周小舟\n", "\n版权所有，未经授权不得转载。"),
        ("本报讯（记者 周小舟）", "（完）"),
        ("青石社望海角3月4日电（记者 周小舟）", "\n相关阅读\n茶园的一天\n渡轮涨价"),
        ("", "(馬計 楊柳崗)"),
    ],
)
def test_the_same_in_chinese(head: str, tail: str) -> None:
    assert take(head + CHINESE + tail).words == take(CHINESE).words


@pytest.mark.parametrize(
    "text",
    [
        "Source: The Courier",
        "9月14日，签约仪式在北京举行。",
        "By the river there was a mill. It ground no corn.",
        "编辑部搬家了。新址在河边。",
        "Home\nNews",
        "（完）",
    ],
)
def test_what_is_no_furniture_or_all_there_is_stays(text: str) -> None:
    assert list(take(text).words) == [w for w in take(text).stream.split() if w != "¶"]


@settings(max_examples=60, deadline=None)
@given(st.text("aB1。. \n（）()来源:编辑完省記者", max_size=80))
def test_a_body_is_a_part_of_its_text(text: str) -> None:
    found = take(text)
    words = [word for word in found.stream.split() if word != "¶"]
    starts = range(len(words) - len(found.words) + 1)
    assert any(tuple(words[n : n + len(found.words)]) == found.words for n in starts)
    assert bool(found.words) == bool(words)
    assert len(found.bands) in (0, BANDS)
    assert len(set(found.bands)) == len(found.bands)
    assert bool(found.bands) == (len(found.words) >= LEAST)


def test_bases_have_little_in_common() -> None:
    found = [set(shingles(take(base.text).words)) for base in bases(60)]
    for n, one in enumerate(found):
        assert all(len(one & other) < 0.2 * len(one | other) for other in found[:n])


@pytest.mark.parametrize("kind", EDITS)
def test_each_edit_leaves_the_story(kind: str) -> None:
    """Nearly always: what chance cuts short may be too short."""
    pairs = [
        (base, copy) for base in bases(30, 3) for copy in reprints(base, 3) if copy.kind == kind
    ]
    near = [compare(take(a.text).words, take(b.text).words).near for a, b in pairs]
    assert len(near) == 30
    assert sum(near) >= 29


def test_comparing_is_symmetric() -> None:
    texts = [*bases(4), *forms(2)]
    texts += [copy for base in texts[:4] for copy in reprints(base)]
    words = [take(text.text).words for text in texts]
    for a in words:
        assert compare(a, a).near
        assert all(compare(a, b).near == compare(b, a).near for b in words)


@pytest.mark.parametrize("name", sorted({form.story.split()[0] for form in forms(1)}))
def test_a_form_filled_in_anew_is_another_story(name: str) -> None:
    """Two that share two of three names by chance may pass for one."""
    words = [take(f.text).words for f in forms(12) if f.story.startswith(name)]
    pairs = [(a, b) for n, a in enumerate(words) for b in words[:n]]
    wrong = sum(compare(a, b).near for a, b in pairs)
    assert wrong <= 2, f"{wrong} of {len(pairs)}"


def test_the_labelled_set_is_told_apart() -> None:
    texts = labelled(bases(40, 2), 8, seed=2)
    precision, recall = scores(texts, grouped(texts))
    assert precision >= 0.995
    assert recall >= 0.97


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_stories_are_the_same_whatever_the_order_of_arrival(seed: int, order: int) -> None:
    texts = labelled(bases(2, seed), 1, seed=seed)
    shuffled = list(texts)
    Random(order).shuffle(shuffled)

    def stories(items: list[Labelled]) -> set[frozenset[tuple[str, str]]]:
        roots = grouped(items)
        return {
            frozenset((t.story, t.kind) for t, r in zip(items, roots, strict=True) if r == root)
            for root in roots
        }

    assert stories(texts) == stories(shuffled)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_nothing_is_lost_where_an_exact_copy_is_not_compared(seed: int, order: int) -> None:
    """Within the story that it joins anyway: with and without, all verdicts are the same."""
    texts = [one.text for one in labelled(bases(2, seed), 1, seed=seed)] * 2
    Random(order).shuffle(texts)
    articles = [incoming(f"https://a.example/{n % 9}", text) for n, text in enumerate(texts)]

    def verdicts() -> list[Any]:
        with fresh() as db:
            return [file_article(db, article, NOW) for article in articles]

    quick = verdicts()
    with pytest.MonkeyPatch.context() as patch:
        near = filing._near
        patch.setattr(filing, "_near", lambda db, folded, itself, _: near(db, folded, itself, None))
        assert verdicts() == quick


def test_an_exact_copy_is_compared_with_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading and folding the other text is a third of what it costs to file one."""
    base = bases(1)[0].text
    with fresh() as db:
        file_article(db, incoming("https://a.example/1", base), NOW)
        monkeypatch.setattr(index, "compare", pytest.fail)
        filed = file_article(db, incoming("https://b.example/1", base), NOW)
        assert (filed.outcome, filed.story) == (Outcome.COPY, 1)
        check(db)


def test_a_near_copy_is_a_copy_and_says_how_near() -> None:
    base = bases(2)[1]
    cut = base.text[: len(base.text) * 6 // 10]
    with fresh() as db:
        file_article(db, incoming("https://a.example/1", base.text), NOW)
        filed = file_article(db, incoming("https://b.example/1", cut, title="Other"), NOW)
        assert (filed.outcome, filed.story) == (Outcome.COPY, 1)
        assert filed.reason.startswith("cut to ")
        assert filed.reason.endswith("of article 1 (https://a.example/1)")
        first, copy = tellings(db, filed.story)
        assert (first.article, first.how, copy.article) == (1, "", 2)
        assert copy.how.startswith("cut to ")
        assert copy.how.endswith("%, new title")
        check(db)


def test_a_revision_has_new_bands_and_joins_what_it_is_near_to() -> None:
    one, two = (base.text for base in bases(4)[1::2])
    with fresh() as db:
        file_article(db, incoming("https://a.example/1", one), NOW)
        file_article(db, incoming("https://b.example/1", two), NOW)
        filed = file_article(db, incoming("https://b.example/1", f"{one} And so on."), NOW)
        assert (filed.outcome, filed.story) == (Outcome.REVISED, 1)
        check(db)
        third = file_article(db, incoming("https://c.example/1", f"{two} And so on."), NOW)
        assert third.outcome is Outcome.NEW, "nobody has that text any more"
        check(db)


def test_a_text_between_two_stories_makes_them_one_and_old_links_live() -> None:
    base = bases(2)[1].text
    lines = base.split("\n")
    assert len(lines) >= 4
    half = len(lines) // 2
    with fresh() as db:
        file_article(db, incoming("https://a.example/1", "\n".join(lines[:half])), NOW)
        second = file_article(db, incoming("https://b.example/1", "\n".join(lines[half:])), NOW)
        assert second.outcome is Outcome.NEW
        whole = file_article(db, incoming("https://c.example/1", base), NOW)
        assert (whole.outcome, whole.story) == (Outcome.COPY, 1)
        assert "makes one of this story and" in whole.reason
        assert {t.article for t in tellings(db, second.story)} == {1, 2, 3}
        found = find_article(db, 2)
        assert found is not None
        assert found.newest.story == 1
        check(db)


def test_a_rebuild_finds_the_near_copies_anew() -> None:
    base = bases(1)[0].text
    with fresh() as db:
        file_article(db, incoming("https://a.example/1", base), NOW)
        file_article(db, incoming("https://b.example/1", base + "另有一事待查。"), NOW)
        with transaction(db):  # as a fingerprint that saw less would have left it
            db.execute("INSERT INTO story (id, root) VALUES (7, 7)")
            db.execute("UPDATE article SET story = 7, copy_of = NULL WHERE id = 2")
            db.execute("DELETE FROM band")
            db.execute("DELETE FROM sketch")
        rebuild_index(db)
        assert column(db, "SELECT root FROM story ORDER BY id") == [1, 1]
        check(db)


def test_first_is_what_was_published_first_as_far_as_can_be_believed() -> None:
    day = timedelta(days=1)
    doubt = (Evidence(field="doubt", value="the text is older", where="text"),)
    dates: list[dict[str, Any]] = [
        {"published": NOW - day},
        {"published": NOW - 3 * day, "evidence": doubt},
        {"published": NOW + day},
        {"published": NOW - 2 * day, "published_precise": False},
        {"published": NOW - 2 * day},
    ]
    with fresh() as db:
        for number, date in enumerate(dates):
            file_article(db, incoming(f"https://a.example/{number}", BODY, **date), NOW)
        assert [t.article for t in tellings(db, 1)] == [5, 1, 2, 3, 4]


def test_short_texts_must_agree_nearly_wholly() -> None:
    one = take(
        "Ferry service to Ostrand is closed until further notice because of high winds."
    ).words
    two = take(
        "Ferry service to Pellham is closed until further notice because of low water."
    ).words
    assert compare(one, one).near
    assert not compare(one, two).near
    assert not compare(one, take(BODY).words).near
