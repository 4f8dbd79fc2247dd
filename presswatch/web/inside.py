"""The page of a running service: in its loop, beside its other loops, and never in their way.

An address that is taken is told once and tried again: the service before this one may still be
ending. What is wrong with the page ends the page, not the polling. A start that has to wait for its
archive is seen there as well, and the page takes its place without the port being closed.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Final, TypeVar

import structlog

from presswatch.web.awaited import Awaited
from presswatch.web.errors import CannotListen

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from sqlite_utils import Database
    from starlette.types import ASGIApp, Receive, Scope, Send

    from archive.store import Archive
    from presswatch.adding.explore import Looks
    from presswatch.adding.explored import Explored
    from presswatch.config.records import Config, WebOptions
    from presswatch.polling.crawling import Crawling
    from presswatch.process.meters import Meters
    from presswatch.web.desk import Hands

T = TypeVar("T")

log = structlog.get_logger()

#: Between two tries to get the address, and between two looks at the options.
AGAIN: Final = timedelta(seconds=10)
LOOK: Final = timedelta(seconds=1)

#: Nearly every archive is open by then; a start that takes longer says so on the page.
SOON: Final = timedelta(seconds=1)


class ServiceHands:
    """What the service lends to its page (`presswatch.web.desk.Hands`)."""

    def __init__(
        self,
        archive: Archive,
        crawl: Crawling,
        queued: asyncio.Event,
        fetches: Looks,
        unwritten: Callable[[], str] = str,
    ) -> None:
        self._archive, self._crawl, self._queued = archive, crawl, queued
        self._fetches, self._unwritten = fetches, unwritten

    async def write(self, job: Callable[[Database], T]) -> T:
        return await self._archive.write(job)

    def wake(self) -> None:
        self._queued.set()

    def poll(self, source: str) -> bool:
        return self._crawl.poll_now(source)

    async def explore(
        self, url: str, *, timezone: str, limit: timedelta, found: Explored
    ) -> Explored:
        from presswatch.adding.explore import explore

        now = datetime.now(UTC)
        return await explore(
            self._fetches, url, timezone=timezone, now=now, limit=limit, found=found
        )

    def unwritten(self) -> str:
        return self._unwritten()


class Front:
    """Whoever answers at an address now; before anybody does, who asks waits."""

    def __init__(self, bound: socket.socket, options: WebOptions) -> None:
        from presswatch.web.server import Listening, url_of

        self.options, self.url = options, url_of(bound, options)
        self._app: ASGIApp | None = None
        self._there = asyncio.Event()
        self._listening = Listening(bound, options, self._answer)

    def show(self, app: ASGIApp) -> None:
        """This one answers from now on."""
        self._app = app
        self._there.set()

    async def end(self) -> None:
        """Close the address. Safe to call twice."""
        await self._listening.end()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._there.wait()
        assert self._app is not None
        await self._app(scope, receive, send)


class Inside:
    """Serves the page as the config in force says; before `open` what the start waits for."""

    def __init__(self, config: Callable[[], Config], meters: Meters) -> None:
        self._config, self._meters = config, meters
        self.lobby = Awaited(config)
        self._archive = config().archive_path
        self._hands: Hands | None = None
        self._opened = asyncio.Event()
        self._refused = ""  # as it was told

    def open(self, hands: Hands) -> None:
        """There is an archive: its pages are shown from now on, at the same address."""
        self._hands = hands
        self._opened.set()

    async def turn(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, or until the options are other than they were."""
        await wait_for_any(SOON, self._opened, stop)
        options, bound = self._config().web, None
        if options.enabled:
            # Half a second of libraries, which a service without a page never needs.
            await asyncio.to_thread(import_module, "presswatch.web.server")
            bound = self._bind(options)
        if bound is None:
            await wait_for_any(AGAIN, stop)
            return
        looking = asyncio.create_task(self._meters.watch_loop())
        front = Front(bound, options)
        try:
            await self._wait(front, stop)
            if self._opened.is_set():
                await self._show(front, stop)
        finally:
            looking.cancel()
            await front.end()

    async def _wait(self, front: Front, stop: asyncio.Event) -> None:
        """Say what is waited for until there is an archive."""
        if self._opened.is_set():
            return
        from presswatch.web.lobby import make_lobby

        front.show(await asyncio.to_thread(make_lobby, self.lobby, self._meters, front.options))
        log.info("web.waiting", url=front.url)
        while not (self._opened.is_set() or stop.is_set()):
            await wait_for_any(AGAIN, self._opened, stop)

    async def _show(self, front: Front, stop: asyncio.Event) -> None:
        from presswatch.web.server import stocked

        stock = stocked(
            front.options, config=self._config().path, archive=self._archive, hands=self._hands,
            meters=self._meters, apart=True,
        )  # fmt: skip
        async with stock as app:
            front.show(app)
            log.info("web.listening", url=front.url)
            try:
                while not stop.is_set() and self._config().web == front.options:
                    await wait_for_any(LOOK, stop)
            finally:
                await front.end()  # before what it reads by

    def _bind(self, options: WebOptions) -> socket.socket | None:
        from presswatch.web.server import bind

        bound, refused = None, ""
        try:
            bound = bind(options)
        except CannotListen as error:
            refused = str(error)
        if refused and refused != self._refused:
            log.error("web.cannot_listen", reason=refused)
        self._refused = refused
        return bound


async def wait_for_any(span: timedelta, *events: asyncio.Event) -> None:
    """Until one of them is set, or the time is over."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=span.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
