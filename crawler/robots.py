"""robots.txt by RFC 9309: what it says counts, and where it cannot be read we stay away for now.

4xx means that there is none; a server error, a time-out or no connection means that nobody knows.
What was read counts for a day, and for longer only while it cannot be read anew.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protego import Protego
from scrapy import Request

from archive.urls import origin
from crawler.errors import (
    BadStatus,
    Disallowed,
    FetchError,
    Forbidden,
    RobotsUnknown,
    ToldToWait,
    Unreachable,
)
from crawler.settings import PRODUCT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.crawler import Crawler
    from scrapy.http import Response

_DAY = 24 * 3600.0
_BRIEFLY = 300.0
_SECONDS = 10.0
_BYTES = 500 * 1024  # RFC 9309, 2.5: what a crawler must be able to read
_MOST_ORIGINS = 20_000
_LONGEST_DELAY = 60.0
#: A group that names us, perhaps with a version: Protego wants the bare token.
_NAMED = re.compile(rf"^[ \t]*user[ -]?agent[ \t]*:[ \t]*{PRODUCT}(?![\w-]).*$", re.I | re.M)
#: Protego takes a group called "press" for ours; no group is called this.
_NOBODY = "\x00"


class Rules:
    """What one robots.txt says to us."""

    def __init__(self, body: bytes) -> None:
        text = "\n".join(body[:_BYTES].decode("utf-8-sig", "replace").splitlines())
        text, named = _NAMED.subn(f"User-agent: {PRODUCT}", text)
        self._parsed = Protego.parse(text)
        self._name = PRODUCT if named else _NOBODY
        self.sitemaps = tuple(self._parsed.sitemaps)
        self.delay = min(max(self._parsed.crawl_delay(self._name) or 0.0, 0.0), _LONGEST_DELAY)

    def allow(self, url: str) -> bool:
        return self._parsed.can_fetch(url, self._name)


#: What a site says that has no robots.txt; shared, since most are like this.
_NONE = Rules(b"")


@dataclass(slots=True)
class _Entry:
    """What is known about one origin until `expires`; `error` if it is that nothing is."""

    expires: float
    rules: Rules | None
    error: FetchError | None = None


class Robots:
    """The rules of every origin, fetched with `fetch` when they are needed and kept for a day."""

    def __init__(
        self,
        fetch: Callable[[Request], Awaitable[Response]],
        *,
        clock: Callable[[], float] = time.monotonic,
        most: int = _MOST_ORIGINS,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._most = most
        self._known: OrderedDict[str, _Entry] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Entry]] = {}

    async def rules(self, key: str) -> Rules:
        """The rules of the origin `key` (as `archive.urls.origin` writes it).

        Raises RobotsUnknown, or Forbidden or ToldToWait where those hold for the whole origin.
        """
        entry = self._known.get(key)
        if entry is None or entry.expires <= self._clock():
            entry = await self._ask(key)
        else:
            self._known.move_to_end(key)
        if entry.rules is None:
            assert entry.error is not None
            raise entry.error
        return entry.rules

    async def sitemaps(self, key: str) -> tuple[str, ...]:
        """The sitemaps that the origin names. Raises as `rules` does."""
        return (await self.rules(key)).sitemaps

    def close(self) -> None:
        """Give up what is being asked."""
        for task in self._asking.values():
            task.cancel()

    def __len__(self) -> int:
        return len(self._known)

    async def _ask(self, key: str) -> _Entry:
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._read(key))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        # One waiter that gives up must not take the answer from the others.
        return await asyncio.shield(task)

    async def _read(self, key: str) -> _Entry:
        url = f"{key}/robots.txt"
        meta = {"robots": False, "download_timeout": _SECONDS, "download_maxsize": _BYTES}
        before = self._known.get(key)
        try:
            response = await self._fetch(Request(url, meta={**meta, "cut": True}))
            entry = _Entry(self._clock() + _DAY, _said(url, response))
        except FetchError as error:
            rules = before.rules if before else None
            entry = _Entry(self._clock() + _BRIEFLY, rules, _meant(key, url, error))
        self._known[key] = entry
        self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return entry


def _said(url: str, response: Response) -> Rules:
    """What the answer means. Raises RobotsUnknown for a server error."""
    if response.status >= 500:
        raise RobotsUnknown(url, cause=f"HTTP {response.status}")
    if not 200 <= response.status < 300 or not response.body.strip():
        return _NONE
    return Rules(response.body)


def _meant(key: str, url: str, error: FetchError) -> FetchError:
    """The error for the pages of the origin when its robots.txt raised this one."""
    if isinstance(error, (RobotsUnknown, ToldToWait)):
        return error
    if isinstance(error, Forbidden) and error.which == url:
        return error
    return RobotsUnknown(url, cause=str(error))


class RobotsMiddleware:
    """Asks robots.txt before each request and each hop of a redirect."""

    def __init__(self, robots: Robots) -> None:
        self.robots = robots

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        # The engine is made after its middlewares.
        return cls(Robots(lambda request: crawler.engine.download_async(request)))

    async def process_request(self, request: Request) -> None:
        """Raises Disallowed, RobotsUnknown and what `Robots.rules` raises else."""
        if request.meta.get("robots") is False:
            return
        rules = await self.robots.rules(origin(request.url))
        if not rules.allow(request.url):
            raise Disallowed(request.url, cause="robots.txt")
        request.meta["crawl_delay"] = rules.delay
