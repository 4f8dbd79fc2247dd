from __future__ import annotations

import itertools

import pytest

from alerts.decide import Decision, Told, decide

NOTHING = Told(story=False, article=False, backlog=False)


@pytest.mark.parametrize(
    ("on", "story", "article", "backlog", "decision"),
    [
        # the story:    fresh, announced elsewhere, announced by this article
        ("story", False, False, False, Decision.ALERT),
        ("story", True, False, False, Decision.STORY),
        ("story", True, True, False, Decision.STORY),
        ("story", False, False, True, Decision.KNOWN),
        ("story", True, False, True, Decision.KNOWN),
        # the article:  a story that was announced elsewhere does not matter
        ("article", False, False, False, Decision.ALERT),
        ("article", True, False, False, Decision.ALERT),
        ("article", True, True, False, Decision.ARTICLE),
        ("article", False, False, True, Decision.KNOWN),
        # the revision: always
        ("revision", False, False, False, Decision.ALERT),
        ("revision", True, True, False, Decision.ALERT),
        ("revision", True, True, True, Decision.ALERT),
    ],
)
def test_whether_a_match_alerts(
    on: str, story: bool, article: bool, backlog: bool, decision: Decision
) -> None:
    told = Told(story=story, article=article, backlog=backlog)

    assert decide(on, told, quiet=False) is decision


@pytest.mark.parametrize("on", ["story", "article", "revision"])
def test_the_backlog_of_a_new_source_never_alerts(on: str) -> None:
    for story, article, backlog in itertools.product([False, True], repeat=3):
        told = Told(story=story, article=article, backlog=backlog)

        assert decide(on, told, quiet=True) is Decision.BACKLOG
        assert decide(on, told, quiet=True, first=False) is Decision.REREAD


def test_no_text_is_told_twice() -> None:
    """It comes up when the past is replayed; with `on` below "revision" the article says it."""
    told = Told(story=True, article=True, backlog=False, revision=True)

    assert [decide(on, told, quiet=False).name for on in ("story", "article", "revision")] == [
        "STORY", "ARTICLE", "REVISION",
    ]  # fmt: skip


@pytest.mark.parametrize("on", ["story", "article", "revision"])
def test_what_was_never_told_is_told(on: str) -> None:
    assert decide(on, NOTHING, quiet=False) is Decision.ALERT
