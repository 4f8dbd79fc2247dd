"""Deliver what is in the outbox: each channel by workers of its own, so none waits for another.

    wake or tick ─▶ one look at all channels ─▶ workers of each that has something due:
        claim under a lease ─▶ send ─▶ one transaction: the try, what becomes of the alert, what
                                       it tells of the receiver, and the claim of the next ─▶ …

A worker that dies, or a process, leaves a lease that runs out; the alert is then sent again under
the id that it always had. A channel has one worker, so its alerts go one at a time and in order,
unless it sets `concurrency`. What may go to a receiver, `alerts.outbox.receivers` knows: one that
is out of order is probed, one that answers `Retry-After` is left alone with everything.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, TypeVar

import structlog

from alerts import outbox
from alerts.channel import ChatChannel, MailChannel, Outcome, Result
from alerts.chat import ChatSender
from alerts.deliver import gate, owner
from alerts.deliver.log import Settled, tell
from alerts.mail import MailSender
from alerts.outbox import receivers, setback
from alerts.plain import one_line
from alerts.retry import Verdict, judge
from alerts.webhook import WebhookSender
from archive.article import from_ms
from archive.errors import ArchiveFull, ArchiveMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlite_utils import Database

    from alerts.channel import Channel, Sender
    from alerts.digest.plan import Plan
    from alerts.outbox import Claim
    from alerts.outbox.receivers import Receiver
    from alerts.rate import Rate
    from archive.store import Archive

TICK = timedelta(seconds=2)  # how often to look without being woken
LEASE = timedelta(seconds=60)  # of a try that takes longer it is renewed
GRACE = timedelta(seconds=5)  # for the tries in flight when the service stops
SETTLING = timedelta(minutes=1)  # after the clock was set back: who read it before writes yet

_T = TypeVar("_T")

log = structlog.get_logger()


def utc_now() -> datetime:
    return datetime.now(UTC)


def sender_for(channel: Channel) -> Sender:
    """What delivers to a channel. Raises ChannelUnusable where it never could."""
    if isinstance(channel, ChatChannel):
        return ChatSender(channel)
    return MailSender(channel) if isinstance(channel, MailChannel) else WebhookSender(channel)


async def probe(channel: Channel, now: datetime) -> Result:
    """Whether a channel would deliver: a signed test request, or a mail session without a mail.

    Raises ChannelUnusable.
    """
    sender = sender_for(channel)
    try:
        return await sender.test(now)
    finally:
        await sender.close()


@dataclass(slots=True, eq=False)
class _Lane:
    """One channel and what its workers share."""

    name: str
    rate: Rate | None
    plan: Plan
    senders: tuple[Sender, ...]  # one a worker; none knows anything that the books do not
    due: asyncio.Event = field(default_factory=asyncio.Event)


def _lane(channel: Channel, senders: Callable[[Channel], Sender]) -> _Lane:
    made = tuple(senders(channel) for _ in range(channel.concurrency))
    return _Lane(name=channel.name, rate=channel.rate, plan=channel.plan, senders=made)


class Deliverer:
    """Sends due alerts to the channels it is given; others' alerts wait in the outbox.

    Raises ChannelUnusable. `run` and `drain` may be called again after they return, and beside
    other processes that do the same.
    """

    def __init__(
        self,
        archive: Archive,
        channels: Iterable[Channel],
        *,
        clock: Callable[[], datetime] = utc_now,
        rng: Random | None = None,
        tick: timedelta = TICK,
        lease: timedelta = LEASE,
        grace: timedelta = GRACE,
        senders: Callable[[Channel], Sender] = sender_for,
        facts: gate.Ask | None = None,
    ) -> None:
        self._archive = archive
        self._lanes = [_lane(each, senders) for each in channels]
        self._clock = clock
        self._rng = rng or Random()  # noqa: S311  # jitter
        self._tick = tick
        self._lease = lease
        self._grace = grace
        self._facts = facts  # for the digests' closing line
        self._stopping = self._stays = False  # it runs until it is stopped
        self._wake = asyncio.Event()
        self._latest = self._unsettled = clock()  # the latest that was seen; times are put right
        self._owner = owner.new()

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Deliver until `stop` is set; `wake` says that something was queued.

        Then the tries in flight have a grace, and what is claimed and not sent is given back.
        """
        self._stopping, self._stays, self._wake = False, True, wake
        with _logged("start"):
            await self._archive.write(self._prepare)
        workers = [
            asyncio.create_task(self._serve(lane, sender), name=lane.name)
            for lane in self._lanes
            for sender in lane.senders
        ]
        try:
            while not stop.is_set():
                wake.clear()
                await _first_of(stop, wake, within=await self._look())
        finally:
            await self._finish(workers)

    async def drain(self) -> int:
        """Send once what is due now, all channels side by side; how many were delivered.

        A fault in one channel is raised when the others are done.
        """
        due_by = self._clock()
        self._stopping = self._stays = False
        try:
            workers = (
                self._empty(lane, sender, due_by) for lane in self._lanes for sender in lane.senders
            )
            delivered = await asyncio.gather(*workers, return_exceptions=True)
        finally:
            await self._give_back()
        faults = [each for each in delivered if isinstance(each, BaseException)]
        if faults:
            raise faults[0]
        return sum(each for each in delivered if isinstance(each, int))

    # ------------------------------------------------------------------ which channel has work

    async def _look(self) -> timedelta:
        """Wake the workers that have something due; how long until the next look."""
        now = self._clock()
        names = [lane.name for lane in self._lanes]
        due: dict[str, int] = {}
        known: dict[str, Receiver] = {}
        with _logged("clock"):
            await self._follow_clock(now)
        with _logged("look"):
            due, known = await self._archive.read(
                lambda db: (outbox.next_due(db, names, now), receivers.known(db))
            )
        pause = self._tick
        for lane in self._lanes:
            if lane.name not in due:
                continue
            receiver = known.get(lane.name, receivers.UNKNOWN)
            at = max(from_ms(due[lane.name]), receiver.free_at(lane.rate) or now)
            if at <= now:
                lane.due.set()
            else:
                pause = min(pause, at - now)
        return pause

    async def _follow_clock(self, now: datetime) -> None:
        """Where the clock was set back, what it wrote while it ran ahead must hold nothing."""
        if now < self._latest:
            log.warning("clock.set_back", by_s=round((self._latest - now).total_seconds()))
            self._unsettled = now + SETTLING
        self._latest = now
        if now < self._unsettled:
            await self._archive.write(lambda db: self._set_right(db, now))

    def _set_right(self, db: Database, now: datetime) -> None:
        plans = {lane.name: lane.plan for lane in self._lanes}
        setback.set_right(db, now, plans, lease=self._lease)

    async def _serve(self, lane: _Lane, sender: Sender) -> None:
        """A worker: empties its lane whenever it is told that something is due."""
        while not self._stopping:
            await lane.due.wait()
            lane.due.clear()
            with _logged("channel", channel=lane.name):
                await self._empty(lane, sender)

    # ------------------------------------------------------------------ one channel

    async def _empty(self, lane: _Lane, sender: Sender, due_by: datetime | None = None) -> int:
        """Send what is due, one after the other; how many were delivered."""
        claim = await self._archive.write(lambda db: self._claim(db, lane, due_by))
        delivered = 0
        while claim is not None:
            done, claim = await self._deliver(lane, sender, claim, due_by)
            delivered += done
        return delivered

    def _claim(self, db: Database, lane: _Lane, due_by: datetime | None) -> Claim | None:
        if self._stopping:
            return None
        now = self._clock()
        take = partial(
            receivers.take,
            db,
            lane.name,
            rate=lane.rate,
            places=len(lane.senders),
            owner=self._owner,
            now=now,
            lease=self._lease,
            due_by=due_by,
        )
        return gate.claim(db, lane.name, lane.plan, take, now=now, facts=self._facts)

    def _prepare(self, db: Database) -> None:
        outbox.release_dead(db, owner.is_dead)
        now = self._clock()
        self._set_right(db, now)
        for lane in self._lanes:
            gate.prepare(db, lane.name, lane.plan, now)

    async def _deliver(
        self, lane: _Lane, sender: Sender, claim: Claim, due_by: datetime | None
    ) -> tuple[bool, Claim | None]:
        """One try and its books; whether it was delivered, and what to send next."""
        began = self._clock()
        result = await self._send(sender, claim, began)
        now = self._clock()
        verdict = judge(result, claim.attempts, now, self._rng, doubts=claim.doubts)

        def settle(db: Database) -> tuple[Settled, Claim | None]:
            kept = outbox.settle(db, claim, result, verdict, at=began, now=now)
            disabled = result.gone and outbox.disable_channel(db, lane.name, result.reason, now)
            before, after = receivers.learn(db, claim, result, now, self._rng)
            settled = Settled(kept=kept, disabled=disabled, before=before, after=after)
            return settled, self._claim(db, lane, due_by)

        settled, following = await self._keep(settle)
        tell(claim, result, verdict, settled, took=now - began)
        if settled.before.is_open and not settled.after.is_open:
            lane.due.set()  # for the other workers, which left the probe to this one
        if lane.rate is not None and following is None:
            self._wake.set()  # the next look works out when the rate allows more
        return result.outcome is Outcome.DELIVERED, following

    async def _keep(self, books: Callable[[Database], _T]) -> _T:
        """Write the books of a try, and where there is no room, as soon as there is.

        Left there, what the receiver has taken would be sent again.
        """
        while True:
            try:
                return await self._archive.write(books)
            except ArchiveFull:
                if self._stopping or not self._stays:
                    raise
                await asyncio.sleep(self._tick.total_seconds())

    async def _send(self, sender: Sender, claim: Claim, began: datetime) -> Result:
        holding = asyncio.create_task(self._hold(claim))
        try:
            return await sender.send(claim.id, claim.payload, began, claim.settled)
        except asyncio.CancelledError:
            await self._give_up(claim, began)
            raise
        except Exception as error:  # a fault of ours is a failed try, with its reason, as any other
            log.exception("deliver.broken", channel=claim.channel, alert=claim.id)
            reason = f"fault in presswatch: {type(error).__name__}: {one_line(str(error), 200)}"
            return Result(outcome=Outcome.LATER, reason=reason)
        finally:
            holding.cancel()

    async def _hold(self, claim: Claim) -> None:
        """Keep the claim of a try that takes long, until this is cancelled."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 2)
            until = self._clock() + self._lease
            with _logged("lease", channel=claim.channel):
                await self._archive.write(partial(outbox.renew, claimed=claim, until=until))

    async def _give_up(self, claim: Claim, began: datetime) -> None:
        """The grace is over: whether the receiver has it is unknown, so it is due again, at once.

        That is nobody's failure and costs no try.
        """
        now = self._clock()
        result = Result(outcome=Outcome.LATER, reason="presswatch was stopped during the try")
        verdict = Verdict(state="due", attempts=claim.attempts, due=now, reason=result.reason)
        with _logged("give up", channel=claim.channel):
            await self._archive.write(
                lambda db: outbox.settle(db, claim, result, verdict, at=began, now=now)
            )

    # ------------------------------------------------------------------ the end

    async def _finish(self, workers: list[asyncio.Task[None]]) -> None:
        self._stopping = True
        for lane in self._lanes:
            lane.due.set()  # wakes every worker: an event stays set until one clears it
        try:
            if workers:
                await asyncio.wait(workers, timeout=self._grace.total_seconds())
        finally:  # whoever cancels us cuts the grace short, and nothing else
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await self._give_back()

    async def _give_back(self) -> None:
        """Claims (a worker may be cancelled in the moment of its commit) and connections."""
        with _logged("release"):
            await self._archive.write(partial(outbox.release, owner=self._owner))
        for lane in self._lanes:
            for sender in lane.senders:
                await sender.close()


@contextmanager
def _logged(what: str, **context: str) -> Iterator[None]:
    """The top of a loop: a fault is told and the loop goes on; the next tick tries again."""
    try:
        yield
    except (ArchiveFull, ArchiveMissing) as error:
        log.error("deliver.failed", during=what, reason=str(error), **context)  # noqa: TRY400
    except Exception:
        log.exception("deliver.failed", during=what, **context)


async def _first_of(*events: asyncio.Event, within: timedelta) -> None:
    """Wait until one of the events is set, or the time is over."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(
            waiting, timeout=within.total_seconds(), return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        for task in waiting:
            task.cancel()
