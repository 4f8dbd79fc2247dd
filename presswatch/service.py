"""The service: loops that meet only in the archive, and the schedule that starts polls.

    schedule ─ due ─▶ crawl: engine.poll ─ filed ─▶ match ─ queued ─▶ deliver

A commit of one wakes the next at once; the slow tick is only the fallback, and finds what another
process (`presswatch poll`) has written. Whatever a loop stumbles over, it says so and goes on.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from alerts.deliver import Deliverer
from alerts.match import build, match_pending
from archive.heartbeat import rest
from archive.store import Archive, ServiceLock, beat
from crawler import ledger
from crawler.errors import SourceBusy
from presswatch import __version__
from presswatch.assembly import open_engine
from presswatch.schedule import Schedule, opening
from presswatch.selfcheck import SelfCheck

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlite_utils import Database

    from crawler.source import Source
    from presswatch.config import Config

log = structlog.get_logger()

TICK = timedelta(seconds=2)
BEAT = timedelta(seconds=10)
CHECK = timedelta(minutes=1)  # between two turns of the self-check

#: Of the ten seconds in which a stop must be over: for polls, for the sends in flight, and for
#: sending what is due by then. What does not fit stays in the archive and follows later.
POLL_GRACE = timedelta(seconds=2.5)
SEND_GRACE = timedelta(seconds=2)
DRAIN_GRACE = timedelta(seconds=2)

#: After a loop has stumbled, before it goes on.
BREATH = timedelta(seconds=5)


class Service:
    """Runs until it is told to stop; one for an archive, held by its lock file."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._sources = {source.name: source for source in config.sources if source.enabled}
        self._owner = f"service {os.getpid()}"
        self._filed = asyncio.Event()
        self._queued = asyncio.Event()
        self._polls: dict[str, asyncio.Task[None]] = {}
        self._schedule = Schedule(self._fire)
        self._started = datetime.now(UTC)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then drain and return within ten seconds.

        Raises ArchiveBusy if another service holds the archive, and what opening it may raise.
        """
        with ServiceLock(self._config.archive_path):
            async with AsyncExitStack() as stack:
                await self._open(stack)
                await self._serve(stop)
        log.info("service.stopped")

    async def _open(self, stack: AsyncExitStack) -> None:
        """Open what the loops need, in the order in which they need each other."""
        self._archive = Archive.open(self._config.archive_path, progress=_tell_rebuild)
        stack.callback(self._archive.close)
        self._engine = await stack.enter_async_context(
            open_engine(self._config.fetch, self._archive, on_filed=self._filed.set)
        )
        self._matcher = build(self._config.rules, ZoneInfo(self._config.service.timezone))
        self._deliverer = Deliverer(self._archive, self._config.channels, grace=SEND_GRACE)
        self._selfcheck = SelfCheck(
            self._archive,
            self._sources,
            operator=self._config.service.operator,
            zone=ZoneInfo(self._config.service.timezone),
        )

    async def _serve(self, stop: asyncio.Event) -> None:
        sent = asyncio.Event()
        deliver = partial(self._deliverer.run, sent, self._queued)
        delivering = asyncio.create_task(self._loop("deliver", deliver, sent))
        others = [
            asyncio.create_task(self._loop("match", self._match, stop)),
            asyncio.create_task(self._loop("heartbeat", self._beat, stop)),
            asyncio.create_task(self._loop("self-check", self._check, stop)),
        ]
        await self._start_schedule()
        await self._say_alive()
        log.info("service.started", sources=len(self._sources), rules=len(self._config.rules))
        await stop.wait()
        log.info("service.stopping")
        self._schedule.stop()
        await self._end_polls()
        sent.set()
        await asyncio.wait([delivering], timeout=2 * SEND_GRACE.total_seconds())
        for task in (delivering, *others):
            task.cancel()
        await asyncio.gather(delivering, *others, return_exceptions=True)
        await self._drain()
        await self._archive.write(lambda db: rest(db, datetime.now(UTC)))

    async def _drain(self) -> None:
        """Match what is filed, and try once to deliver what is due."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_GRACE.total_seconds()):
                while await match_pending(self._archive, self._matcher, datetime.now(UTC)):
                    pass
                await self._deliverer.drain()

    # ------------------------------------------------------------------ crawl

    async def _start_schedule(self) -> None:
        sources = tuple(self._sources.values())

        def prepare(db: Database) -> dict[str, datetime | None]:
            ledger.register(db, sources)
            ledger.free_leases(db, "service ")
            return {state.name: state.next_poll for state in ledger.states(db)}

        planned = await self._archive.write(prepare)
        planned = {name: at for name, at in planned.items() if name in self._sources}
        for name, at in opening(sources, planned, datetime.now(UTC)).items():
            self._schedule.arm(name, at)
        self._schedule.start()

    def _fire(self, name: str) -> None:
        """A source is due: poll it in a task of its own."""
        if name in self._polls:
            return  # its own end arms the next one
        task = asyncio.create_task(self._poll(self._sources[name]), name=f"poll {name}")
        self._polls[name] = task
        task.add_done_callback(lambda _: self._polls.pop(name, None))

    async def _poll(self, source: Source) -> None:
        now = datetime.now(UTC)
        again = now + source.every
        try:
            report = await self._engine.poll(source, owner=self._owner)
            again = report.next_poll or again
        except SourceBusy as error:
            log.info("poll.busy", source=source.name, reason=str(error))
            again = now + timedelta(minutes=1)
        except Exception:
            # The top of a loop: a fault of ours must not end the polling of this source.
            log.exception("poll.broken", source=source.name)
        self._schedule.arm(source.name, again)

    async def _end_polls(self) -> None:
        polls = set(self._polls.values())
        if not polls:
            return
        _, late = await asyncio.wait(polls, timeout=POLL_GRACE.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    # ------------------------------------------------------------------ loops

    async def _loop(
        self, name: str, turn: Callable[[], Awaitable[None]], end: asyncio.Event
    ) -> None:
        """Take turn after turn until `end`; one that fails is told, and retried after a breath."""
        while not end.is_set():
            try:
                await turn()
            except Exception:
                log.exception("loop.failed", loop=name)
                await asyncio.sleep(BREATH.total_seconds())

    async def _match(self) -> None:
        self._filed.clear()
        while await match_pending(self._archive, self._matcher, datetime.now(UTC)):
            self._queued.set()
        try:
            async with asyncio.timeout(TICK.total_seconds()):
                await self._filed.wait()
        except TimeoutError:
            return

    async def _beat(self) -> None:
        await asyncio.sleep(BEAT.total_seconds())
        await self._say_alive()

    async def _check(self) -> None:
        if await self._selfcheck.turn(datetime.now(UTC)):
            self._queued.set()
        await asyncio.sleep(CHECK.total_seconds())

    async def _say_alive(self) -> None:
        now, pid = datetime.now(UTC), os.getpid()
        await self._archive.write(
            lambda db: beat(db, pid=pid, started=self._started, now=now, version=__version__)
        )


def _tell_rebuild(done: int, total: int) -> None:
    """The archive was indexed by another version of the fold: that comes first."""
    log.info("index.rebuilding", done=done, total=total)
