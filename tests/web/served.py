"""The page of an office, served for real: in a thread, on a free port, with hands or without."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from archive.store import Archive
from presswatch.config.records import WebOptions
from presswatch.web.server import bind, serving, url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlite_utils import Database

    from tests.web.office import Office

T = TypeVar("T")

FREE = WebOptions(port=0)


class LentHands:
    """What the service lends, on an archive of its own; remembers what was asked of it."""

    def __init__(self, path: Path, sources: tuple[str, ...] = ()) -> None:
        self.archive = Archive.open(path)
        self.sources = sources
        self.polled: list[str] = []
        self.woken = 0
        self.trouble = ""

    async def write(self, job: Callable[[Database], T]) -> T:
        return await self.archive.write(job)

    def wake(self) -> None:
        self.woken += 1

    def poll(self, source: str) -> bool:
        self.polled.append(source)
        return source in self.sources

    def unwritten(self) -> str:
        return self.trouble


@contextmanager
def served(
    office: Office, options: WebOptions = FREE, hands: LentHands | None = None
) -> Iterator[str]:
    """The address of the page, which ends with the block."""
    address: Future[str] = Future()
    ended: Future[Callable[[], None]] = Future()
    thread = threading.Thread(
        target=lambda: asyncio.run(_serve(office, options, hands, address, ended)), daemon=True
    )
    thread.start()
    try:
        yield address.result(20)
    finally:
        ended.result(20)()
        thread.join(20)
        if hands is not None:
            hands.archive.close()


async def _serve(
    office: Office,
    options: WebOptions,
    hands: LentHands | None,
    address: Future[str],
    ended: Future[Callable[[], None]],
) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        loop.call_soon_threadsafe(stop.set)

    ended.set_result(end)
    bound = bind(options)
    inside = serving(
        bound, options, config=office.config, archive=office.archive, hands=hands, environ={}
    )
    async with inside:
        address.set_result(url_of(bound, options).rstrip("/"))
        await stop.wait()
