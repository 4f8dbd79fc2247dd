"""The soak: that its verdict sees what it is there to see, and a short run of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bench import soak
from tests.support.receiver import Received
from tests.support.site import Recorded

if TYPE_CHECKING:
    from bench.soak import Outcome

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def got(url: str, alert: str, answered: int = 204, *, valid: bool = True) -> Received:
    return Received(
        id=alert,
        payload={"article": {"url": url}},
        valid=valid,
        answered=answered,
        request=Recorded(method="POST", path="/hook", headers={}, body=b"", at=NOW),
    )


def judged(*desks: list[Received]) -> Outcome:
    return soak.judge(["u1", "u2"], desks)


def test_all_well() -> None:
    """Two receivers, two articles; a refused request is no repeat of the accepted one."""
    outcome = judged([got("u1", "a"), got("u2", "b", 500), got("u2", "b")],
                     [got("u1", "c"), got("u2", "d")])  # fmt: skip

    assert (outcome.sent, outcome.accepted, outcome.repeated) == (5, 4, 0)
    assert (outcome.lost, outcome.two_ids, outcome.invalid) == (0, 0, 0)


def test_what_was_refused_by_one_receiver_and_never_taken_is_lost() -> None:
    """Whoever else has it."""
    assert judged([got("u1", "a"), got("u2", "b", 503)], [got("u1", "c"), got("u2", "d")]).lost == 1


def test_an_article_under_two_ids_is_seen() -> None:
    """Exactly what a receiver that remembers ids cannot see."""
    assert judged([got("u1", "a"), got("u1", "z"), got("u2", "b")]).two_ids == 1


def test_a_repeat_counts_only_after_it_was_taken() -> None:
    """And a forged signature is not taken for granted."""
    outcome = judged([got("u1", "a"), got("u1", "a"), got("u2", "b", valid=False)])

    assert (outcome.repeated, outcome.invalid) == (1, 1)


@pytest.mark.service
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_seconds_of_bad_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make soak` does it for ten minutes."""
    monkeypatch.setenv("SOAK", "20s")
    figures = {figure.name: figure for figure in soak.run()}

    assert figures["accepted"].value > 0
    assert {name: one.value for name, one in figures.items() if one.ok is False} == {}
