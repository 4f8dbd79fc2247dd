"""How large an archive is, and how much room there is for it."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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
#: Pages given back in one transaction, a quarter of a millisecond each; and kept in any case.
STEP: Final = 256
RESERVE: Final = 4096

_INCREMENTAL = 2  # of PRAGMA auto_vacuum
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What an archive file holds, in bytes."""

    used: int
    free: int  # inside the file: used again by what is filed next
    shrinks: bool  # what is free beyond a reserve is given back to the disk


def size(db: Database) -> Size:
    """What the pages of the file hold."""
    pages, page, free, vacuum = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "page_size", "freelist_count", "auto_vacuum")
    )
    return Size(used=(pages - free) * page, free=free * page, shrinks=vacuum == _INCREMENTAL)


def shrink(db: Database, *, most: int = STEP, reserve: int = RESERVE) -> int:
    """Give free pages beyond a reserve back to the disk; how many, `most` at most.

    The reserve is used again by what is filed next: a tenth of the file, at least `reserve` pages.
    Nothing is given back by the archive of an older presswatch, which keeps no list of who points
    to a page. Takes the database of a transaction.
    """
    pages, free, vacuum = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "auto_vacuum")
    )
    due = free - max(reserve, pages // 10) if vacuum == _INCREMENTAL else 0
    given = max(0, min(most, due))
    for _ in range(given):
        db.conn.execute("PRAGMA incremental_vacuum(1)")  # sqlite3 steps once, which is one page
    return given


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
