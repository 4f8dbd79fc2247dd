"""What dies at a chosen step: the sender that both kinds of death share.

A fuse raises `Crash` in its process (`test_crash`), or ends that with kill -9 (`test_kill_steps`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from alerts.channel import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from alerts.channel import Result, Sender


class Burns(Protocol):
    """Counts steps, and kills at one of them: ``before``, ``inside`` or ``after`` it."""

    steps: int

    def check(self, where: str) -> None: ...


class FusedSender:
    """A sender, with a fuse before every request and after its answer."""

    def __init__(self, sender: Sender, fuse: Burns) -> None:
        self._sender = sender
        self._fuse = fuse

    async def send(
        self, alert: str, body: str, now: datetime, settled: Mapping[str, str] = NOBODY
    ) -> Result:
        self._fuse.steps += 1
        self._fuse.check("before")
        result = await self._sender.send(alert, body, now, settled)
        self._fuse.check("after")
        return result

    async def test(self, now: datetime) -> Result:
        return await self._sender.test(now)

    async def close(self) -> None:
        await self._sender.close()
