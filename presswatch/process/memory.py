"""Memory that is free is given back: glibc keeps it, and a service of months would grow by it.

Python's objects do not grow (docs/operations.md, a simulated day); what is left between them does.
Each thread that allocates gets an arena of its own, and in each some kilobytes in use hold
megabytes that are not. Elsewhere than on glibc this does nothing.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Final

#: From glibc's malloc.h.
_M_ARENA_MAX: Final = -8

#: One for the loop, one for the threads, which mostly wait: the writer, the readers, delivery.
_ARENAS: Final = 2


def set_up() -> bool:
    """Keep few arenas; before the threads start. True where that could be said."""
    libc = _glibc()
    return libc is not None and bool(libc.mallopt(_M_ARENA_MAX, _ARENAS))


def give_back() -> bool:
    """Return free pages to the system, from between those in use as well; a few milliseconds.

    True where there were any.
    """
    libc = _glibc()
    return libc is not None and bool(libc.malloc_trim(0))


@cache
def _glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
