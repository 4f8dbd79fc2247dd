"""Put together what polls sources: one way for the service and for `presswatch poll`."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypedDict

from crawler.engine import Engine
from crawler.extract import extract
from crawler.extract.workers import Workers
from crawler.fetch.transport import Transport
from presswatch.polling.schedule import next_poll
from spiders.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import timedelta

    from archive.store import Archive
    from crawler.extract import Extracted, Page
    from crawler.settings import FetchOptions


@dataclass(frozen=True, slots=True)
class Opened:
    """What polls, and what it fetches by: who fetches by the same shares its turns and pauses."""

    engine: Engine
    transport: Transport


@asynccontextmanager
async def open_engine(
    fetch: FetchOptions,
    archive: Archive,
    *,
    on_filed: Callable[[], None] = lambda: None,
    on_fetched: Callable[[str, float], None] | None = None,
    clean: Callable[[str], str] = str,
) -> AsyncIterator[Opened]:
    """An engine with its transport and its workers, which start at once; closed in the end.

    `on_fetched` hears of every request (`crawler.fetch.pace.PacedDownloader`); `clean` takes out of
    reasons, which are kept, what must not be read there.
    """
    workers = Workers(**_reading(fetch))
    workers.warm()
    transport = Transport(fetch, on_fetched=on_fetched)

    def change(options: FetchOptions) -> None:
        transport.change(options)
        workers.change(**_reading(options))

    try:
        await transport.start()
        engine = Engine(
            transport, workers, archive, KINDS, fetch,
            plan=next_poll, on_filed=on_filed, on_change=change, clean=clean,
        )  # fmt: skip
        yield Opened(engine, transport)
    finally:
        await transport.stop()
        await asyncio.to_thread(workers.close)


class _Reading(TypedDict):
    """What workers read pages by: their limits, and how thoroughly."""

    workers: int
    timeout: timedelta
    memory_mb: int
    task: Callable[[Page], Extracted]


def _reading(fetch: FetchOptions) -> _Reading:
    return _Reading(
        workers=fetch.extraction_workers,
        timeout=fetch.extraction_timeout,
        memory_mb=fetch.extraction_memory_mb,
        task=partial(extract, thorough=fetch.extraction == "thorough"),
    )
