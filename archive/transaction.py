"""The one `transaction()`: nothing else begins or commits.

sqlite-utils commits by itself where no transaction is open, so every write goes through here;
its `atomic()` alone begins deferred, and a read followed by a write beside another writer would
then fail at once, whatever the busy timeout.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from archive.errors import ArchiveBusy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

BUSY_SECONDS = 30.0


@contextmanager
def transaction(db: Database) -> Iterator[Database]:
    """All or nothing: BEGIN IMMEDIATE … COMMIT, or a savepoint inside an open transaction.

    Raises ArchiveBusy where another process kept writing for longer than the busy timeout.
    """
    if db.conn.in_transaction:
        with db.atomic():
            yield db
        return
    _begin(db)
    try:
        yield db
        db.conn.execute("COMMIT")
    except BaseException:
        db.rollback()  # nothing where SQLite has rolled back by itself (disk full, I/O error)
        raise


def _begin(db: Database) -> None:
    try:
        db.conn.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise ArchiveBusy(cause=f"no turn to write in {BUSY_SECONDS:.0f} s") from error
        raise
