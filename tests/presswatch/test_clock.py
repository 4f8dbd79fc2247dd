"""presswatch.clock: numbers as people are shown them."""

from __future__ import annotations

import pytest

from presswatch.clock import plural


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [
        (0, "rule", "0 rules"),
        (1, "match", "1 match"),
        (2, "match", "2 matches"),
        (3, "story", "3 stories"),
        (4, "day", "4 days"),
        (1200, "summary", "1,200 summaries"),
        (1_000_000, "article", "1,000,000 articles"),
    ],
)
def test_things_are_counted_as_people_write_it(number: int, what: str, said: str) -> None:
    assert plural(number, what) == said
