"""When a request may leave: one at a time to an origin, with a delay, and never while it is closed.

Scrapy's own slots are close to this, but they send the request of a waiter that has been cancelled.
Here a request is one task from its turn to its last byte: cancelling it frees the origin at once.

Who hangs keeps nobody waiting: what is awaited costs a connection and little more, so there is room
for many (`AWAITED` times the transfers; large bodies are counted apart, by the handler). And an
origin that was late the last time has a lane of its own, with as many places as transfers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.core.downloader import Downloader
from scrapy.utils.defer import deferred_from_coro

from crawler.clock import loop_time
from crawler.errors import FetchError, ToldToWait
from crawler.origins import origin_of
from crawler.settings import OPTIONS, FetchOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.defer import Deferred

_TOO_MANY = 429
_UNAVAILABLE = 503
#: No server closes itself for longer than this, whatever it says.
LONGEST_WAIT = timedelta(hours=24)
#: "Too many requests" without a time still means something.
_UNTOLD_WAIT = timedelta(minutes=1)
_SWEEP_AT = 1024
#: Connections for each transfer that may be received at the same time, and of them at most.
AWAITED = 8
MOST_AWAITED = 512  # half of the files that a process may have open on most systems
STOPPING = "presswatch is stopping"
#: An origin is late that takes so many seconds for an answer, and stays so until it is quicker.
LATE = 5.0
_LATE_FOR = 6 * 3600.0  # what is asked more seldom is forgotten: failing sources are not


@dataclass(slots=True)
class _Place:
    """One origin: who holds it, when it was last asked, until when it is closed."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    last: float = float("-inf")
    delay: float = 0.0
    closed: datetime | None = None
    late: bool = False


class Pace:
    """Gives every origin its turns.

    `transfers` caps what is under way on all of them together, but for those that were late the
    last time: of these there are at most `late`.
    """

    def __init__(
        self,
        transfers: int,
        late: int = 32,
        *,
        clock: Callable[[], float] = loop_time,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.limit(transfers, late)
        self._clock = clock
        self._now = now
        self._places: dict[str, _Place] = {}
        self._sweep_at = _SWEEP_AT

    def limit(self, transfers: int, late: int) -> None:
        """Let so many be under way; those that are keep the places that they have."""
        self._transfers = asyncio.Semaphore(transfers)
        self._late = asyncio.Semaphore(late)

    async def turn(
        self, key: str, delay: float, transfer: Callable[[], Awaitable[Response]]
    ) -> Response:
        """Run `transfer` when the origin `key` is free and has been left alone for `delay` seconds.

        Raises ToldToWait, without a transfer, while the origin is closed; and when its answer
        closes it.
        """
        place = self._place(key)
        place.users += 1
        try:
            self._check(key, place)
            async with place.lock:
                self._check(key, place)  # it may have closed while we queued
                left = place.last + delay - self._clock()
                if left > 0:
                    await asyncio.sleep(left)
                return await self._transfer(place, delay, transfer)
        finally:
            place.users -= 1

    async def _transfer(
        self, place: _Place, delay: float, transfer: Callable[[], Awaitable[Response]]
    ) -> Response:
        async with self._late if place.late else self._transfers:
            begun = self._clock()
            try:
                response = await transfer()
            finally:
                # From the end: what the network adds to one request must not shorten the pause.
                place.last, place.delay = self._clock(), delay
                place.late = place.last - begun >= LATE
        if response.status in (_TOO_MANY, _UNAVAILABLE):
            until = retry_after(response, self._now())
            if until is not None:
                place.closed = until
                raise _told_to_wait(response.url, until)
        return response

    def __len__(self) -> int:
        return len(self._places)

    def _check(self, key: str, place: _Place) -> None:
        if place.closed is None:
            return
        if place.closed > self._now():
            raise _told_to_wait(key, place.closed)
        place.closed = None

    def _place(self, key: str) -> _Place:
        place = self._places.get(key)
        if place is None:
            if len(self._places) >= self._sweep_at:
                self._sweep()
            place = self._places[key] = _Place()
        return place

    def _sweep(self) -> None:
        """Forget origins about which there is nothing to remember."""
        clock, now = self._clock(), self._now()
        self._places = {
            key: place
            for key, place in self._places.items()
            if place.users
            or place.last + (_LATE_FOR if place.late else place.delay) > clock
            or (place.closed is not None and place.closed > now)
        }
        self._sweep_at = max(_SWEEP_AT, 2 * len(self._places))


class PacedDownloader(Downloader):
    """Scrapy's downloader with turns in the place of its slots.

    Who drives requests by hand asks it by `get`; `fetch` is for Scrapy's engine.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.pace = Pace(0, 0)
        self._delay = 0.0
        self._transfers = 0
        self._limits: set[asyncio.Timeout] = set()  # of what is under way
        self._idle = asyncio.Event()
        self._idle.set()
        #: Called after each request with "2xx" … "5xx" or "failed", and its seconds on the wire.
        self.on_fetched: Callable[[str, float], None] = lambda _outcome, _seconds: None
        crawler.settings[OPTIONS].follow(self.change)

    def fetch(self, request: Request, spider: Spider | None = None) -> Deferred[Any]:  # noqa: ARG002
        return deferred_from_coro(self._fetch(request))

    async def get(self, request: Request) -> Response:
        """The response to a request, after its redirects, without Scrapy's engine between.

        That is made for requests that are queued: its Deferreds, its signals and its look into the
        queue after every request cost as much as the transfer. Raises `FetchError`.
        """
        limit = asyncio.timeout(None)
        self._limits.add(limit)
        self._idle.clear()
        try:
            async with limit:
                return await self._answer(request)
        except TimeoutError:
            if not limit.expired():
                raise
            raise FetchError(request.url, cause=STOPPING) from None
        finally:
            self._limits.discard(limit)
            if not self._limits:
                self._idle.set()

    async def _answer(self, request: Request) -> Response:
        came = await self._fetch(request)
        while isinstance(came, Request):
            request, came = came, await self._fetch(came)
        came.request = came.request or request
        return came

    def change(self, options: FetchOptions) -> None:
        """Keep the delay, where a request does not say otherwise, and the limits of these."""
        self._delay = options.delay.total_seconds()
        if options.transfers != self._transfers:
            self._transfers = options.transfers
            most = max(options.transfers, min(AWAITED * options.transfers, MOST_AWAITED))
            self.pace.limit(most, options.transfers)

    async def drain(self, seconds: float) -> None:
        """Let what was asked by `get` end within so many seconds, then end it."""
        if await self._is_idle_within(seconds):
            return
        for limit in self._limits:
            limit.reschedule(0)
        await self._is_idle_within(seconds)

    async def _is_idle_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._idle.wait()
        except TimeoutError:
            return False

    async def _fetch(self, request: Request) -> Response | Request:
        self.active.add(request)
        try:
            return await self.middleware.download_async(self._in_turn, request)
        finally:
            self.active.discard(request)

    async def _in_turn(self, request: Request) -> Response:
        meta = request.meta
        origin = meta[self.DOWNLOAD_SLOT] = origin_of(request.url)
        delay = meta.get("delay")
        delay = max(self._delay if delay is None else delay, meta.get("crawl_delay", 0.0))
        return await self.pace.turn(origin, delay, lambda: self._on_the_wire(request))

    async def _on_the_wire(self, request: Request) -> Response:
        outcome, began = "failed", loop_time()
        try:
            response = await self.handlers.download_request_async(request)
            outcome = f"{response.status // 100}xx"
        finally:
            self.on_fetched(outcome, loop_time() - began)
        return response


def retry_after(response: Response, now: datetime) -> datetime | None:
    """Until when a 429 or 503 wants to be left alone; None if it does not say.

    Seconds or an HTTP date, never more than LONGEST_WAIT ahead.
    """
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    until = _seconds(value, now) or _date(value)
    if until is None and response.status == _TOO_MANY:
        until = now + _UNTOLD_WAIT
    if until is None or until <= now:
        return None
    return min(until, now + LONGEST_WAIT)


def _told_to_wait(which: str, until: datetime) -> ToldToWait:
    return ToldToWait(which, until=until, cause=f"not before {until:%Y-%m-%d %H:%M:%S} UTC")


def _seconds(value: str, now: datetime) -> datetime | None:
    if not (value.isascii() and value.isdigit()):
        return None
    return now + min(timedelta(seconds=int(value[:9])), LONGEST_WAIT)


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
