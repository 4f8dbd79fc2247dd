"""Looks at sites that may become sources: each goes on behind the page, which asks what came.

    begin ─▶ hands.explore, in a task ─▶ of: what was found so far ─▶ the candidates, to be chosen

A page never waits long, and a site never hears of more than a few looks at once. What may be
written into the config is what a look found: an address that nobody looked at cannot be sent in.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from crawler.errors import BadStatus, CrawlError, Disallowed, Forbidden, TimedOut, Unreachable
from presswatch.adding.explored import OFFERED, Explored
from presswatch.process.logs import hide
from presswatch.web.errors import NotFound, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from spiders.discover import Candidate

LIMIT: Final = timedelta(minutes=1)  # for one look; what was found by then counts
WAIT: Final = 2.0  # seconds that a page waits for a look
AT_ONCE: Final = 2
MOST: Final = 16  # looks that are remembered
KEPT: Final = 3600.0  # seconds after which a look is forgotten

#: Articles that are shown of a candidate, and of their titles so many characters.
NEWEST: Final = 5
LONGEST: Final = 300


#: What to do where the page itself cannot be had; the first that fits.
_ADVICE: Final[tuple[tuple[type[CrawlError], str], ...]] = (
    (Forbidden, "Only public addresses are looked at, and those that the config opens."),
    (Disallowed, "The site asks programs to stay away; another part of it may not."),
    (BadStatus, "Open the address in a browser: has it moved, or does it ask for a login?"),
    (Unreachable, "Is it spelt as in your browser? Else try again later."),
    (TimedOut, "The site is slow; try again later."),
)


class Explores(Protocol):
    """Who looks: the service, by what it polls with, so that no site hears of it twice as often."""

    async def explore(
        self, url: str, *, timezone: str, limit: timedelta, found: Explored
    ) -> Explored:
        """What a site can be polled by, as far as the service may fetch it; `found` is filled.

        Raises CrawlError when the page itself cannot be had.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An article that a candidate lists."""

    title: str
    url: str
    when: datetime | None
    precise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A way to poll the site, and the newest that it would bring."""

    kind: str  # feed | sitemap | listing
    url: str
    listed: int
    recent: int  # articles of this site, of the last weeks
    newest: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A look at a site as it stands: plain values, for whoever renders them."""

    id: str
    url: str
    done: bool
    asked: tuple[str, ...]  # places that were tried
    offers: tuple[Offer, ...]  # when it is done, best first
    misses: tuple[str, ...]
    error: str = ""  # why the page itself could not be had
    advice: str = ""  # what to do then


@dataclass(slots=True, kw_only=True)
class _Run:
    url: str
    begun: float
    found: Explored
    task: asyncio.Task[None] = field(init=False)
    offers: tuple[Offer, ...] = ()
    error: CrawlError | None = None


class Looks:
    """Those under way and the last ones; for one loop. `close` ends them."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._runs: dict[str, _Run] = {}

    def begin(self, hands: Explores, url: str, timezone: str) -> str:
        """Look at a URL; the look's id. One that is under way there already is taken.

        Raises Refused where too many are.
        """
        self._tidy()
        under_way = {id_: run for id_, run in self._runs.items() if not run.task.done()}
        for id_, run in under_way.items():
            if run.url == url:
                return id_
        if len(under_way) >= AT_ONCE:
            raise Refused(cause="other sites are being looked at; try again in a minute")
        id_ = secrets.token_urlsafe(9)
        run = self._runs[id_] = _Run(url=url, begun=self._clock(), found=Explored())
        run.task = asyncio.create_task(_look(run, hands, timezone), name="look at a site")
        return id_

    async def of(self, id_: str, wait: float = WAIT) -> Look:
        """What was found so far. Raises NotFound for a look that nobody remembers."""
        run = self._runs.get(id_)
        if run is None:
            raise NotFound("a look at a site", hint="look at the address again")
        await asyncio.wait([run.task], timeout=wait)
        if run.task.done():
            run.task.result()  # a fault of ours is no answer of the site's
        return _as_of_now(id_, run)

    async def close(self) -> None:
        """End all of them."""
        tasks = [run.task for run in self._runs.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tidy(self) -> None:
        old = self._clock() - KEPT
        done = [id_ for id_, run in self._runs.items() if run.task.done()]
        for place, id_ in enumerate(done):
            if self._runs[id_].begun < old or len(done) - place >= MOST:
                del self._runs[id_]


async def _look(run: _Run, hands: Explores, timezone: str) -> None:
    found = run.found
    try:
        await hands.explore(run.url, timezone=timezone, limit=LIMIT, found=found)
    except CrawlError as error:
        run.error = error
    # Of the hundreds of links that a candidate was judged by few are shown.
    run.offers = tuple(_offer(one) for one in found.candidates[:OFFERED])
    found.candidates = []


def _offer(candidate: Candidate) -> Offer:
    lines = (
        Line(title=_clipped(one.title), url=one.url, when=one.when, precise=one.precise)
        for one in candidate.newest(NEWEST)
    )
    return Offer(
        kind=candidate.kind,
        url=candidate.url,
        listed=candidate.listed,
        recent=candidate.recent,
        newest=tuple(lines),
    )


def _clipped(title: str) -> str:
    return title if len(title) <= LONGEST else f"{title[:LONGEST]}…"


def _as_of_now(id_: str, run: _Run) -> Look:
    found, error = run.found, run.error
    return Look(
        id=id_,
        url=run.url,
        done=run.task.done(),
        asked=tuple(found.asked),
        offers=run.offers or tuple(_offer(one) for one in found.candidates[:OFFERED]),
        misses=tuple(hide(one) for one in found.misses),
        error=hide(str(error or "")),
        advice=next((said for kind, said in _ADVICE if isinstance(error, kind)), ""),
    )
