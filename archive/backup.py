"""A copy of the archive that is whole, and the way back.

    archive ─▶ copy beside the target (SQLite's backup: one snapshot, writers go on) ─▶ verified
      ─▶ on disk ─▶ renamed: there is never half a file of the target's name

A copy is one file that needs no other: its journal is closed.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from archive import schema
from archive.errors import ArchiveError, ArchiveMissing, BackupFailed, RestoreFailed
from archive.lock import ServiceLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

_BUSY_SECONDS = 30.0

_UNSOUND = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}

#: Copies from before upgrades that are kept: of the last, and of the one that came before it.
COPIES = 2


_UPGRADE = ".before-upgrade-"
_STAMPED = re.escape(_UPGRADE) + r"\d{8}T\d{6}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A copy that was made and verified."""

    path: Path
    size: int  # bytes
    articles: int
    aside: Path | None = None  # of a restore: what the archive was before


def back_up(archive: Path, target: Path, *, replace: bool = False, compact: bool = False) -> Copied:
    """Copy the archive as of one moment; a service may be writing to it.

    A `compact` copy has no free pages, and gives back by itself what becomes free in it.
    Raises ArchiveMissing; BackupFailed where there is such a file already and `replace` is not
    said, where that is the archive itself, where there is no room, and where the copy is not sound.
    """
    if not archive.is_file():
        raise ArchiveMissing(str(archive))
    if target.exists() and target.samefile(archive):
        # Under a running service, all that it writes would go to a file without a name.
        raise BackupFailed(str(target), cause="it is the archive itself")
    if target.exists() and not replace:
        raise BackupFailed(str(target), cause="it is here already; it was left as it is")
    with _part_of(target, BackupFailed) as part:
        articles = _copy(archive, part, compact=compact)
        shutil.copymode(archive, part)
        _sync(part)
        part.replace(target)
        _sync(target.parent)
    return Copied(path=target, size=target.stat().st_size, articles=articles)


def restore(copy: Path, archive: Path, now: datetime) -> Copied:
    """Put a copy in the place of the archive; what was there is kept beside it.

    Raises ArchiveBusy while a service holds the archive, ArchiveMissing for no such copy,
    ArchiveNewer for one that a newer presswatch wrote, and RestoreFailed; nothing has changed then.
    """
    if not copy.is_file():
        raise ArchiveMissing(str(copy))
    with ServiceLock(archive), _part_of(archive, RestoreFailed) as part:
        articles = _sound(copy, part)
        _sync(part)
        aside = _put_aside(archive, now) if archive.exists() else None
        part.replace(archive)
        _sync(archive.parent)
    return Copied(path=archive, size=archive.stat().st_size, articles=articles, aside=aside)


def before_upgrade(archive: Path, now: datetime) -> Path:
    """The copy that is made of an archive before it is brought to another schema.

    Raises BackupFailed: without a copy nothing is migrated.
    """
    name = f"{archive.name}{_UPGRADE}{now:%Y%m%dT%H%M%S}"
    return back_up(archive, archive.with_name(name), replace=True).path


def copies(archive: Path) -> list[Path]:
    """The copies that were made before upgrades, newest first."""
    names = re.compile(re.escape(archive.name) + _STAMPED)
    try:
        found = [one for one in archive.parent.iterdir() if names.fullmatch(one.name)]
    except OSError:  # a folder that may be written to and not be read
        return []
    return sorted(found, reverse=True)


def forget_copies(archive: Path) -> None:
    """Remove all but the newest COPIES of these; one that cannot be removed stays."""
    for old in copies(archive)[COPIES:]:
        with suppress(OSError):
            old.unlink()


def check(path: Path) -> list[str]:
    """What SQLite finds wrong with an archive file, at most ten lines; nothing if it is sound."""
    with closing(_open(path, "ro")) as connection:
        return _faults(connection)


def _copy(origin: Path, part: Path, *, compact: bool = False) -> int:
    """Copy and verify; how many articles there are."""
    with closing(_open(origin, "ro")) as source:
        _check_ours(source, origin)
        if compact:
            source.execute("PRAGMA auto_vacuum = INCREMENTAL")  # of the copy
            source.execute("VACUUM INTO ?", (str(part),))
        with closing(sqlite3.connect(part, isolation_level=None)) as target:
            if not compact:
                source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            faults = _faults(target)
            if faults:
                raise ArchiveError(str(origin), cause=f"the copy is not sound: {faults[0]}")
            return int(target.execute("SELECT count(*) FROM article").fetchone()[0])


def _sound(copy: Path, part: Path) -> int:
    """Copy a backup back. Raises RestoreFailed that names it, where it is no sound archive."""
    try:
        return _copy(copy, part)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in _UNSOUND:
            raise  # no room, for example: that is not the backup's fault
        raise RestoreFailed(str(copy), cause=str(error)) from error


def _check_ours(connection: sqlite3.Connection, origin: Path) -> None:
    from sqlite_utils import Database

    schema.check(Database(connection, execute_plugins=False), str(origin))


def _faults(connection: sqlite3.Connection) -> list[str]:
    rows = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(10)")]
    broken = connection.execute("PRAGMA foreign_key_check").fetchmany(10)
    lost = [f"{table} {row} points to a {parent} that is not there" for table, row, parent, _ in
            broken]  # fmt: skip
    return [row for row in rows if row != "ok"] + lost


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
    )


@contextmanager
def _part_of(target: Path, failed: type[ArchiveError]) -> Iterator[Path]:
    """The file that becomes the target; gone in the end, whatever happens.

    It is locked as long as somebody is at it: what a process that was killed has left behind, as
    large as an archive, is told by that and removed by the next one.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _forget_parts(target)
        with _locked(part) as held:
            try:
                held.truncate(0)
                yield part
            finally:
                _unlink(part)
    except BlockingIOError as error:  # of the same number, in another container
        raise failed(str(target), cause="another process makes it right now") from error
    except OSError as error:
        raise failed(str(target), cause=error.strerror or str(error)) from error
    except sqlite3.Error as error:
        raise failed(str(target), cause=str(error)) from error


def _locked(part: Path) -> IO[bytes]:
    """The file of this name, and nobody else is at it. Raises BlockingIOError where somebody is."""
    while True:
        held = part.open("ab")  # what another process has written stays
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise
        with suppress(FileNotFoundError):
            if os.path.samestat(part.stat(), os.fstat(held.fileno())):
                return held
        held.close()  # whoever tidies up took it away before it was locked


def _forget_parts(target: Path) -> None:
    """Remove the parts of copies of this archive, or to this file, that nobody is at any more."""
    name = re.escape(re.sub(_STAMPED + "$", "", target.name))
    parts = re.compile(rf"\.{name}({_STAMPED})?\.\d+\.part")
    for part in [one for one in target.parent.iterdir() if parts.fullmatch(one.name)]:
        with suppress(OSError), part.open("rb") as left:
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _unlink(part)


def _unlink(part: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        with suppress(OSError):
            part.with_name(part.name + suffix).unlink(missing_ok=True)


def _put_aside(archive: Path, now: datetime) -> Path:
    """Keep the old archive under another name; until the new one is there, under both."""
    aside = archive.with_name(f"{archive.name}.before-restore-{now:%Y%m%dT%H%M%S}")
    with suppress(sqlite3.Error), closing(_open(archive, "rw")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # A journal that is still there belongs to the old file, and would spoil the new one.
    for suffix in ("-wal", "-shm"):
        journal = archive.with_name(archive.name + suffix)
        if journal.exists():
            journal.rename(aside.with_name(aside.name + suffix))
    try:
        os.link(archive, aside)
    except OSError:  # a file system without links
        archive.rename(aside)
    return aside


def _sync(path: Path) -> None:
    """To the disk: a file, or a folder with the names in it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
