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

from alerts import outbox
from alerts.deliver import Deliverer, Handover
from alerts.errors import ChannelUnusable
from alerts.match import build, match_pending
from alerts.outbox import undelivered
from archive import notes
from archive.errors import ArchiveFull, ArchiveMissing
from archive.heartbeat import rest
from archive.store import Archive, ServiceLock, beat
from presswatch import __version__
from presswatch.config.load import load
from presswatch.config.reload import Watch, compare
from presswatch.errors import ConfigError
from presswatch.polling.assembly import open_engine
from presswatch.polling.crawling import Crawling
from presswatch.process import logs, memory
from presswatch.process.meters import Meters
from presswatch.units import say_size
from presswatch.upkeep import outcry as outcries
from presswatch.upkeep.confignote import note_read, note_refused
from presswatch.upkeep.keeping import Retention
from presswatch.upkeep.room import Room
from presswatch.upkeep.selfcheck import SelfCheck
from presswatch.views.soundness import facts
from presswatch.web.inside import Inside, ServiceHands

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlite_utils import Database

    from alerts.match import Matcher
    from presswatch.config.records import Config, ServiceOptions
    from presswatch.config.reload import Changes
    from presswatch.upkeep.outcry import Outcry

log = structlog.get_logger()

TICK = timedelta(seconds=2)
BEAT = timedelta(seconds=10)
CHECK = timedelta(minutes=1)  # between two turns of the self-check
TRIM = timedelta(minutes=5)  # between two times that free memory is given back

#: Of the ten seconds in which a stop must be over: for the sends in flight, and for sending what
#: is due by then. What does not fit stays in the archive and follows later.
SEND_GRACE = timedelta(seconds=2)
DRAIN_GRACE = timedelta(seconds=2)

#: For the tries in flight when the channels have changed: longer than any of them takes, and a mail
#: server may take ten minutes over a message that it has. A stop does not wait for it.
HANDOVER = timedelta(minutes=11)

#: After a loop has stumbled, before it goes on.
BREATH = timedelta(seconds=5)


class Service:
    """Runs until it is told to stop; one for an archive, held by its lock file."""

    def __init__(
        self, config: Config, *, log_by: Callable[[ServiceOptions], None] = lambda _: None
    ) -> None:
        """`log_by` is called where `[service]` says that the log is to be otherwise."""
        self._config = self._begun_by = config
        self._applied = config  # the last that was applied to the end
        self._log_by = log_by
        logs.hide.learn(config.secrets)
        self._watch = Watch(config.path)
        self._reread = asyncio.Event()
        self._filed = asyncio.Event()
        self._queued = asyncio.Event()
        self._deliveries = Handover(partial(self._loop, "deliver"), self._queued)
        self._started = datetime.now(UTC)
        self._meters = Meters()
        self._page = Inside(lambda: self._config, self._meters)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set, then drain and return within ten seconds.

        Raises ArchiveBusy if another service holds the archive, and what opening it may raise.
        """
        memory.set_up()
        with ServiceLock(self._config.archive_path):
            page = asyncio.create_task(
                self._loop("page", partial(self._page.turn, stop), stop), name="page"
            )
            try:
                await self._with_archive(page, stop)
            finally:
                page.cancel()
                await asyncio.gather(page, return_exceptions=True)
        log.info("service.stopped")

    async def _with_archive(self, page: asyncio.Task[None], stop: asyncio.Event) -> None:
        """Serve as soon as there is an archive; until then the page says what it waits for."""
        opening = partial(
            Archive.open,
            self._config.archive_path,
            upgrading=_tell_upgrade,
            progress=_tell_rebuild,
        )
        archive, outcry = await outcries.opened(
            opening, self._config, stop, on_full=self._page.lobby.wait_for
        )
        if archive is None:
            return
        async with AsyncExitStack() as stack:
            stack.callback(archive.close)
            await self._open(archive, outcry, stack)
            await self._serve(page, stop)

    async def _open(self, archive: Archive, outcry: Outcry | None, stack: AsyncExitStack) -> None:
        """Open what the loops need, in the order in which they need each other."""
        self._archive = archive
        upgrade = await self._archive.read(partial(notes.read, name="upgrade"))
        if upgrade.get("at", "") >= self._started.isoformat():
            log.info("archive.upgraded", copy=upgrade["copy"])
        opened = await stack.enter_async_context(
            open_engine(
                self._config.fetch,
                self._archive,
                on_filed=self._filed.set,
                on_fetched=self._meters.fetched,
                clean=logs.hide,
            )
        )
        self._engine = opened.engine
        self._crawl = Crawling(
            self._engine,
            self._archive,
            self._config.sources,
            on_full=self._no_room,
            on_polled=self._meters.polled,
        )
        self._room = Room(self._archive, self._config, self._crawl.pause, outcry=outcry)
        self._matcher = _matcher(self._config)
        self._retention = Retention(self._archive, self._config.archive)
        self._selfcheck = self._make_selfcheck()
        room, fetches = self._room, opened.transport
        self._page.open(
            ServiceHands(self._archive, self._crawl, self._queued, fetches, lambda: room.unwritten)
        )

    async def _serve(self, page: asyncio.Task[None], stop: asyncio.Event) -> None:
        self._deliveries.to(self._make_deliverer(self._config))
        turns: dict[str, Callable[[], Awaitable[None]]] = {
            "match": self._match,
            "heartbeat": self._beat,
            "self-check": self._check,
            "config": self._follow_config,
            "retention": self._let_go,
            "room": self._room.turn,
            "memory": self._give_back,
        }
        await self._room.look(datetime.now(UTC))  # before anything is fetched
        loops = [asyncio.create_task(self._loop(*turn, stop)) for turn in turns.items()]
        loops.append(page)
        for step in (self._crawl.start, self._begin):
            await self._with_room(step, stop)
        await stop.wait()
        log.info("service.stopping")
        await self._crawl.stop()
        await self._deliveries.end(SEND_GRACE)
        for task in loops:
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        with suppress(ArchiveFull):  # what finds no room follows after the next start
            await self._drain()
            await self._archive.write(lambda db: rest(db, datetime.now(UTC)))

    async def _with_room(self, step: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
        """Do what must be written at the start, as soon as there is room for it."""
        while not stop.is_set():
            try:
                await step()
            except ArchiveFull as error:
                self._no_room(error)
                await outcries.pause(stop)
            else:
                return

    async def _begin(self) -> None:
        """Say that the service lives, and by which config."""
        await self._say_alive()
        config, now = self._config, datetime.now(UTC)
        await self._archive.write(lambda db: note_read(db, config, None, now))
        log.info("service.started", sources=len(self._crawl.sources), rules=len(config.rules))

    async def _drain(self) -> None:
        """Match what is filed, and try once to deliver what is due."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_GRACE.total_seconds()):
                while await match_pending(self._archive, self._matcher, datetime.now(UTC)):
                    pass
                await self._deliveries.drain()

    # ------------------------------------------------------------------ config

    def reread(self) -> None:
        """Look at the config file now, whether it seems changed or not."""
        self._reread.set()

    async def _follow_config(self) -> None:
        """Apply the config file when it has changed and is right; the old one stays otherwise."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK.total_seconds()):
                await self._reread.wait()
        if not self._reread.is_set() and not self._watch.changed():
            return
        self._reread.clear()
        self._watch.has_read()
        try:
            config = await asyncio.to_thread(load, self._config.path, os.environ)
            await self._change(config)
        except (ConfigError, ChannelUnusable) as error:
            await self._refuse(error)
        except Exception:
            self._reread.set()  # what could not be applied now is tried again
            raise

    async def _change(self, config: Config) -> None:
        """Let a config count from now on. Raises ChannelUnusable before anything has changed.

        What else it raises leaves it half applied: called again with the same, it goes on.
        """
        changes = compare(self._applied, config, self._begun_by)
        matcher = await asyncio.to_thread(_matcher, config)
        deliverer = self._make_deliverer(config)
        self._config, self._matcher = config, matcher
        logs.hide.learn(config.secrets)
        if self._applied.service != config.service:
            self._log_by(config.service)
        self._room.config = config
        self._retention = Retention(self._archive, config.archive)
        self._selfcheck = self._make_selfcheck()
        if changes.channels:
            self._deliveries.to(deliverer)
        self._engine.change(config.fetch)
        await self._crawl.change(config.sources)
        self._filed.set()
        await self._archive.write(partial(_note, config=config, changes=changes))
        self._queued.set()
        self._applied = config
        said = changes.lines()
        log.info("config.changed" if said else "config.unchanged", **said)
        for warning in config.warnings:
            log.warning("config.warning", said=warning)

    async def _refuse(self, error: ConfigError | ChannelUnusable) -> None:
        log.error("config.refused", problems=str(error).splitlines())
        now = datetime.now(UTC)
        await self._archive.write(lambda db: note_refused(db, self._config, error, now))
        self._queued.set()

    def _make_selfcheck(self) -> SelfCheck:
        service = self._config.service
        watched = [source for source in self._config.sources if source.enabled]
        return SelfCheck(
            self._archive,
            {source.name for source in watched},
            operator=service.operator,
            zone=ZoneInfo(service.timezone),
            texts={one.name: one.parts.text for one in watched if one.parts},
        )

    def _make_deliverer(self, config: Config) -> Deliverer:
        """Raises ChannelUnusable. What it says of the sources is of those that are watched then."""
        return Deliverer(
            self._archive,
            config.channels,
            grace=HANDOVER,
            facts=lambda db, _: facts(db, self._crawl.sources),
        )

    # ------------------------------------------------------------------ loops

    async def _loop(
        self, name: str, turn: Callable[[], Awaitable[None]], end: asyncio.Event
    ) -> None:
        """Take turn after turn until `end`; one that fails is told, and retried after a breath."""
        stalled = False  # that there is no room, or no archive, is told once
        while not end.is_set():
            try:
                await turn()
                stalled = False
            except (ArchiveFull, ArchiveMissing) as error:
                if not stalled:
                    log.error("loop.stalled", loop=name, reason=str(error))  # noqa: TRY400
                stalled = True
                self._no_room(error)
                await asyncio.sleep(BREATH.total_seconds())
            except Exception:
                log.exception("loop.failed", loop=name)
                await asyncio.sleep(BREATH.total_seconds())

    def _no_room(self, error: ArchiveFull | ArchiveMissing) -> None:
        if isinstance(error, ArchiveFull):
            self._room.failed(error)
        else:
            self._room.missed()

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
        now = datetime.now(UTC)
        told = await self._selfcheck.turn(now)
        await self._crawl.follow_clock(now)
        await self._crawl.follow_network()
        told += await self._archive.write(partial(self._tell, now=now))
        if told:
            self._queued.set()
        await asyncio.sleep(CHECK.total_seconds())

    def _tell(self, db: Database, now: datetime) -> int:
        """Tell the operator of channels that do not deliver."""
        service = self._config.service
        return undelivered.tell(
            db,
            {channel.name for channel in self._config.channels},
            off=self._config.disabled_channels,
            operator=service.operator,
            zone=ZoneInfo(service.timezone),
            now=now,
        )

    async def _let_go(self) -> None:
        await asyncio.sleep((await self._retention.turn(datetime.now(UTC))).total_seconds())

    async def _give_back(self) -> None:
        await asyncio.sleep(TRIM.total_seconds())
        await asyncio.to_thread(memory.give_back)

    async def _say_alive(self) -> None:
        now, pid = datetime.now(UTC), os.getpid()
        await self._archive.write(
            lambda db: beat(db, pid=pid, started=self._started, now=now, version=__version__)
        )


def _note(db: Database, *, config: Config, changes: Changes) -> None:
    """A config counts from now on; what a channel failed at before, perhaps it was mended."""
    now = datetime.now(UTC)
    note_read(db, config, changes, now)
    for name in changes.channels.changed:
        outbox.try_again(db, name, now)


def _tell_upgrade(size: int) -> None:
    """The archive is of an older presswatch: nothing else happens until that is done."""
    log.info("archive.upgrading", size=say_size(size), first="a copy is made")


def _tell_rebuild(done: int, total: int) -> None:
    """The archive was indexed by another version of the fold: that comes first."""
    log.info("index.rebuilding", done=done, total=total)


def _matcher(config: Config) -> Matcher:
    return build(config.rules, ZoneInfo(config.service.timezone))
