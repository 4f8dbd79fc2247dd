"""Two processes by one moved clock: one leads, the other follows, and neither misses a message.

    leader: nothing is ready, my next timer is in T ─▶ follower, once nothing is ready there, too
    leader ◀─ my next timer is in U
    leader looks again: what the follower wrote meanwhile is there; otherwise
    leader: both jump by the lesser ─▶ follower

The leader is the service, in a process of its own, so that what it weighs is its own. Both run
`bench.moved`; what they say to each other besides goes over sockets on loopback.
"""

from __future__ import annotations

import os
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.moved import MovedLoop


class Leader:
    """Asks before its loop jumps."""

    def __init__(self, descriptor: int) -> None:
        self._pipe = Connection(descriptor)

    def idle(self, seconds: float) -> float:
        return min(seconds, self._tell(None))

    def jumped(self, seconds: float) -> None:
        self._tell(seconds)

    def _tell(self, seconds: float | None) -> float:
        """Waits for the answer; where nobody measures any more this process ends at once."""
        try:
            self._pipe.send(seconds)
            answer: float = self._pipe.recv()
        except (EOFError, OSError):
            os._exit(1)
        return answer


class Follower:
    """Answers while it has nothing to do, and jumps as far as the leader does."""

    def __init__(self, loop: MovedLoop, descriptor: int, left: Callable[[], None]) -> None:
        """`left` is called when the leader is gone, and time passes as it does until it comes."""
        self._loop, self._pipe, self._left = loop, Connection(descriptor), left
        self._asked = False
        self._met = False
        loop.under_way += 1
        loop.add_reader(self._pipe.fileno(), self._hear)

    def idle(self, seconds: float) -> None:
        if self._asked:
            self._asked = False
            self._say(seconds)

    def jumped(self, seconds: float) -> None:
        raise AssertionError(f"the leader says when; not {seconds}")

    def _hear(self) -> None:
        try:
            jumped: float | None = self._pipe.recv()
        except (EOFError, OSError):
            self._end()
            return
        if not self._met:
            self._meet()
        if jumped is None:
            self._asked = True
        else:
            self._loop.skip(jumped)
            self._say(jumped)

    def _say(self, seconds: float) -> None:
        with suppress(OSError):  # it was killed, and that is heard at once
            self._pipe.send(seconds)

    def _meet(self) -> None:
        self._met = True
        self._loop.under_way -= 1
        self._loop.partner = self

    def _end(self) -> None:
        if not self._met:
            self._loop.under_way -= 1
        self._loop.remove_reader(self._pipe.fileno())
        self._pipe.close()
        self._loop.partner = None
        self._left()
