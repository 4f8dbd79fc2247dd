"""How large an archive is, and how much room there is for it."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

#: What SQLite says where a disk or a quota is full; a write error of the disk reads the same.
_NO_ROOM = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What an archive file holds, in bytes."""

    used: int
    free: int  # inside the file: used again by what is filed next


def size(db: Database) -> Size:
    """What the pages of the file hold."""
    pages, page, free = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "page_size", "freelist_count")
    )
    return Size(used=(pages - free) * page, free=free * page)


def no_room(error: BaseException | None, path: Path) -> bool:
    """Whether it was the disk of this file that had no room, not even for another name."""
    if isinstance(error, OSError):
        return error.errno in _DISK_FULL
    code = getattr(error, "sqlite_errorcode", 0)
    if code & 0xFF != sqlite3.SQLITE_CANTOPEN:
        return code in _NO_ROOM
    try:  # SQLite does not say why it could not make its journal
        with tempfile.TemporaryFile(dir=path.parent):
            return False
    except OSError as refused:
        return refused.errno in _DISK_FULL


def room(path: Path) -> int:
    """Bytes that may still be written where an archive lies."""
    return shutil.disk_usage(path.parent).free
