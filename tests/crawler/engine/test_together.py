"""crawler.engine.together: which page of a poll waits to be filed with others, and which not."""

from __future__ import annotations

from contextlib import ExitStack

from crawler.engine.together import AT_ONCE, FILED_TOGETHER, Together


def test_the_only_page_of_a_poll_waits_for_nobody() -> None:
    """Its alert would be late for nothing."""
    together = Together()
    with together.reading(), together.filing() as company:
        assert not company


def test_a_page_waits_while_another_is_read_and_the_last_does_not() -> None:
    together = Together()
    with together.reading(), together.reading():
        with together.filing() as first, together.filing() as last:
            assert (first, last) == (True, False)
        with together.filing() as first:  # both are in work again, with the next pages
            assert first


def test_no_more_wait_than_share_a_commit() -> None:
    """Else pages that wait would take the places of those that keep the workers busy."""
    together = Together()
    with ExitStack() as stack:
        for _ in range(AT_ONCE):
            stack.enter_context(together.reading())
        waits = [stack.enter_context(together.filing()) for _ in range(FILED_TOGETHER)]
    assert waits == [*[True] * (FILED_TOGETHER - 1), False]
