"""The page of a running service: in its loop, beside its other loops, and never in their way.

An address that is taken is told once and tried again: the service before this one may still be
ending. What is wrong with the page ends the page, not the polling.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from presswatch.web.errors import CannotListen
from presswatch.web.server import bind, serving, url_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

    from archive.store import Archive
    from presswatch.config.records import Config, WebOptions
    from presswatch.polling.crawling import Crawling
    from presswatch.process.meters import Meters

T = TypeVar("T")

log = structlog.get_logger()

#: Between two tries to get the address, and between two looks at the options.
AGAIN: Final = timedelta(seconds=10)
LOOK: Final = timedelta(seconds=1)


class ServiceHands:
    """What the service lends to its page (`presswatch.web.desk.Hands`)."""

    def __init__(self, archive: Archive, crawl: Crawling, queued: asyncio.Event) -> None:
        self._archive, self._crawl, self._queued = archive, crawl, queued

    async def write(self, job: Callable[[Database], T]) -> T:
        return await self._archive.write(job)

    def wake(self) -> None:
        self._queued.set()

    def poll(self, source: str) -> bool:
        return self._crawl.poll_now(source)


class Inside:
    """Serves the page as the config in force says."""

    def __init__(self, archive: Path, hands: ServiceHands, meters: Meters) -> None:
        self._archive, self._hands, self._meters = archive, hands, meters
        self._refused = ""  # as it was told

    async def turn(self, config: Callable[[], Config], stop: asyncio.Event) -> None:
        """Serve until `stop`, or until the options are other than they were."""
        now = config()
        bound = self._bind(now.web) if now.web.enabled else None
        if bound is None:
            await self._wait(AGAIN, stop)
            return
        looking = asyncio.create_task(self._meters.watch_loop())
        try:
            async with serving(
                bound, now.web, config=now.path, archive=self._archive, hands=self._hands,
                meters=self._meters, apart=True,
            ):  # fmt: skip
                log.info("web.listening", url=url_of(bound, now.web))
                while not stop.is_set() and config().web == now.web:
                    await self._wait(LOOK, stop)
        finally:
            looking.cancel()

    def _bind(self, options: WebOptions) -> socket.socket | None:
        bound, refused = None, ""
        try:
            bound = bind(options)
        except CannotListen as error:
            refused = str(error)
        if refused and refused != self._refused:
            log.error("web.cannot_listen", reason=refused)
        self._refused = refused
        return bound

    async def _wait(self, span: timedelta, stop: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(span.total_seconds()):
                await stop.wait()
