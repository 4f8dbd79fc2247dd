"""How large an archive is, and how much room there is for it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database


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


def room(path: Path) -> int:
    """Bytes that may still be written where an archive lies."""
    return shutil.disk_usage(path.parent).free
