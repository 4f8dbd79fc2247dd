"""The clock that pauses are counted by."""

from __future__ import annotations

import asyncio


def loop_time() -> float:
    """Seconds by the running loop's clock: the one that it sleeps by, be it moved or not."""
    return asyncio.get_running_loop().time()
