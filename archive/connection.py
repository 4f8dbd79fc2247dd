"""Connections to the archive file, and the one `transaction()` that begins and commits.

sqlite-utils commits by itself where no transaction is open, so every write goes through
`transaction()`; its `atomic()` alone begins deferred, and a read followed by a write beside
another writer would then fail at once, whatever the busy timeout.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlite_utils import Database

from archive import schema
from archive.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, ArchiveMissing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


def open_for_writing(path: Path, *, create: bool = True) -> Database:
    """The writing connection to a migrated archive; only ever used by one thread at a time.

    Raises ArchiveMissing, ArchiveNewer, ArchiveDamaged, ArchiveBusy or ArchiveError.
    """
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    elif not path.is_file():
        raise ArchiveMissing(str(path))
    with _explained(path):
        db = _connect(path, "rwc" if create else "rw")
        try:
            db.conn.execute("PRAGMA journal_mode = WAL")
            db.conn.execute("PRAGMA synchronous = FULL")
            db.conn.execute("PRAGMA foreign_keys = ON")
            with transaction(db):
                schema.upgrade(db, str(path))
        except BaseException:
            db.close()
            raise
        return db


def open_for_reading(path: Path) -> Database:
    """A connection that cannot write; sees what is committed when its statement starts.

    Raises ArchiveMissing, ArchiveNewer, ArchiveDamaged, or ArchiveError for an older archive.
    """
    if not path.is_file():
        raise ArchiveMissing(str(path))
    with _explained(path):
        db = _connect(path, "ro")
        try:
            db.conn.execute("PRAGMA query_only = ON")
            schema.check_current(db, str(path))
        except BaseException:
            db.close()
            raise
        return db


def _connect(path: Path, mode: str) -> Database:
    """isolation_level=None: the driver opens no transaction behind our back."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    return Database(connection, recursive_triggers=False, execute_plugins=False)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """SQLite's errors while opening, in words for the operator."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            hint = "Restore it from a backup, or name another file"
            raise ArchiveDamaged(str(path), cause=str(error), hint=hint) from error
        if code == sqlite3.SQLITE_BUSY:
            raise ArchiveBusy(str(path), cause=str(error)) from error
        raise ArchiveError(str(path), cause=str(error)) from error
