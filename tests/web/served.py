"""The page of an office, served for real: in a thread, on a free port, with hands or without."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from archive.store import Archive
from crawler.fetch.transport import Transport
from presswatch.adding.explore import explore
from presswatch.config.records import WebOptions
from presswatch.web.server import Listening, bind, serving, url_of
from tests.support.fetching import options

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from datetime import timedelta
    from pathlib import Path

    from sqlite_utils import Database
    from starlette.types import ASGIApp

    from crawler.settings import FetchOptions
    from presswatch.adding.explored import Explored
    from tests.web.office import Office

T = TypeVar("T")

FREE = WebOptions(port=0)


class LentHands:
    """What the service lends, on an archive of its own; remembers what was asked of it."""

    def __init__(
        self, path: Path, sources: tuple[str, ...] = (), fetch: FetchOptions | None = None
    ) -> None:
        """`fetch`: how sites are looked at; loopback is open and nobody waits unless told."""
        self.fetch = fetch or options()
        self.archive = Archive.open(path)
        self.sources = sources
        self.polled: list[str] = []
        self.explored: list[str] = []
        self.woken = 0
        self.trouble = ""

    async def write(self, job: Callable[[Database], T]) -> T:
        return await self.archive.write(job)

    def wake(self) -> None:
        self.woken += 1

    def poll(self, source: str) -> bool:
        self.polled.append(source)
        return source in self.sources

    async def explore(
        self, url: str, *, timezone: str, limit: timedelta, found: Explored
    ) -> Explored:
        self.explored.append(url)
        now = datetime.now(UTC)
        async with Transport(self.fetch) as fetches:
            return await explore(fetches, url, timezone=timezone, now=now, limit=limit, found=found)

    def unwritten(self) -> str:
        return self.trouble


@contextmanager
def served(office: Office, web: WebOptions = FREE, hands: LentHands | None = None) -> Iterator[str]:
    """The address of the page, which ends with the block."""

    @asynccontextmanager
    async def page() -> AsyncIterator[str]:
        bound = bind(web)
        place = {"config": office.config, "archive": office.archive}
        async with serving(bound, web, **place, hands=hands, environ={}):
            yield url_of(bound, web).rstrip("/")

    try:
        with _running(page) as address:
            yield address
    finally:
        if hands is not None:
            hands.archive.close()


@contextmanager
def served_app(make: Callable[[], ASGIApp]) -> Iterator[str]:
    """The address of an application of ours that has no archive."""

    @asynccontextmanager
    async def page() -> AsyncIterator[str]:
        bound = bind(FREE)
        listening = Listening(bound, FREE, make())
        try:
            yield url_of(bound, FREE).rstrip("/")
        finally:
            await listening.end()

    with _running(page) as address:
        yield address


@contextmanager
def _running(page: Callable[[], AbstractAsyncContextManager[str]]) -> Iterator[str]:
    """In a loop of a thread's own, as long as the block lasts."""
    address: Future[str] = Future()
    ended: Future[Callable[[], object]] = Future()

    async def run() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        ended.set_result(lambda: loop.call_soon_threadsafe(stop.set))
        async with page() as found:
            address.set_result(found)
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    try:
        yield address.result(20)
    finally:
        ended.result(20)()
        thread.join(20)
