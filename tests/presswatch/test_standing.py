"""How a source stands is judged once, and said alike by status, list, page, metrics and digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from crawler.health import Finding, Kind, Trouble
from crawler.ledger import SourceState
from presswatch.views.soundness import told
from presswatch.views.standing import SourceStanding

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 3, 6, 8, tzinfo=UTC)


class Case(NamedTuple):
    """What is known of a source, and what must be said of it."""

    what: str
    given: SourceStanding
    how: str  # the page, the API and the metrics
    word: str  # sources list
    concerns: Sequence[str]  # status
    digest: str  # "" for healthy


def polled(outcome: str = "ok", failures: int = 0, *, ever: bool = True) -> SourceState:
    """The state after a poll that ended so, the last of `failures` in a row."""
    return SourceState(
        name="cnipa", kind="feed", url="https://cnipa.example/", first_polled=NOW, last_poll=NOW,
        last_ok=NOW if ever else None, last_outcome=outcome, last_reason="HTTP 500",
        failures=failures, next_poll=NOW, lease_owner="", lease_until=None, polls=9, unchanged=0,
    )  # fmt: skip


def trouble(kind: Kind, **ago: float) -> Trouble:
    found = Finding(kind=kind, since=NOW - timedelta(**ago), seen=4, expected=2, note="HTTP 500")
    return Trouble(id=1, source="cnipa", finding=found, told=True)


def source(
    state: SourceState | None, *troubles: Trouble, enabled: bool | None = True
) -> SourceStanding:
    return SourceStanding(name="cnipa", enabled=enabled, state=state, troubles=troubles)


FAILING, DATES = trouble(Kind.FAILING, hours=30), trouble(Kind.DATES, days=2)
SAID = "source cnipa: failed 4 times in a row: HTTP 500"
SINCE = f"{SAID}, since 2026-03-05 02:00 UTC"
OF_DATES = "source cnipa: 4 of 0 articles without a date, usually 200%, since 2026-03-04 08:00 UTC"
CASES = [
    Case("well", source(polled()), "well", "ok", [], ""),
    Case("unchanged", source(polled("unchanged")), "well", "unchanged", [], ""),
    Case("never seen", source(None), "well", "new", [], "unpolled"),
    Case("failed once", source(polled("failed", 1)), "well", "failed", [], ""),
    Case("three times", source(polled("failed", 4)), "troubled", "failing", [SAID], "failing"),
    Case("and known", source(polled("failed", 4), FAILING), "troubled", "failing", [SINCE],
         "failing"),
    Case("recovered", source(polled("ok"), FAILING), "well", "ok", [], ""),
    Case("never reached", source(polled("failed", 1, ever=False)), "troubled", "failing",
         ["source cnipa: its first poll failed: HTTP 500"], "failing"),
    Case("other trouble", source(polled(), DATES), "troubled", "troubled", [OF_DATES], "dates"),
    Case("both", source(polled("failed", 4), DATES, FAILING), "troubled", "failing",
         [OF_DATES, SINCE], "dates"),
    Case("paused", source(polled("failed", 4), FAILING, enabled=False), "paused", "paused", [], ""),
    Case("gone", source(polled(), DATES, enabled=None), "gone", "gone", [], ""),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_a_source_is_judged_once(case: Case) -> None:
    """A digest that calls healthy what `status` calls failing would be believed."""
    given = case.given

    assert (given.how, given.word) == (case.how, case.word)
    assert [str(concern) for concern in given.concerns()] == case.concerns


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.given.enabled], ids=lambda case: case.what
)
def test_a_digest_calls_healthy_what_stands_well_and_was_reached(case: Case) -> None:
    """Only what is watched is in it."""
    found = told([case.given], ())

    assert [trouble.kind for trouble in found.troubles] == [case.digest][: bool(case.digest)]
    assert found.healthy == (case.how == "well" and case.word != "new")
