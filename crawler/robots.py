"""robots.txt by RFC 9309: what it says counts, and where it cannot be read we stay away for now.

4xx means that there is none; a server error, a time-out or no connection means that nobody knows.
What was read counts for a day, and for longer only while it cannot be read anew.
"""

from __future__ import annotations

import asyncio
import copy
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from protego import Protego
from scrapy import Request

from archive.urls import tidy
from crawler.clock import loop_time
from crawler.errors import (
    BadStatus,
    Disallowed,
    FetchError,
    Forbidden,
    RobotsUnknown,
    ToldToWait,
    Unreachable,
)
from crawler.origins import origin_of
from crawler.settings import OPTIONS, PRODUCT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.settings import FetchOptions

_DAY = 24 * 3600.0
_BRIEFLY = 300.0
_SECONDS = 10.0
_BYTES = 500 * 1024  # RFC 9309, 2.5: what a crawler must be able to read
_LONGEST_DELAY = 60.0
_MOST_SITEMAPS = 100
_OK = range(200, 300)
_SERVER_ERROR = 500
#: Characters of rules in memory, for all origins together; parsed they take some ten times that.
_MOST_TEXT = 8 * 1024 * 1024
_ENTRY_TEXT = 100  # what an origin without rules counts for

_AGENT = re.compile(r"user[ -]?agent\s*[:\s]\s*(\*(?!\S)|[\w-]*)", re.IGNORECASE)
_SITEMAP = re.compile(r"site-?maps?\s*:\s*(\S+)", re.IGNORECASE)


class Rules:
    """What one robots.txt says to us.

    The groups are told apart here, since Protego takes one for "press" as ours, and keeps those of
    all other crawlers in memory.
    """

    __slots__ = ("_parsed", "delay", "sitemaps", "size")

    def __init__(self, body: bytes) -> None:
        lines, sitemaps = _for_us(body[:_BYTES].decode("utf-8-sig", "replace"))
        text = "\n".join(lines)
        self._parsed = Protego.parse(f"User-agent: *\n{text}") if lines else None
        self.sitemaps = tuple(sitemaps[:_MOST_SITEMAPS])
        self.size = len(text) + sum(map(len, self.sitemaps)) + _ENTRY_TEXT
        delay = (self._parsed.crawl_delay("*") if self._parsed else None) or 0.0
        self.delay = min(max(delay, 0.0), _LONGEST_DELAY)

    def allow(self, url: str) -> bool:
        return self._parsed is None or self._parsed.can_fetch(url, "*")


def _for_us(text: str) -> tuple[list[str], list[str]]:
    """The rules of the groups that name us, else of those for everybody; and the sitemaps."""
    ours: dict[str, list[str]] = {}
    sitemaps: list[str] = []
    group: set[str] = set()
    complete = True  # no further agent belongs to the group
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip()
        if sitemap := _SITEMAP.match(line):
            sitemaps.append(sitemap[1])
        elif agent := _AGENT.match(line):
            name = agent[1].lower()
            group = {name} if complete else group | {name}
            ours.setdefault(name, [])
            complete = False
        elif line:
            complete = True
            for name in group & {PRODUCT, "*"}:
                ours[name].append(line)
    return ours.get(PRODUCT, ours.get("*", [])), sitemaps


#: Of a site that has none; shared, since most are like this.
_NONE = Rules(b"")


@dataclass(slots=True)
class _Entry:
    """What is known about one origin until `expires`; `error` if that is nothing."""

    expires: float
    rules: Rules | None
    error: FetchError | None = None

    @property
    def size(self) -> int:
        return self.rules.size if self.rules else _ENTRY_TEXT


class Robots:
    """The rules of every origin, fetched with `fetch` when they are needed and kept for a day."""

    def __init__(
        self,
        fetch: Callable[[Request], Awaitable[Response]],
        *,
        clock: Callable[[], float] = loop_time,
        most_text: int = _MOST_TEXT,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._room = most_text
        self._known: OrderedDict[str, _Entry] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Entry]] = {}

    async def rules(self, origin: str) -> Rules:
        """The rules of an origin (as `archive.urls.origin` writes it).

        Raises RobotsUnknown, or Forbidden, Unreachable or ToldToWait where those hold for the whole
        origin: of an address with a mistake in it, robots.txt is the least.
        """
        entry = self._known.get(origin)
        if entry is None or entry.expires <= self._clock():
            entry = await self._ask(origin)
        else:
            self._known.move_to_end(origin)
        if entry.rules is not None:
            return entry.rules
        assert entry.error is not None
        raise copy.copy(entry.error)  # each gets its own traceback

    async def sitemaps(self, origin: str) -> tuple[str, ...]:
        """The sitemaps that the origin names. Raises as `rules` does."""
        return (await self.rules(origin)).sitemaps

    def forget_failures(self) -> None:
        """Ask again where there was no answer: what kept us from it may have changed."""
        for origin in [origin for origin, entry in self._known.items() if entry.rules is None]:
            self._room += self._known.pop(origin).size

    def __len__(self) -> int:
        return len(self._known)

    async def _ask(self, origin: str) -> _Entry:
        task = self._asking.get(origin)
        if task is None:
            task = self._asking[origin] = asyncio.create_task(self._read(origin))
            task.add_done_callback(lambda _: self._asking.pop(origin))
        # One waiter that gives up must not take the answer from the others.
        return await asyncio.shield(task)

    async def _read(self, origin: str) -> _Entry:
        url = tidy(f"{origin}/robots.txt")
        try:
            rules = _said(url, await self._fetch(_request(url)))
            entry = _Entry(self._clock() + _DAY, rules)
        except BadStatus:  # redirects without an end: as good as none, RFC 9309, 2.3.1.2
            entry = _Entry(self._clock() + _DAY, _NONE)
        except FetchError as error:
            entry = self._unread(origin, url, error)
        self._keep(origin, entry)
        return entry

    def _unread(self, origin: str, url: str, error: FetchError) -> _Entry:
        before = self._known.get(origin)
        if before is not None and before.rules is not None:
            return _Entry(self._clock() + _BRIEFLY, before.rules)  # RFC 9309, 2.4
        kept = copy.copy(error)  # without its traceback, which would keep the whole request
        if isinstance(error, ToldToWait):
            return _Entry(self._clock(), None, kept)  # the pace remembers until when
        if isinstance(error, (Forbidden, Unreachable)) and error.which == url:
            return _Entry(self._clock() + _BRIEFLY, None, kept)  # the whole origin is
        unknown = RobotsUnknown(url, cause=error.cause or str(error))
        return _Entry(self._clock() + _BRIEFLY, None, unknown)

    def _keep(self, origin: str, entry: _Entry) -> None:
        before = self._known.pop(origin, None)
        self._known[origin] = entry
        self._room += (before.size if before else 0) - entry.size
        while self._room < 0:
            self._room += self._known.popitem(last=False)[1].size


def _request(url: str) -> Request:
    meta = {"robots": False, "cut": True}
    limits = {"download_timeout": _SECONDS, "download_maxsize": _BYTES}
    return Request(url, meta=meta | limits, dont_filter=True)


def _said(url: str, response: Response) -> Rules:
    """What the answer means. Raises RobotsUnknown for a server error."""
    if response.status >= _SERVER_ERROR:
        raise RobotsUnknown(url, cause=f"HTTP {response.status}")
    return Rules(response.body) if response.status in _OK and response.body else _NONE


class RobotsMiddleware:
    """Asks robots.txt before each request and each hop of a redirect, unless it is not obeyed."""

    def __init__(self, robots: Robots) -> None:
        self.robots = robots
        self._obeyed = True

    def change(self, options: FetchOptions) -> None:
        """Obey it or not from now on; what could not be read is asked for another way perhaps."""
        self._obeyed = options.robots
        self.robots.forget_failures()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        async def fetch(request: Request) -> Response:
            downloader: Any = crawler.engine.downloader  # crawler.fetch.pace.PacedDownloader
            response: Response = await downloader.get(request)
            return response

        made = cls(Robots(fetch))
        crawler.settings[OPTIONS].follow(made.change)
        return made

    async def process_request(self, request: Request) -> None:
        """Raises Disallowed, RobotsUnknown and what `Robots.rules` raises else."""
        if not self._obeyed or request.meta.get("robots") is False:
            return
        rules = await self.robots.rules(origin_of(request.url))
        if not rules.allow(request.url):
            raise Disallowed(request.url)
        request.meta["crawl_delay"] = rules.delay
