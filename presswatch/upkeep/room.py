"""Room on the disk: without it nothing is fetched, and what is archived goes on being told.

free < min_free, or a write found none ─▶ pause the crawl, tell the operator ─▶ look again ─▶ free
again, and a write of PROBE succeeds ─▶ go on, tell that it is over

The same where the archive is no longer in its place: what is written then goes to a file that has
another name, or none. Where a write has failed, and there, the notice is sent past the archive.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from archive import notes
from archive.errors import ArchiveFull
from archive.sizes import room
from crawler.health import Kind
from presswatch.units import say_size
from presswatch.upkeep import telling
from presswatch.upkeep.outcry import Outcry, pause

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

    from archive.store import Archive
    from presswatch.config.records import Config

log = structlog.get_logger()

#: After a write has failed, that much must fit before anything is fetched.
PROBE = 1_000_000  # bytes

#: How much more than `min_free` there must be, so that it does not begin and end all the time.
_MARGIN = 1.1

_NOTE = "room"


class Room:
    """Call `turn` again and again; `failed` when a write has found no room.

    `pause(True)` is called when fetching must stop, `pause(False)` when it may go on. With an
    `outcry` there was no room to begin with.
    """

    def __init__(
        self,
        archive: Archive,
        config: Config,
        pause: Callable[[bool], None],
        *,
        outcry: Outcry | None = None,
        free: Callable[[Path], int] = room,
    ) -> None:
        self._archive = archive
        self.config = config
        self._pause = pause
        self._free = free
        self._look = asyncio.Event()
        self._failure = ""  # of a write, since the last probe that succeeded
        self._outcry = outcry  # while there is no room
        self._kept = False  # that trouble is in the archive, with its notice
        self._begun = False
        if outcry is not None:
            self._failure = outcry.finding.note
            pause(True)

    @property
    def unwritten(self) -> str:
        """Why nothing can be written, where the archive cannot say so itself; "" else."""
        return "" if self._outcry is None or self._kept else self._outcry.finding.note

    def failed(self, error: ArchiveFull) -> None:
        """A write has found no room: stop fetching now."""
        self._failure = f"a write failed: {error.cause}"
        self._pause(True)
        self._look.set()

    def missed(self) -> None:
        """Somebody found no archive in its place: look now."""
        self._look.set()

    async def turn(self, now: datetime | None = None) -> None:
        """Look whether there is room, act where that has changed, and wait a little."""
        await self.look(now or datetime.now(UTC))
        self._look.clear()
        await pause(self._look)

    async def look(self, now: datetime) -> None:
        """Look once, and act where something has changed; what could not be written waits."""
        try:
            await self._act(now)
        except ArchiveFull as error:
            self.failed(error)

    async def _act(self, now: datetime) -> None:
        if self._outcry is not None:
            if await self._has_room():
                await self._end(self._outcry, now)
            else:
                await self._tell(self._outcry, now)
            return
        reason = self._failure or self._gone() or self._short()
        if reason:
            self._outcry, self._kept = Outcry(reason, now, self.config), False
            self._pause(True)
            await self._tell(self._outcry, now)
        elif not self._begun:  # what an earlier process left open
            await self._archive.write(lambda db: self._close(db, now))
            self._begun = True

    def _gone(self) -> str:
        """Why not where nothing is at its path: somebody tidied up, or a disk was unmounted."""
        path = self._archive.path
        if path.exists():
            return ""
        return f"the archive is not at {path} any more; put it back, or stop the service"

    def _short(self, margin: float = 1.0) -> str:
        left, least = self._free(self._archive.path), self.config.archive.min_free
        if left >= least * margin:
            return ""
        asked = say_size(least)
        return f"{say_size(left)} free on the disk, and [archive] min_free asks for {asked}"

    async def _has_room(self) -> bool:
        if self._gone() or self._short(_MARGIN):
            return False
        if not self._failure:
            return True
        try:
            await self._archive.write(lambda db: notes.leave(db, _NOTE, {"probe": "0" * PROBE}))
        except ArchiveFull as error:
            self._failure = f"a write failed: {error.cause}"
            return False
        finally:
            with suppress(ArchiveFull):
                await self._archive.write(lambda db: notes.drop(db, _NOTE))
        self._failure = ""
        return True

    async def _tell(self, outcry: Outcry, now: datetime) -> None:
        """Keep the trouble with its notice; where nothing can be kept, send the notice past it."""
        if self._kept:
            return
        if self._failure or self._gone():
            await outcry.tell(self.config, now)
            return
        with suppress(ArchiveFull):
            await self._archive.write(lambda db: self._open(db, outcry, now))
            self._kept = True

    def _open(self, db: Database, outcry: Outcry, now: datetime) -> None:
        """Without another notice, where one was sent past the archive."""
        service = self.config.service
        telling.begin(
            db,
            outcry.finding,
            operator=service.operator,
            zone=ZoneInfo(service.timezone),
            now=now,
            heard=outcry.told,
        )

    async def _end(self, outcry: Outcry, now: datetime) -> None:
        kept = self._kept

        def close(db: Database) -> None:
            if not kept:
                self._open(db, outcry, now)
            self._close(db, now)

        await self._archive.write(close)
        self._outcry = None
        self._pause(False)
        log.warning("disk.room", free=self._free(self._archive.path))

    def _close(self, db: Database, now: datetime) -> None:
        service = self.config.service
        zone = ZoneInfo(service.timezone)
        telling.end(db, Kind.DISK, operator=service.operator, zone=zone, now=now)
