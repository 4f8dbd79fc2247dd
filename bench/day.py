"""A day of fifty sources by a moved clock, with made faults: memory, archive and ledger at its end.

    plan (seeded): what each source publishes when, who is down when
      ─▶ minute by minute: polls that are due, matching, deliveries that are due, the self-check
      ─▶ each hour: memory, size of the archive, alerts that wait

Engine, archive, matcher, deliverer and self-check are the service's own, over real sockets; the
schedule is the ledger's `next_poll`. ``DAY_PLOTS=docs`` draws the plots anew.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from alerts.channel import WebhookChannel
from alerts.deliver import Deliverer
from alerts.match import build, match_pending
from alerts.rule import Rule
from alerts.verify import problems
from archive.query import parse
from archive.store import Archive, open_for_reading
from bench.dayplots import draw
from bench.figure import Figure
from crawler import ledger
from crawler.engine import Engine
from crawler.settings import FetchOptions
from crawler.source import Source
from crawler.transport import Transport
from crawler.workers import Workers
from presswatch.schedule import next_poll
from presswatch.selfcheck import SelfCheck
from spiders.kinds import KINDS
from tests.support.news import article, feed
from tests.support.receiver import SECRET, Receiver
from tests.support.site import Answer, Site, drop, garbled

if TYPE_CHECKING:
    from alerts.match import Matcher
    from tests.support.site import Behaviour

SOURCES, SITES, SEED = 50, 5, 20261122
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
_DOWN = Answer(b"busy", 503, "text/plain")

#: Hours in which the receiver is down; in which a tenth of the sources misbehaves.
_RECEIVER_DOWN, _FAULTY = range(9, 11), range(13, 17)


@dataclass(frozen=True, slots=True)
class Piece:
    """An article and the minute of the day at which its source lists it."""

    number: int
    source: int
    minute: int


@dataclass(slots=True)
class Hour:
    """What was measured at the end of an hour."""

    memory: float  # MB, of this process
    archive: float  # MB, with its journal
    filed: int
    waiting: int  # alerts that are not delivered
    failed: int  # polls of this hour that failed
    polls: int


@dataclass(slots=True)
class Day:
    """What is under way."""

    begun: datetime
    now: datetime
    pieces: list[Piece]
    hours: list[Hour] = field(default_factory=list)
    due: dict[str, datetime] = field(default_factory=dict)
    polls: int = 0
    failed: int = 0
    ids: list[str] = field(default_factory=list)  # of what the receiver took, in order

    @property
    def minute(self) -> int:
        return int((self.now - self.begun) / MINUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crew:
    """The parts of the service, each with the moved clock."""

    engine: Engine
    archive: Archive
    deliverer: Deliverer
    check: SelfCheck
    matcher: Matcher
    sources: list[Source]


def run() -> list[Figure]:
    """The figures of one day."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        sites = [stack.enter_context(Site()) for _ in range(SITES)]
        receiver = stack.enter_context(Receiver())
        path = Path(folder) / "a.db"
        begun = datetime.now(UTC)
        day = Day(begun=begun, now=begun, pieces=_pieces(Random(SEED)))
        asyncio.run(_live(day, path, sites, receiver))
        if plots := os.environ.get("DAY_PLOTS"):
            draw(Path(plots), day)
        return _figures(day, path)


def _pieces(rng: Random) -> list[Piece]:
    """Some publish four times a day and some twenty times, more by day than by night."""
    found: list[Piece] = []
    for source in range(SOURCES):
        for _ in range(rng.choice((4, 8, 12, 20))):
            minute = int(rng.triangular(10, 23 * 60, 14 * 60))
            found.append(Piece(len(found), source, minute))
    return found


def _sources(sites: list[Site]) -> list[Source]:
    rng = Random(SEED)
    return [
        Source(
            name=f"s{number}",
            url=sites[number % SITES].url(f"/{number}/feed.xml"),
            kind="feed",
            every=timedelta(minutes=rng.choice((10, 15, 30))),
            backlog=timedelta(days=3000),
            revisit=(),
        )
        for number in range(SOURCES)
    ]


async def _live(day: Day, path: Path, sites: list[Site], receiver: Receiver) -> None:
    archive = Archive.open(path)
    options = FetchOptions(
        delay=timedelta(0), allow_networks=("127.0.0.0/8",), timeout=timedelta(seconds=5)
    )
    workers, transport = Workers(2, timedelta(seconds=30), 1024), Transport(options)
    await transport.start()
    engine = Engine(
        transport, workers, archive, KINDS, options, plan=next_poll, clock=lambda: day.now
    )
    channel = WebhookChannel(name="hook", url=receiver.hook, secrets=(SECRET,))
    deliverer = Deliverer(archive, [channel], clock=lambda: day.now, rng=Random(SEED))
    sources = _sources(sites)
    names = {source.name for source in sources}
    rule = Rule(name="cases", query=parse("case"), channels=("hook",), on="article")
    crew = _Crew(
        engine=engine,
        archive=archive,
        deliverer=deliverer,
        check=SelfCheck(archive, names, operator="hook", zone=ZoneInfo("UTC")),
        matcher=build([rule]),
        sources=sources,
    )
    try:
        for minute in range(int(DAY / MINUTE)):
            day.now = day.begun + minute * MINUTE
            _serve(day, sites, receiver)
            await _minute(day, crew)
            if minute % 60 == 59:
                day.hours.append(await _measure(day, archive, receiver, sites))
    finally:
        await transport.stop()
        await asyncio.to_thread(workers.close)
        archive.close()


def _serve(day: Day, sites: list[Site], receiver: Receiver) -> None:
    """What the sites list at this minute, and who is down."""
    hour = day.minute // 60
    fresh = [piece for piece in day.pieces if piece.minute == day.minute]
    for piece in fresh:
        sites[piece.source % SITES].page(f"/n/{piece.number}.html", article(piece.number))
    changed = {piece.source for piece in fresh}
    if day.minute % 60 == 0:
        changed = set(range(SOURCES))
    for source in changed:
        _list(day, sites[source % SITES], source, faulty=hour in _FAULTY and source % 10 == 3)
    if day.minute % 60 == 0:
        receiver.answers.clear()
    if hour in _RECEIVER_DOWN:
        receiver.answers.extend([_DOWN] * (200 - len(receiver.answers)))


def _list(day: Day, site: Site, source: int, *, faulty: bool) -> None:
    path = f"/{source}/feed.xml"
    if faulty:
        faults: list[Behaviour] = [drop, garbled]
        site.behave(path, faults[source % 2])
        return
    listed = [p.number for p in day.pieces if p.source == source and p.minute <= day.minute][-30:]
    body = feed(site.url(""), listed)
    site.page(path, body, content_type="application/rss+xml", etag=True)


async def _minute(day: Day, crew: _Crew) -> None:
    due = [source for source in crew.sources if day.due.get(source.name, day.now) <= day.now]
    polls = (crew.engine.poll(source, owner="day") for source in due)
    for report in await asyncio.gather(*polls):
        assert report.next_poll is not None
        day.due[report.source] = report.next_poll
        day.polls += 1
        day.failed += report.outcome == "failed"
    while await match_pending(crew.archive, crew.matcher, day.now):
        pass
    await crew.check.turn(day.now)
    await crew.deliverer.drain()


async def _measure(day: Day, archive: Archive, receiver: Receiver, sites: list[Site]) -> Hour:
    """And let go of what the sites and the receiver remember, which is not the service's."""
    day.ids += [one.id for one in receiver.accepted()]
    receiver.received.clear()
    for site in (*sites, receiver):
        site.requests.clear()
    counted = "SELECT (SELECT count(*) FROM article), (SELECT count(*) FROM alert WHERE state <> ?)"
    filed, waiting = await archive.read(lambda db: db.execute(counted, ["delivered"]).fetchone())
    done = sum(hour.polls for hour in day.hours)
    failed = sum(hour.failed for hour in day.hours)
    files = (archive.path.with_name(archive.path.name + suffix) for suffix in ("", "-wal"))
    return Hour(
        memory=_resident(),
        archive=sum(file.stat().st_size for file in files if file.exists()) / 1e6,
        filed=filed,
        waiting=waiting,
        failed=day.failed - failed,
        polls=day.polls - done,
    )


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _figures(day: Day, path: Path) -> list[Figure]:
    with open_for_reading(path) as db:
        (whole,) = db.execute("PRAGMA integrity_check").fetchone()
        (filed,) = db.execute("SELECT count(*) FROM article").fetchone()
        rows = db.execute("SELECT id FROM alert WHERE kind = 'alert'").fetchall()
        holes = list(problems(db))
        failing = sum(state.failures > 0 for state in ledger.states(db))
    alerts = {row[0] for row in rows}
    taken = [one for one in day.ids if one in alerts]
    listed = sum(piece.minute < 24 * 60 - 40 for piece in day.pieces)
    early, late = day.hours[5].memory, day.hours[-1].memory
    return [
        Figure(name="polls", value=day.polls, unit="", note=f"{day.failed} of them failed"),
        Figure(name="articles filed", value=filed, unit="", limit=f">= {listed}"),
        Figure(name="articles without an alert", value=filed - len(alerts), unit="", limit="<= 0"),
        Figure(name="alerts that were not taken", value=len(alerts - set(taken)), unit="",
               limit="<= 0", note="the receiver was down for two hours"),
        Figure(name="alerts taken twice", value=len(taken) - len(set(taken)), unit="",
               limit="<= 0"),
        Figure(name="holes in the ledger", value=len(holes), unit="", limit="<= 0"),
        Figure(name="sources that still fail", value=failing, unit="", limit="<= 0",
               note="five misbehaved for four hours"),
        Figure(name="archive is sound", value=float(whole == "ok"), unit="", limit=">= 1"),
        Figure(name="memory after 24 h, of that after 6 h", value=late / early, unit="",
               limit="<= 1.1", note=f"{early:.0f} and {late:.0f} MB"),
    ]  # fmt: skip
