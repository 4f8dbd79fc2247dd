"""A day of fifty sources by a moved clock: flat memory, a sound archive, a ledger without holes."""

from __future__ import annotations

import pytest

from bench.day import run

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(1200)]


def test_a_day_ends_as_it_should() -> None:
    """A receiver that is down for two hours and five sources that misbehave cost nothing."""
    missed = [figure for figure in run() if figure.ok is False]

    assert missed == []
