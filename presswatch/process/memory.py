"""Memory that is free is given back: glibc keeps it, and a service of months would grow by it.

Python's objects do not grow (docs/operations.md, a simulated day); what is left between them does.
Each thread that allocates gets an arena of its own, and in each some kilobytes in use hold
megabytes that are not. What is free at the end of a thread's arena is not given back even when it
is asked for: only by the thread, from a size on that grows with the largest block that was ever
freed, up to 64 MB. So that size is fixed. Elsewhere than on glibc this does nothing.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Final

from archive import blocks

#: From glibc's malloc.h; `man 3 mallopt`.
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8

#: One for the loop, one for the threads, which mostly wait: the writer, the readers, delivery.
_ARENAS: Final = 2

#: Bytes: of what is free at an arena's end, more goes back at once; and a larger block has pages of
#: its own, which go with it. Saying one of both keeps either from growing.
_AT_ONCE: Final = 1 << 20

_WANTED: Final = (
    (_M_ARENA_MAX, _ARENAS),
    (_M_TRIM_THRESHOLD, _AT_ONCE),
    (_M_MMAP_THRESHOLD, _AT_ONCE),
)


def set_up() -> bool:
    """Keep few arenas and little at their ends, and SQLite's caches beside them.

    Before the threads start and anything is opened. True where the former could be said.
    """
    blocks.set_up()
    libc = _glibc()
    return libc is not None and all(libc.mallopt(which, value) == 1 for which, value in _WANTED)


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
