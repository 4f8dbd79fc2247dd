"""One service an archive: a lock file beside it, held for as long as the process lives."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Self

from archive.access import denied
from archive.errors import ArchiveBusy, ArchiveError

if TYPE_CHECKING:
    from pathlib import Path


#: Seconds: a command may hold it for a moment, to see that no service does.
PATIENCE = 0.5
_AGAIN = 0.05

#: What does not pass by itself, as a full disk does: the folder is not one to write to.
_NEVER = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


class ServiceLock:
    """Holds `<path>.lock` inside a `with`; the kernel releases it when the process dies.

    Raises ArchiveBusy naming the pid that holds it, and ArchiveError where it may not write.
    The file stays when the lock is released: removing it would let two processes hold locks on
    two files of one name.
    """

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self._archive = path
        self.path = _lock_of(path)
        self._patience = patience
        self._file: int | None = None

    def __enter__(self) -> Self:
        file = self._opened()
        try:
            _take(file, self._patience)
            with suppress(OSError):  # a full disk: who holds the lock is a courtesy
                os.ftruncate(file, 0)
                os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            by = _written(file)
            os.close(file)
            raise ArchiveBusy(
                str(self._archive),
                cause=f"another service runs on it (process {by})",
                hint="Stop that one first",
            ) from None
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return self

    def _opened(self) -> int:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            if error.errno not in _NEVER:
                raise
            cause = f"{self.path.name}: {error.strerror}"
            raise ArchiveError(str(self._archive), cause=cause, hint=denied(self.path)) from error

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def holder(archive: Path) -> str:
    """The process that holds an archive's lock, by its number; empty if nobody does.

    Also empty where this user may not look.
    """
    try:
        file = os.open(_lock_of(archive), os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written(file)
    finally:
        os.close(file)
    return ""


def _lock_of(archive: Path) -> Path:
    return archive.with_name(archive.name + ".lock")


def _written(file: int) -> str:
    """Whom the lock file names; a full disk may have left it empty."""
    return os.pread(file, 32, 0).decode("ascii", "replace").strip() or "unknown"


def _take(file: int, patience: float) -> None:
    """Raises BlockingIOError where somebody keeps it."""
    until = monotonic() + patience
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() >= until:
                raise
            sleep(_AGAIN)
