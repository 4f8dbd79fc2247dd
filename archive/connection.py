"""Opening the archive file, with SQLite's errors in words for the operator."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlite_utils import Database

from archive import backup, bloom, index, notes, schema
from archive.access import denied
from archive.errors import (
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveError,
    ArchiveFull,
    ArchiveMissing,
    BackupFailed,
)
from archive.sizes import no_room
from archive.transaction import BUSY_SECONDS, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

#: A file can be made to shrink only before anything is in it; of another it changes nothing.
#: Filing touches fifty pages all over the file: kept pages and a long log are CPU time saved.
#: What is deleted was public; overwriting it (Debian's default) doubles what a merge writes.
#: The pages of a savepoint are kept in memory, else in a temporary file beyond 64 KB.
#: The cache has begun in its default size, and begins anew in this one (archive/blocks.py).
_FOR_WRITING = (
    "auto_vacuum = INCREMENTAL",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "cache_size = -32768",
    "shrink_memory",
    "wal_autocheckpoint = 4000",
    "secure_delete = OFF",
    "temp_store = MEMORY",
)


def open_for_writing(
    path: Path,
    *,
    create: bool = True,
    upgrading: Callable[[int], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Database:
    """The writing connection to a migrated archive; only ever used by one thread at a time.

    An archive of an older schema is copied first: `upgrading` hears before it how many bytes that
    are. `progress` hears (done, of how many revisions) where the index has to be made anew. Without
    `create` neither is done: a command beside the service must not change the tables under it.
    Raises ArchiveMissing, ArchiveNewer, ArchiveDamaged, ArchiveBusy, BackupFailed, ArchiveFull or
    ArchiveError.
    """
    if not create and not path.is_file():
        raise ArchiveMissing(str(path))
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        db = _connect(path, "rwc" if create else "rw")
        try:
            for pragma in _FOR_WRITING:
                db.conn.execute(f"PRAGMA {pragma}")
            if create:
                _bring_up_to_date(db, path, upgrading, progress)
            else:
                _check_current(db, str(path))
        except BaseException:
            db.close()
            raise
        return db


def _bring_up_to_date(
    db: Database,
    path: Path,
    upgrading: Callable[[int], None] | None,
    progress: Callable[[int, int], None] | None,
) -> None:
    copy = _copied_before_upgrade(db, path, upgrading)
    with transaction(db):
        schema.upgrade(db, str(path))
        if copy is not None:
            notes.leave(db, "upgrade", {"at": utc_now().isoformat(), "copy": str(copy)})
        if not index.is_current(db):
            index.rebuild_index(db, progress)
        bloom.make(db)
    if copy is not None:
        backup.forget_copies(path)


def _copied_before_upgrade(
    db: Database, path: Path, upgrading: Callable[[int], None] | None
) -> Path | None:
    """Where migrations wait, a copy of the archive as it is.

    Raises BackupFailed without one, or ArchiveFull where there is no room for it.
    """
    if schema.is_empty(db):
        return None
    schema.check(db, str(path))
    if not schema.is_outdated(db):
        return None
    if upgrading is not None:
        upgrading(path.stat().st_size)
    try:
        return backup.before_upgrade(path, utc_now())
    except BackupFailed as error:
        if no_room(error.__cause__, path):
            cause = f"no copy could be made before the upgrade: {error.cause}"
            raise ArchiveFull(str(path), cause=cause) from error
        raise


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
            # What a query makes for itself needs no file, and no block as large as the cache.
            db.conn.execute("PRAGMA temp_store = MEMORY")
            _check_current(db, str(path))
        except BaseException:
            db.close()
            raise
        return db


def utc_now() -> datetime:
    return datetime.now(UTC)


def _check_current(db: Database, which: str) -> None:
    schema.check(db, which)
    if schema.is_outdated(db) or not index.is_current(db):
        cause = "it was written by an older presswatch"
        raise ArchiveError(which, cause=cause, hint="`presswatch run` brings it up to date")


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
    try:
        yield
    except OSError as error:
        kind = ArchiveFull if no_room(error, path) else ArchiveError
        cause = error.strerror or str(error)
        raise kind(str(path), cause=cause, hint=denied(path)) from error
    except sqlite3.DatabaseError as error:
        if no_room(error, path):
            raise ArchiveFull(str(path), cause=str(error)) from error
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            hint = "Restore it from a backup, or name another file"
            raise ArchiveDamaged(str(path), cause=str(error), hint=hint) from error
        if code == sqlite3.SQLITE_BUSY:
            raise ArchiveBusy(str(path), cause=str(error)) from error
        raise ArchiveError(str(path), cause=str(error), hint=denied(path)) from error
