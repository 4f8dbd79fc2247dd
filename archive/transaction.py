"""The one `transaction()`: nothing else begins or commits.

sqlite-utils commits by itself where no transaction is open, so every write goes through here;
its `atomic()` alone begins deferred, and a read followed by a write beside another writer would
then fail at once, whatever the busy timeout.

What `at_end` is given is carried out before the COMMIT. It is for the full-text index: FTS5 writes
a segment at every savepoint, so articles that are filed in one transaction, each in a savepoint,
are indexed together when all of them are there.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import WeakKeyDictionary

from archive.errors import ArchiveBusy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

BUSY_SECONDS = 30.0

Write: TypeAlias = "tuple[str, tuple[object, ...]]"  # a statement and its parameters

_LATE: Final[WeakKeyDictionary[Database, list[Write]]] = WeakKeyDictionary()


@contextmanager
def transaction(db: Database) -> Iterator[Database]:
    """All or nothing: BEGIN IMMEDIATE … COMMIT, or a savepoint inside an open transaction.

    Raises ArchiveBusy where another process kept writing for longer than the busy timeout.
    """
    late = _LATE.setdefault(db, [])
    if db.conn.in_transaction:
        before = len(late)
        try:
            with db.atomic():
                yield db
        except BaseException:
            del late[before:]
            raise
        return
    _begin(db)
    try:
        yield db
        settle(db)
        db.conn.execute("COMMIT")
    except BaseException:
        late.clear()
        db.rollback()  # nothing where SQLite has rolled back by itself (disk full, I/O error)
        raise


def at_end(db: Database, sql: str, *parameters: object) -> None:
    """Carry a statement out before the COMMIT, in the order of the calls; a transaction is open.

    It is forgotten with the inner transaction that asked for it, if that is undone.
    """
    assert db.conn.in_transaction, "nobody would carry it out"
    _LATE.setdefault(db, []).append((sql, parameters))


def settle(db: Database) -> None:
    """Carry out what waits for the end now: for who writes more than should wait in memory."""
    late = _LATE.setdefault(db, [])
    for sql, parameters in late:
        db.conn.execute(sql, parameters)
    late.clear()


def _begin(db: Database) -> None:
    try:
        db.conn.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise ArchiveBusy(cause=f"no turn to write in {BUSY_SECONDS:.0f} s") from error
        raise
