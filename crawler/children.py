"""Processes that the service starts: Ctrl-C is for the service alone, which stops them."""

from __future__ import annotations

import contextlib
import signal
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def deaf() -> Iterator[None]:
    """Processes that this thread starts hear no Ctrl-C, also for as long as they import.

    The terminal sends it to all of them, and each would say a traceback.
    """
    resource_tracker.ensure_running()  # which unblocks it where it has to start its process
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
