"""Room on the disk: without it nothing is fetched, and what is archived goes on being told.

free < min_free, or a write found none ─▶ pause the crawl, tell the operator ─▶ look again ─▶ free
again, and a write of PROBE succeeds ─▶ go on, tell that it is over

Where a write has failed the notice is sent past the archive, at once.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from alerts.channel import Outcome
from alerts.deliver import sender_for
from alerts.notice import build
from alerts.payload import new_id
from archive import notes
from archive.errors import ArchiveFull
from archive.sizes import room
from crawler.health import Finding, Kind, troubles
from presswatch import telling
from presswatch.units import say_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

    from archive.store import Archive
    from presswatch.config.records import Config

log = structlog.get_logger()

LOOK = timedelta(seconds=5)

#: Between two tries to send the notice past the archive: there is no schedule without one.
APART = timedelta(minutes=1)

#: After a write has failed, that much must fit before anything is fetched.
PROBE = 1_000_000  # bytes

#: How much more than `min_free` there must be, so that it does not begin and end all the time.
_MARGIN = 1.1

_NOTE = "room"


class Room:
    """Call `turn` again and again; `failed` when a write has found no room.

    `pause(True)` is called when fetching must stop, `pause(False)` when it may go on.
    """

    def __init__(
        self,
        archive: Archive,
        config: Config,
        pause: Callable[[bool], None],
        *,
        free: Callable[[Path], int] = room,
    ) -> None:
        self._archive = archive
        self.config = config
        self._pause = pause
        self._free = free
        self._look = asyncio.Event()
        self._failure = ""  # of a write, since the last probe that succeeded
        self._finding: Finding | None = None  # while there is no room
        self._kept = False  # that finding is in the archive, with its notice
        self._told = False  # its notice was sent past the archive
        self._alert = ""  # the id of that notice, the same at every try
        self._tried: datetime | None = None
        self._begun = False

    def failed(self, error: ArchiveFull) -> None:
        """A write has found no room: stop fetching now."""
        self._failure = f"a write failed: {error.cause}"
        self._pause(True)
        self._look.set()

    async def turn(self, now: datetime | None = None) -> None:
        """Look whether there is room, act where that has changed, and wait a little."""
        await self.look(now or datetime.now(UTC))
        self._look.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK.total_seconds()):
                await self._look.wait()

    async def look(self, now: datetime) -> None:
        """Look once, and act where something has changed."""
        if self._finding is not None:
            if await self._has_room():
                await self._end(now)
            else:
                await self._tell(now)
            return
        reason = self._failure or self._short()
        if reason:
            await self._begin(reason, now)
        elif not self._begun:  # what an earlier process left open
            self._begun = True
            await self._archive.write(lambda db: self._close(db, now))

    def _short(self, margin: float = 1.0) -> str:
        left, least = self._free(self._archive.path), self.config.archive.min_free
        if left >= least * margin:
            return ""
        return f"{say_size(left)} free, and [archive] min_free asks for {say_size(least)}"

    async def _has_room(self) -> bool:
        if self._short(_MARGIN):
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

    async def _begin(self, reason: str, now: datetime) -> None:
        self._finding = Finding(kind=Kind.DISK, since=now, note=reason)
        self._kept = self._told = False
        self._alert, self._tried = new_id(), None
        self._pause(True)
        log.error("disk.full", reason=reason, archive=str(self._archive.path))
        await self._tell(now)

    async def _tell(self, now: datetime) -> None:
        """Keep the trouble with its notice; after a write has failed, send the notice past it.

        One that is queued in an archive without room could not be claimed.
        """
        finding = self._finding
        if finding is None or self._kept:
            return
        if self._failure:
            if not self._told and (self._tried is None or now - self._tried >= APART):
                self._tried = now
                self._told = await self._send(finding, now)
            return
        with suppress(ArchiveFull):
            await self._archive.write(lambda db: self._open(db, finding, now))
            self._kept = True

    def _open(self, db: Database, finding: Finding, now: datetime) -> None:
        """Without another notice, where one was sent past the archive."""
        service = self.config.service
        if self._told:
            troubles.begin(db, telling.ITSELF, finding, now=now, told=finding.since)
            return
        zone = ZoneInfo(service.timezone)
        telling.begin(db, finding, operator=service.operator, zone=zone, now=now)

    async def _send(self, finding: Finding, now: datetime) -> bool:
        name = self.config.service.operator
        channel = next((one for one in self.config.channels if one.name == name), None)
        if channel is None:
            return False
        alert, zone = self._alert, ZoneInfo(self.config.service.timezone)
        body = build(alert=alert, queued=finding.since, notice=telling.notice(finding), zone=zone)
        sender = sender_for(channel)
        try:
            result = await sender.send(alert, body, now)
        finally:
            await sender.close()
        log.warning("disk.told", channel=name, outcome=result.outcome.value, reason=result.reason)
        return result.outcome is Outcome.DELIVERED

    async def _end(self, now: datetime) -> None:
        finding, kept = self._finding, self._kept

        def close(db: Database) -> None:
            if finding is not None and not kept:
                self._open(db, finding, now)
            self._close(db, now)

        await self._archive.write(close)
        self._finding = None
        self._pause(False)
        log.warning("disk.room", free=self._free(self._archive.path))

    def _close(self, db: Database, now: datetime) -> None:
        service = self.config.service
        zone = ZoneInfo(service.timezone)
        telling.end(db, Kind.DISK, operator=service.operator, zone=zone, now=now)
