"""The crawl of the service: the schedule starts polls, and each ends by arming the next.

The sources may be changed while it runs. A poll in flight is never dropped for that: it ends as
what it began, and what has changed counts from the next one on.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from archive.errors import ArchiveError, ArchiveFull
from crawler import ledger
from crawler.errors import SourceBusy
from crawler.health import Kind, troubles
from crawler.source import UNREACHED
from presswatch.polling.schedule import Schedule, next_poll, opening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet

    from sqlite_utils import Database

    from archive.store import Archive
    from crawler.engine import Engine
    from crawler.ledger import SourceState
    from crawler.source import PollReport, Source

log = structlog.get_logger()

#: Of the ten seconds in which a stop must be over.
POLL_GRACE = timedelta(seconds=2.5)

#: A source that another process polls is asked again after this.
_BUSY = timedelta(minutes=1)


class Crawling:
    """Polls the sources that are enabled, each when it is due, until it is stopped."""

    def __init__(
        self,
        engine: Engine,
        archive: Archive,
        sources: Iterable[Source],
        *,
        on_full: Callable[[ArchiveFull], None] = lambda _: None,
        on_polled: Callable[[PollReport], None] = lambda _: None,
    ) -> None:
        self._on_polled = on_polled
        self._on_full = on_full
        self._engine = engine
        self._archive = archive
        self._sources = _enabled(sources)
        self._owner = f"service {os.getpid()}"
        self._polls: dict[str, asyncio.Task[None]] = {}  # under way, by source
        self._tasks: set[asyncio.Task[None]] = set()  # those, and what arms the next after them
        self._paused = False
        self._network_down = False
        self._latest = datetime.now(UTC)  # that was seen; earlier now: the clock was set back
        self._held: set[str] = set()  # became due in the pause
        self._unsettled: set[str] = set()  # their last poll found no room to give its lease back
        self._schedule = Schedule(self._fire)

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of what is polled."""
        return tuple(self._sources)

    async def start(self) -> None:
        """Take the leases of a service that died, plan the first polls, and begin."""
        now = datetime.now(UTC)

        def prepare(db: Database) -> None:
            ledger.free_leases(db, "service ")
            ledger.set_right(db, now)

        await self._archive.write(prepare)
        await self._plan(tuple(self._sources.values()))
        self._schedule.start()

    async def change(self, sources: Iterable[Source]) -> None:
        """Poll these from now on; the polls that are under way end as they began."""
        before, self._sources = self._sources, _enabled(sources)
        changed = [one for name, one in self._sources.items() if before.get(name) != one]
        try:
            # What is being polled is planned when that poll has ended: its books are still open.
            await self._plan([one for one in changed if one.name not in self._polls], anew=True)
        except BaseException:
            self._sources = before
            raise
        for name in before.keys() - self._sources.keys():
            self._schedule.disarm(name)

    def poll_now(self, name: str) -> bool:
        """Poll a source without waiting until it is due; False where none of this name is."""
        if name not in self._sources:
            return False
        self._fire(name)
        return True

    def pause(self, paused: bool) -> None:
        """Begin no poll while there is a pause; what became due meanwhile begins after it."""
        self._paused = paused
        if paused:
            return
        held = [source for name in self._held if (source := self._sources.get(name))]
        self._held.clear()
        for name, at in opening(held, {}, datetime.now(UTC)).items():
            self._schedule.arm(name, at)

    async def follow_clock(self, now: datetime) -> None:
        """Call it every minute or so: a clock that was set back must hold up no source.

        What was planned while it ran ahead is due; what was not keeps its time.
        """
        set_back, self._latest = now < self._latest, now
        if set_back:
            await self._archive.write(lambda db: ledger.set_right(db, now))
            await self._plan([one for one in self._sources.values() if one.name not in self._polls])

    async def follow_network(self) -> None:
        """Call it every minute or so: what a dead network has done is nobody's fault.

        While it is down, and once when it is back, the sources that it took are planned at their
        usual interval. Put off like those that fail by themselves, they would be asked again half
        a night after a night without it.
        """
        down = await self._archive.read(troubles.network_is_down)
        if down or self._network_down:
            now, polled = datetime.now(UTC), set(self._polls)
            planned = await self._archive.write(lambda db: self._forgive(db, now, polled))
            sources = [self._sources[name] for name in planned if name in self._sources]
            for name, at in opening(sources, planned, now).items():
                self._schedule.arm(name, at)
        self._network_down = down

    def _forgive(
        self, db: Database, now: datetime, polled: AbstractSet[str]
    ) -> dict[str, datetime]:
        """Plan anew who could not be reached and did not fail before; when each is due."""
        opened, planned = troubles.opened(db), {}
        for state in ledger.states(db):
            source = self._sources.get(state.name)
            lost = state.failures and state.last_error in UNREACHED
            if source is None or not lost or state.name in polled:
                continue
            if state.last_poll is None or Kind.FAILING in opened.get(state.name, {}):
                continue
            at = next_poll(source, failures=0, started=state.last_poll, not_before=None)
            if state.next_poll is None or at < state.next_poll:
                ledger.forgive(db, state.name, max(at, now))
                planned[state.name] = max(at, now)
        return planned

    async def stop(self) -> None:
        """Begin no more polls; those under way have POLL_GRACE to end."""
        self._schedule.stop()
        polls = set(self._tasks)
        if not polls:
            return
        _, late = await asyncio.wait(polls, timeout=POLL_GRACE.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _plan(self, sources: Iterable[Source], *, anew: bool = False) -> None:
        """Make their rows, and arm them.

        What is planned ahead keeps its time; `anew`, it is planned from its last poll as its
        config is now, and what failed is tried at once: perhaps that was mended.
        """
        chosen = {source.name: source for source in sources}
        now = datetime.now(UTC)

        def prepare(db: Database) -> dict[str, datetime | None]:
            ledger.register(db, chosen.values())
            states = [state for state in ledger.states(db) if state.name in chosen]
            if not anew:
                return {state.name: state.next_poll for state in states}
            again = {state.name: _replanned(chosen[state.name], state) for state in states}
            for name, at in again.items():
                ledger.set_next_poll(db, name, at or now)
            return again

        planned = await self._archive.write(prepare)
        for name, at in opening(chosen.values(), planned, now).items():
            self._schedule.arm(name, at)

    def _fire(self, name: str) -> None:
        """A source is due: poll it in a task of its own."""
        source = self._sources.get(name)
        if source is None or name in self._polls:
            return  # its own end arms the next one
        if self._paused:
            self._held.add(name)
            return
        task = asyncio.create_task(self._poll(source), name=f"poll {name}")
        self._polls[name] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _poll(self, source: Source) -> None:
        now = datetime.now(UTC)
        again = now + source.every
        try:
            await self._give_back(source.name)
            report = await self._engine.poll(source, owner=self._owner)
            self._on_polled(report)
            again = report.next_poll or again
            if report.error == ArchiveFull.__name__:
                self._on_full(ArchiveFull(cause=report.reason))
        except ArchiveFull as error:
            log.error("poll.no_room", source=source.name, reason=str(error))  # noqa: TRY400
            self._on_full(error)
            self._unsettled.add(source.name)
            again = now + _BUSY
        except SourceBusy as error:
            log.info("poll.busy", source=source.name, reason=str(error))
            again = now + _BUSY
        except Exception:
            # The top of a loop: a fault of ours must not end the polling of this source.
            log.exception("poll.broken", source=source.name)
        finally:
            # Before the next one is armed, which may be due already and fire at once.
            self._polls.pop(source.name, None)
        await self._arm_next(source, again)

    async def _arm_next(self, polled: Source, again: datetime) -> None:
        """Plan a source anew that was changed while it was polled; the others are due `again`."""
        following = self._sources.get(polled.name)
        if following is None:
            return
        if following != polled:
            try:
                await self._plan([following], anew=True)
            except ArchiveError as error:  # its books must wait, and its polls must not end
                log.error("poll.not_planned", source=polled.name, reason=str(error))  # noqa: TRY400
            else:
                return
        self._schedule.arm(polled.name, again)

    async def _give_back(self, name: str) -> None:
        """The lease of a poll of ours that could not be settled."""
        if name in self._unsettled:
            await self._archive.write(lambda db: ledger.free_lease(db, name, self._owner))
            self._unsettled.discard(name)


def _enabled(sources: Iterable[Source]) -> dict[str, Source]:
    return {source.name: source for source in sources if source.enabled}


def _replanned(source: Source, state: SourceState) -> datetime | None:
    """When a source is due that is configured otherwise than at its last poll; None: now."""
    if state.next_poll is None or state.last_poll is None or state.failures:
        return None
    return next_poll(source, failures=0, started=state.last_poll, not_before=None)
