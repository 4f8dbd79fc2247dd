"""Processes that the service starts: Ctrl-C is for the service alone, which stops them."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: multiprocessing's helper removes the locks of a process that was killed, and warns of each.
_SILENT = "ignore::UserWarning:multiprocessing.resource_tracker"

_environment = threading.Lock()


@contextlib.contextmanager
def deaf() -> Iterator[None]:
    """Processes that this thread starts hear no Ctrl-C, also for as long as they import.

    The terminal sends it to all of them, and each would say a traceback.
    """
    _start_tracker()  # which unblocks the signal
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_tracker() -> None:
    """The helper without its warnings: only its environment can tell it so."""
    with _environment:
        before = os.environ.get("PYTHONWARNINGS")
        os.environ["PYTHONWARNINGS"] = f"{before},{_SILENT}" if before else _SILENT
        try:
            resource_tracker.ensure_running()
        finally:
            del os.environ["PYTHONWARNINGS"]
            os.environ.update({} if before is None else {"PYTHONWARNINGS": before})
