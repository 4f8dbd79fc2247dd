"""The archive as the service uses it: one thread that writes, a few that read.

write(job) → queue → writer thread takes all that waits → one transaction, a savepoint a job
           → COMMIT → the callers' futures
read(job)  → a thread of the pool → its own read-only connection, one snapshot
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from archive.connection import open_for_reading, open_for_writing
from archive.errors import ArchiveError, ArchiveFull
from archive.sizes import no_room
from archive.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlite_utils import Database

T = TypeVar("T")

#: Jobs in one transaction at most: bounds how long one caller waits for the others' work.
BATCH = 64
READERS = 4
#: Seconds that patient jobs wait for company.
LINGER = 0.1


@dataclass(slots=True, eq=False)
class _Order:
    """A job on its way through the writer thread, and who waits for it."""

    job: Callable[[Database], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    patient: bool = False
    durable: bool = True
    value: Any = None
    error: BaseException | None = field(default=None)

    def settle(self) -> None:
        """In the caller's loop; a caller that was cancelled meanwhile is not told."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


class Archive:
    """An open archive, usable from any asyncio loop; `close` drains what is still queued."""

    def __init__(self, path: Path, db: Database) -> None:
        self.path = path
        self._db = db
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._connections: list[Database] = []
        self._reader = threading.local()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="archive-read")
        self._writer = threading.Thread(target=self._run, name="archive-write", daemon=True)
        self._writer.start()

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        create: bool = True,
        upgrading: Callable[[int], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Archive:
        """Open, migrate (`upgrading`), and fold everything again where the fold has changed.

        As `archive.connection.open_for_writing`, whose `progress` hears of the latter.

        Raises ArchiveMissing (with `create=False`), ArchiveNewer, ArchiveBusy, ArchiveDamaged,
        and ArchiveFull where there is no room for its journal.
        """
        return cls(
            path, open_for_writing(path, create=create, upgrading=upgrading, progress=progress)
        )

    async def write(
        self, job: Callable[[Database], T], *, patient: bool = False, durable: bool = True
    ) -> T:
        """Run the job in the writer thread and return its value after the COMMIT.

        A `patient` job waits up to LINGER for others, so that what comes in a stream shares
        commits; one that is not patient ends the wait. What is not `durable` outlives the
        process, but a power failure may undo it, as if it had not been written, until the next
        durable commit: its COMMIT does not wait for the disk.

        Jobs that wait at the same time share a transaction, each in a savepoint: a job's
        exception undoes that job alone and is raised here. Where the commit itself fails, all
        of them raise its error and none is stored. A caller that is cancelled before its job
        began has written nothing; later, the job is carried out all the same. Where the disk has
        no room, that is ArchiveFull; what was committed before stays as it is.
        """
        loop = asyncio.get_running_loop()
        order = _Order(job, loop, loop.create_future(), patient, durable)
        with self._closing:
            if self._closed:
                raise ArchiveError(str(self.path), cause="it is closed")
            self._orders.put(order)
        value: T = await order.future
        return value

    async def read(self, job: Callable[[Database], T]) -> T:
        """Run the job on a read-only connection, as of one moment: the latest commit.

        The job returns finished values, nothing that still reads.
        """
        if self._closed:
            raise ArchiveError(str(self.path), cause="it is closed")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self._read, job)

    def close(self) -> None:
        """Carry out what is queued, then close every connection; the second call does nothing."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._orders.put(None)
        self._writer.join()
        self._readers.shutdown()
        for db in self._connections:
            db.close()
        self._db.close()

    def _read(self, job: Callable[[Database], T]) -> T:
        db: Database | None = getattr(self._reader, "db", None)
        if db is None:
            db = self._reader.db = open_for_reading(self.path)
            self._connections.append(db)
        db.conn.execute("BEGIN")
        try:
            return job(db)
        finally:
            db.rollback()

    def _run(self) -> None:
        while True:
            batch, last = self._take()
            if batch:
                _carry_out(self._db, batch)
                _explain(self.path, batch)
                _tell(batch)
            if last:
                return

    def _take(self) -> tuple[list[_Order], bool]:
        """Wait for one order, then take all that are there; True with the last ones ever."""
        order = self._orders.get()
        batch: list[_Order] = []
        until = time.monotonic() + LINGER
        while order is not None:
            batch.append(order)
            if len(batch) == BATCH:
                return batch, False
            until = until if order.patient else 0
            left = until - time.monotonic()
            try:
                order = self._orders.get(block=left > 0, timeout=max(left, 0))
            except queue.Empty:
                return batch, False
        return batch, True


def _carry_out(db: Database, batch: Sequence[_Order]) -> None:
    """One transaction; afterwards each order holds its value or its error."""
    durable = any(order.durable for order in batch)
    try:
        db.conn.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        with transaction(db):
            alone = len(batch) == 1  # then the transaction is all the savepoint that it needs
            for order in batch:
                (_run if alone else _try)(db, order)
    except BaseException as error:  # noqa: BLE001  # belongs to the callers, not to this thread
        for order in batch:
            order.error = order.error or error


def _run(db: Database, order: _Order) -> None:
    if not order.future.cancelled():
        order.value = order.job(db)


def _try(db: Database, order: _Order) -> None:
    try:
        with transaction(db):
            _run(db, order)
    except BaseException as error:
        order.error = error
        if not db.conn.in_transaction:  # SQLite undid the whole transaction (disk full, I/O)
            raise


def _explain(path: Path, batch: Sequence[_Order]) -> None:
    for order in batch:
        if no_room(order.error, path):
            full = ArchiveFull(str(path), cause=str(order.error))
            full.__cause__, order.error = order.error, full


def _tell(batch: Sequence[_Order]) -> None:
    """Wake each loop once, whatever the number of its orders; a closed loop waits for nothing."""
    loops: dict[asyncio.AbstractEventLoop, list[_Order]] = {}
    for order in batch:
        loops.setdefault(order.loop, []).append(order)
    for loop, orders in loops.items():
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, orders)


def _settle(orders: Sequence[_Order]) -> None:
    for order in orders:
        order.settle()
