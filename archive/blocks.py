"""A connection's cache of pages is one block of memory, from the start as large as it may grow.

Else SQLite takes the memory of each page by itself, between whatever else is taken: while caches
fill, for days, holes are left between the two that nothing gives back (docs/operations.md). A block
leaves none, and what a service weighs is seen in its first hour.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import sys
from typing import Final

#: From sqlite3.h: how caches get their memory.
_CONFIG_PAGECACHE: Final = 7
_OK: Final = 0

#: KiB of a block at most; that of a connection with a smaller cache is as large as its cache.
_BLOCK: Final = 32 * 1024


def set_up() -> bool:
    """To be called while nothing is open; True where each connection to come has its block.

    SQLite hears of it only before it is begun, so it is ended and begun again: where anything is
    open, or that cannot be told, nothing is done. Elsewhere than on Linux neither, since C passes
    such arguments in other ways there.
    """
    library = _library()
    if library is None or library.sqlite3_compileoption_used(b"DEFAULT_MEMSTATUS=0"):
        return False
    if library.sqlite3_memory_used():
        return False
    library.sqlite3_shutdown()
    said = library.sqlite3_config(_CONFIG_PAGECACHE, None, 0, -_BLOCK)
    return bool(library.sqlite3_initialize() == said == _OK)


def _library() -> ctypes.CDLL | None:
    """The SQLite that Python has, where it can be reached."""
    path = getattr(_sqlite3, "__file__", None)
    if sys.platform != "linux" or path is None:
        return None
    library = ctypes.CDLL(path)
    if not hasattr(library, "sqlite3_memory_used"):  # linked into it, and its names not given
        return None
    library.sqlite3_memory_used.restype = ctypes.c_int64
    return library
