"""A full disk, told past the archive: a notice that is queued there could not be claimed.

The service that starts on a full disk has no archive yet. It waits here until it can open one.
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
from alerts.letter.notice import build
from alerts.payload import new_id
from archive.errors import ArchiveFull
from crawler.health import Finding, Kind
from presswatch.upkeep import telling

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.store import Archive
    from presswatch.config.records import Config

log = structlog.get_logger()

#: Between two looks whether there is room.
LOOK = timedelta(seconds=5)

#: Between two tries to send the notice: there is no schedule without an archive.
APART = timedelta(minutes=1)


#: For a receiver while nothing else goes on: a stop must be over in ten seconds.
PATIENCE = timedelta(seconds=8)


class Outcry:
    """The notice of one full disk: one id, whatever the number of tries, until somebody has it."""

    def __init__(self, reason: str, since: datetime, config: Config) -> None:
        self.finding = Finding(kind=Kind.DISK, since=since, note=reason)
        self.told = False
        self._alert = new_id()
        self._tried: datetime | None = None
        log.error("disk.full", reason=reason, archive=str(config.archive_path))

    async def tell(self, config: Config, now: datetime) -> None:
        """Send it to the operator, unless it has arrived or was tried just now."""
        if self.told or (self._tried is not None and now - self._tried < APART):
            return
        self._tried = now
        self.told = await self._send(config, now)

    async def _send(self, config: Config, now: datetime) -> bool:
        name = config.service.operator
        channel = next((one for one in config.channels if one.name == name), None)
        if channel is None:
            return False
        zone, finding = ZoneInfo(config.service.timezone), self.finding
        body = build(
            alert=self._alert, queued=finding.since, notice=telling.notice(finding), zone=zone
        )
        sender = sender_for(channel)
        try:
            result = await sender.send(self._alert, body, now)
        finally:
            await sender.close()
        log.warning("disk.told", channel=name, outcome=result.outcome.value, reason=result.reason)
        return result.outcome is Outcome.DELIVERED


async def opened(
    attempt: Callable[[], Archive],
    config: Config,
    stop: asyncio.Event,
    *,
    on_full: Callable[[Outcry], None] = lambda _: None,
) -> tuple[Archive | None, Outcry | None]:
    """The archive, as soon as there is room to open it; None where `stop` is set before that.

    With it the outcry that was made meanwhile, if any; `on_full` hears of it at once. Raises what
    `attempt` raises, but for ArchiveFull. It runs in a thread: it may have an upgrade to do.
    """
    outcry: Outcry | None = None
    while not stop.is_set():
        try:
            return await asyncio.to_thread(attempt), outcry
        except ArchiveFull as error:
            now = datetime.now(UTC)
            outcry = outcry or Outcry(f"the archive cannot be opened: {error.cause}", now, config)
            on_full(outcry)
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE.total_seconds()):
                    await outcry.tell(config, now)
        await pause(stop)
    return None, outcry


async def pause(event: asyncio.Event) -> None:
    """Wait for the next look, or for the event."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK.total_seconds()):
            await event.wait()
