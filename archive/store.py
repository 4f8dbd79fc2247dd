"""What the rest of presswatch uses of the archive, in one place.

connection, transaction, lock    the file: opening, beginning and committing, one service
writer                           Archive: one thread that writes, a few that read
filing, index, stories           an article on its way in
lookup, heartbeat                what is kept, read back
"""

from __future__ import annotations

from archive.connection import open_for_reading, open_for_writing
from archive.filing import file_article
from archive.heartbeat import Heartbeat, beat, heartbeat
from archive.index import rebuild_index
from archive.lock import ServiceLock
from archive.lookup import find_article, known, raw_body, revisions_after
from archive.transaction import transaction
from archive.writer import Archive

__all__ = [
    "Archive",
    "Heartbeat",
    "ServiceLock",
    "beat",
    "file_article",
    "find_article",
    "heartbeat",
    "known",
    "open_for_reading",
    "open_for_writing",
    "raw_body",
    "rebuild_index",
    "revisions_after",
    "transaction",
]
