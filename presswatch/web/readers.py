"""Threads that read the archive for the page, apart from those of the crawl.

A page that takes its time holds up other pages, never a poll. What takes far too long is ended.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import TYPE_CHECKING, Final, TypeVar

from archive.connection import open_for_reading
from presswatch.web.errors import TooSlow

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from sqlite_utils import Database

T = TypeVar("T")

THREADS: Final = 3

#: Steps of SQLite's machine between two looks at the clock: a fraction of a millisecond.
_STEPS = 20_000


class Readers:
    """Reads as of one moment each; `close` waits for those under way."""

    def __init__(self, path: Path, *, patience: float = 15.0) -> None:
        """`patience` in seconds is what one read may take."""
        self.path = path
        self._patience = patience
        self._own = threading.local()
        self._connections: list[Database] = []
        self._closing = False
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="web-read")

    async def read(self, job: Callable[[Database], T]) -> T:
        """Run the job on a read-only connection; it returns finished values.

        Raises TooSlow, and what opening the archive may raise (ArchiveMissing, ArchiveNewer, …).
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, job)

    def submit(self, job: Callable[[Database], T]) -> Future[T]:
        """The same for whoever has no loop."""
        return self._pool.submit(self._read, job)

    async def close(self) -> None:
        """End; what is being read is given up within milliseconds."""
        self._closing = True
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
        for db in self._connections:
            db.close()

    def _read(self, job: Callable[[Database], T]) -> T:
        db = self._connection()
        end = monotonic() + self._patience
        db.conn.set_progress_handler(lambda: self._closing or monotonic() > end, _STEPS)
        db.conn.execute("BEGIN")
        try:
            return job(db)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
                hint = "ask for less: a rarer word, a shorter time"
                raise TooSlow(hint=hint) from error
            raise
        finally:
            db.rollback()

    def _connection(self) -> Database:
        """To the archive as it is now: another may have been put in its place."""
        db: Database | None = getattr(self._own, "db", None)
        file = _file(self.path)
        if db is not None and file != self._own.file:
            self._connections.remove(db)
            db.close()
            db = self._own.db = None
        if db is None:
            db = self._own.db = open_for_reading(self.path)
            self._own.file = file
            self._connections.append(db)
        return db


def _file(path: Path) -> tuple[int, int] | None:
    """What no other file has; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
