"""Ctrl-C before there is anything that could end in order: the process just ends.

Python raises KeyboardInterrupt wherever the program is. In the midst of an import that is a
traceback, or nothing at all where a library catches whatever goes wrong there.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def ends_it() -> Iterator[None]:
    """Ctrl-C ends this process without a word; for the main thread.

    Whoever was started with Ctrl-C ignored, or has a handler of its own, keeps it.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
