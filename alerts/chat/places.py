"""Which of the places behind one chat URL have a message: Apprise says it, the books keep it.

A service of Apprise that posts to its targets one by one asks `is_delivered` before each of them
and calls `mark_delivered` after it, so that its own retries repeat nothing. Here both are answered
for it, from what earlier tries came to; a place is known by a hash, since some are secrets.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from apprise import NotifyBase


class Places:
    """Those of one message. Used by the thread that sends, and read from the loop."""

    def __init__(self, settled: Mapping[str, str]) -> None:
        self._marks: dict[str, str] = dict(settled)
        self._over = False

    @property
    def settled(self) -> dict[str, str]:
        """Place → "": it has the message."""
        return self._marks.copy()

    def follow(self, service: NotifyBase, refused: Callable[[], bool]) -> None:
        """Answer for this service; what was `refused` in the body of a good answer is not taken."""

        def is_delivered(key: Any, per_message: bool = False) -> bool:
            return self._over or _mark(key, per_message) in self._marks

        def mark_delivered(key: Any, per_message: bool = False) -> None:
            if not refused():
                self._marks[_mark(key, per_message)] = ""

        service.is_delivered = is_delivered  # type: ignore[method-assign]
        service.mark_delivered = mark_delivered  # type: ignore[method-assign]

    def stop(self) -> None:
        """The time is over: a thread that still goes on posts to no further place."""
        self._over = True


def _mark(key: Any, per_message: bool) -> str:
    return sha256(repr((per_message, type(key).__name__, key)).encode()).hexdigest()[:32]
