"""The count of objects: it counts, and does not disturb who works meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.support.census import census


class Counted:
    """One of which there is a known number."""


def test_objects_are_counted_by_type() -> None:
    """One that stays is seen, one that goes is not."""
    kept = [Counted() for _ in range(30)]
    assert census()["Counted"] == len(kept)
    del kept[10:]
    assert census()["Counted"] == len(kept) == 10


def test_a_thread_that_makes_tuples_is_not_disturbed() -> None:
    """CPython fails to end a tuple that somebody else came to hold while it was being made."""
    enough = threading.Event()

    def make() -> int:
        made = 0
        while not enough.is_set():
            made += len(tuple(str(n) for n in range(5000)))
        return made

    with ThreadPoolExecutor(2) as pool:
        makers = [pool.submit(make) for _ in range(2)]
        for _ in range(5):
            census()
        enough.set()
        assert all(maker.result(30) > 0 for maker in makers)
