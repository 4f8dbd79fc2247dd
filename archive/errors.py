"""Errors of the archive.

PresswatchError            the base of every error that a user can be told
└── ArchiveError           something about the archive file or its content
    ├── ArchiveMissing     no archive file where one was expected
    ├── ArchiveBusy        another process holds the archive for too long
    ├── ArchiveNewer       written by a newer presswatch than this one
    ├── ArchiveDamaged     SQLite says that the file is not sound
    ├── ArchiveFull        no room for what is to be written
    ├── BackupFailed       no copy was made
    ├── RestoreFailed      the archive is as it was
    └── QueryError         a query that cannot be understood (also a ValueError)

The docstring of a class is its sentence; an instance adds which thing and the cause.
"""

from __future__ import annotations

import inspect
from typing import Any


class PresswatchError(Exception):
    """Something went wrong."""

    def __init__(self, which: str = "", *, cause: str = "", hint: str = "") -> None:
        self.which = which
        self.cause = cause
        self.hint = hint
        super().__init__(which, cause, hint)

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors cross process borders whole, whatever their constructors take."""
        return _revive, (type(self), self.args, dict(self.__dict__))

    def __str__(self) -> str:
        text = inspect.cleandoc(type(self).__doc__ or type(self).__name__).splitlines()[0]
        text = text.rstrip(".")
        if self.which:
            text += f": {self.which}"
        if self.cause:
            text += f": {self.cause}"
        if self.hint:
            text += f". {self.hint}"
        return text


def _revive(kind: type[PresswatchError], args: tuple[Any, ...], state: dict[str, Any]) -> Exception:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class ArchiveError(PresswatchError):
    """The archive cannot be used."""


class ArchiveMissing(ArchiveError):
    """There is no archive here."""


class ArchiveBusy(ArchiveError):
    """Another process holds the archive."""


class ArchiveNewer(ArchiveError):
    """The archive was written by a newer presswatch."""


class ArchiveDamaged(ArchiveError):
    """The archive file is damaged."""


class ArchiveFull(ArchiveError):
    """There is no room for the archive, or its disk fails."""


class BackupFailed(ArchiveError):
    """No backup was made."""


class RestoreFailed(ArchiveError):
    """Nothing was restored."""


class QueryError(ArchiveError, ValueError):
    """The query cannot be understood."""

    def __init__(self, message: str, *, column: int, hint: str = "") -> None:
        self.message = message
        self.column = column
        super().__init__(f"column {column}", cause=message, hint=hint)

    def __str__(self) -> str:
        """``column 17: … (suggestion)``: the caller knows which query it was."""
        return f"column {self.column}: {self.message}" + (f" ({self.hint})" if self.hint else "")
