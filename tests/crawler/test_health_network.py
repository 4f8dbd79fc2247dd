"""Whether it is the network that is down, and not the sources: pure, with a clock that is moved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from crawler.health import network
from crawler.health.words import words
from tests.crawler.polled import MINUTE, MONDAY, state

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.ledger import SourceState


def sites(*lost: bool, at: datetime = MONDAY) -> list[SourceState]:
    """Sources on hosts of their own, polled a minute after one another."""
    return [
        state(
            name=f"s{n}", url=f"https://s{n}.example/", last_poll=at + n * MINUTE,
            last_error="Unreachable" if down else "",
        )
        for n, down in enumerate(lost)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lost", "down"),
    [
        ([True] * 3, True),
        ([True] * 2, False),  # may be chance
        ([False] * 4 + [True] * 4, True),  # all since then
        ([False] * 4 + [True] * 3, False),  # not yet half
        ([True] * 4 + [False], False),  # one answers
        ([True] * 10 + [False] + [True] * 9, True),  # one in ten answers, in the same house
        ([], False),
    ],
)
def test_the_network_is_down_when_nothing_answers(lost: list[bool], down: bool) -> None:
    states = sites(*lost)

    found = network(states, None, MONDAY + 30 * MINUTE)

    assert (found is not None) is down


def test_three_sources_of_one_host_are_one_site() -> None:
    states = [replace(one, url="https://one.example/") for one in sites(True, True, True)]

    assert network(states, None, MONDAY + 30 * MINUTE) is None


def test_errors_that_come_from_a_site_are_not_the_networks() -> None:
    states = [replace(one, last_error="BadStatus") for one in sites(True, True, True)]

    assert network(states, None, MONDAY + 30 * MINUTE) is None


def test_the_network_is_back_with_the_first_answer_that_is_no_exception() -> None:
    now = MONDAY + 30 * MINUTE
    opened = network(sites(True, True, True), None, now)
    assert opened is not None
    assert words(opened) == "the network is down: 3 of 3 sites cannot be reached"
    later = sites(True, False, True, at=MONDAY + 20 * MINUTE)

    assert network(sites(True, True, True, at=MONDAY + 20 * MINUTE), opened, now) is not None
    assert network(later, opened, now) is None
    assert network([], opened, now) is not None
