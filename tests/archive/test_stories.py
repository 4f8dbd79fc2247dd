"""archive.stories: every case of the decision, and stories that become one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.article import Outcome
from archive.stories import Known, Verdict, decide, merge, root_of, start
from archive.transaction import transaction
from tests.archive.articles import fresh

A = Known(1, "https://a.example/", 1, "one", "Title")
A_TWO = Known(1, "https://a.example/", 1, "two", "Title")
B = Known(2, "https://b.example/", 2, "one", "Title")

NEW = Verdict(outcome=Outcome.NEW, reason="neither the URL nor the text was seen before")
COPY_OF_B = Verdict(
    outcome=Outcome.COPY, reason="same text as article 2 (https://b.example/)", story=2, copy_of=2
)
SAME = Verdict(
    outcome=Outcome.SAME,
    reason="article 1 with this text and title is here already",
    article=1,
    story=1,
)
RETITLED = Verdict(
    outcome=Outcome.REVISED, reason="the title of article 1 has changed", article=1, story=1
)
REVISED = Verdict(
    outcome=Outcome.REVISED, reason="the text of article 1 has changed", article=1, story=1
)
JOINED = Verdict(
    outcome=Outcome.REVISED,
    reason="the text of article 1 has changed to that of article 2 (https://b.example/)",
    article=1,
    story=1,
    merge=(2,),
)


@pytest.mark.parametrize(
    ("by_url", "by_hash", "by_aliases", "title", "expected"),
    [
        pytest.param(None, None, [], "Title", NEW, id="nothing known"),
        pytest.param(None, B, [], "Title", COPY_OF_B, id="text known"),
        pytest.param(None, B, [], "Other", COPY_OF_B, id="text known under another title"),
        pytest.param(A, A, [], "Title", SAME, id="URL and text known"),
        pytest.param(A, A, [], "ＴＩＴＬＥ ", SAME, id="a title that folds to the same"),
        pytest.param(A, A, [], "Other", RETITLED, id="another title"),
        pytest.param(A, None, [], "Title", SAME, id="the same without a word"),
        pytest.param(A_TWO, None, [], "Title", REVISED, id="a text new to the archive"),
        pytest.param(A_TWO, None, [], "Other", REVISED, id="text and title changed"),
        pytest.param(A_TWO, A_TWO, [], "Title", REVISED, id="back to its own earlier text"),
        pytest.param(A_TWO, B, [], "Title", JOINED, id="now the text of another"),
        pytest.param(
            A_TWO, Known(2, B.url, 1, "one", "Title"), [], "Title", REVISED, id="of its own story"
        ),
        pytest.param(None, A, [A], "Title", SAME, id="moved, same text"),
        pytest.param(None, A, [A_TWO, A], "Other", RETITLED, id="moved, another title"),
        pytest.param(None, None, [A_TWO], "Title", NEW, id="an alias with another text"),
        pytest.param(None, B, [A_TWO], "Title", COPY_OF_B, id="an alias, the text of another"),
        pytest.param(A_TWO, B, [B], "Title", JOINED, id="the URL comes before the alias"),
    ],
)
def test_decide(
    by_url: Known | None,
    by_hash: Known | None,
    by_aliases: list[Known],
    title: str,
    expected: Verdict,
) -> None:
    verdict = decide(by_url, by_hash, content_hash="one", title=title, by_aliases=by_aliases)

    assert verdict == expected


def test_a_new_story_is_its_own_root() -> None:
    with fresh() as db, transaction(db):
        one, two = start(db), start(db)
        assert (root_of(db, one), root_of(db, two)) == (one, two)
        assert one < two


def test_the_root_of_no_story_is_not_a_number() -> None:
    with fresh() as db, pytest.raises(LookupError, match="no story 7"):
        root_of(db, 7)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_merged_stories_are_the_connected_ones_and_their_root_is_the_oldest(
    pairs: list[tuple[int, int]],
) -> None:
    groups = [{number} for number in range(10)]
    with fresh() as db, transaction(db):
        stories = [start(db) for _ in range(10)]
        for a, b in pairs:
            joined = groups[a] | groups[b]
            for number in joined:
                groups[number] = joined

            assert merge(db, stories[a], stories[b]) == stories[min(joined)]

        roots = [root_of(db, story) for story in stories]
        assert roots == [stories[min(group)] for group in groups]
        assert all(root_of(db, root) == root for root in roots), "a chain"


def test_ids_of_stories_grow() -> None:
    with fresh() as db, transaction(db):
        assert all(a < b for a, b in pairwise(start(db) for _ in range(5)))
