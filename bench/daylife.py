"""A day of the whole service by a moved clock, as its plan has it; what was measured meanwhile.

press and receivers, going and coming ◀─▶ `presswatch run`, a process by the same clock
config.toml ◀─ what the operator does     (bench.daylives), killed and started again
a look every ten minutes ─▶ memory of its processes, files, queue, troubles
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import sqlite3
from collections import Counter
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from bench import dayplan, moved
from bench.daylives import EVERY, Serving, Tail
from bench.daypress import SECRET, WORD, Desk, Press
from bench.process import descendants, weight
from tests.support.service import rule, webhook

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from bench.dayplan import Fault, Kill, Plan
    from bench.daypress import Server

    Act = Callable[[], Awaitable[None]]

#: After the last news: for what is under way then.
REST = timedelta(hours=1)

#: Of the service: its log, and what it holds (bench.daylives).
LOG, INSIDE = "log.jsonl", "inside.jsonl"

#: Asked for once an hour, as somebody's browser and monitor would.
PAGES = ("/", "/sources", "/alerts", "/search?q=case", "/metrics", "/health/live")

_COUNTS = (
    "SELECT (SELECT count(*) FROM article), (SELECT count(*) FROM alert WHERE state = 'due'),"
    " (SELECT min(created_at) FROM alert WHERE state = 'due'),"
    " (SELECT count(*) FROM trouble WHERE ended_at IS NULL)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a look has found; sizes in MB."""

    hour: float
    memory: float  # the service's process: all that is resident
    others: float  # its other processes: without libraries, what they share counted once
    cache: float  # of `memory`: SQLite's
    taken: float  # of `memory`: in use of C's allocator, `cache` too; 0: not known
    free: float  # what it holds besides, given back to the system or not
    blocks: int  # pieces of memory that Python's objects have taken
    files: int  # descriptors
    archive: float
    journal: float
    articles: int
    waiting: int  # alerts
    oldest: float  # of those, in minutes
    troubles: int  # that are not over
    polls: int  # so far
    failed: int  # of those


@dataclass(slots=True)
class Life:
    """What came of a day, so far."""

    begin: datetime
    plan: Plan
    press: Press
    desks: dict[str, Desk]
    folder: Path
    service: Serving | None = None  # None: not running
    deaths: list[float] = field(default_factory=list)  # hours at which the service was killed
    samples: list[Sample] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)  # of the service's log
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)  # of the page
    log: Tail = field(init=False)

    def __post_init__(self) -> None:
        self.log = Tail(self.folder / LOG)

    def listen(self) -> None:
        """Count what the service has logged since the last time."""
        self.events.update(str(event.get("event")) for event in self.log.lines())

    def hour(self) -> float:
        return dayplan.hour_of(datetime.now(UTC) - self.begin)

    @property
    def archive(self) -> Path:
        return self.folder / "a.db"

    @property
    def start(self) -> float:
        """The hour at which the service was started last."""
        return self.deaths[-1] + dayplan.DEAD if self.deaths else 0.0

    def is_settled(self) -> bool:
        """Whether the service runs, and has for a quarter of an hour."""
        return self.service is not None and self.hour() >= self.start + 0.25


class Operator:
    """Writes the config, and changes it in the course of the day."""

    def __init__(self, life: Life, path: Path, web_port: int) -> None:
        self.path = path
        self._life = life
        self.port = web_port
        self._options: dict[str, Any] = {"min_free": "1MiB", "wrong": False, "latecomer": False}
        self._late = any("latecomer" in deed.changes for deed in life.plan.deeds)

    def write(self, **changed: Any) -> None:
        """The config as it is to be from now on."""
        self._options |= changed
        draft = self.path.with_suffix(".new")
        draft.write_text(self._text(), "utf-8")
        draft.replace(self.path)

    async def change(self, **changed: Any) -> None:
        """The same, as something that is done at an hour."""
        self.write(**changed)

    def _text(self) -> str:
        life, options = self._life, self._options
        names = range(life.plan.sources - (self._late and not options["latecomer"]))
        sources = "".join(_source(life.press, number) for number in names)
        channels = "".join(webhook(desk.name, desk.hook, SECRET) for desk in life.desks.values())
        rules = rule("word", WORD, "desk") + rule("every", "case", "wire", on="article")
        if options["wrong"]:
            rules += rule("broken", "AND (", "desk")
        return (
            '[service]\noperator = "operator"\nlog_level = "debug"\n'
            f'[archive]\npath = "a.db"\nmin_free = "{options["min_free"]}"\n'
            f'[web]\nlisten = "127.0.0.1:{self.port}"\n'
            '[fetch]\nallow_networks = ["127.0.0.0/8"]\ncontact = "mailto:day@example.org"\n'
            'extraction = "quick"\n'
            f"{sources}{channels}{rules}"
        )


def _source(press: Press, number: int) -> str:
    return (
        f'[[source]]\nname = "s{number}"\nurl = "{press.url(number)}"\nkind = "feed"\n'
        f'every = "10m"\nbacklog = "12h"\n'
    )


def live(plan: Plan, folder: Path, begin: datetime) -> Life:
    """The whole day, in a folder of its own. Raises RuntimeError where the service fails."""
    press = Press(plan, begin)
    desks = {name: Desk(name, faults, begin, folder) for name, faults in plan.receivers.items()}
    life = Life(begin=begin, plan=plan, press=press, desks=desks, folder=folder)
    moved.run(_live(life), begin)
    return life


async def _live(life: Life) -> None:
    async with AsyncExitStack() as stack:
        for server in (life.press, *life.desks.values()):
            await server.come()
            stack.push_async_callback(server.go)
        operator = Operator(life, life.folder / "config.toml", _free_port())
        operator.write()
        others = [_at(life, hour, act) for hour, act in _agenda(life, operator)]
        others += [_watch(life), _browse(life, operator)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in others]
            await _serve(life, operator.path)
            for task in tasks:
                task.cancel()
    life.listen()


async def _serve(life: Life, config: Path) -> None:
    """The service until the rest after the last hour is over, started again after every kill."""
    over = asyncio.create_task(_sleep_until(life, timedelta(hours=life.plan.length) + REST))
    while True:
        service = Serving(config, life.folder / LOG, life.folder / INSIDE)
        life.service = service
        first: set[asyncio.Future[Any]] = {over, service.ended}
        await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        if over.done():
            service.stop()
        status, killed = await service.ended, life.service is None
        life.service = None
        if over.done() and status == 0:
            return
        if not killed:
            raise RuntimeError(f"the service ended with status {status}")
        await _sleep_until(life, timedelta(hours=life.start))


def _agenda(life: Life, operator: Operator) -> list[tuple[float, Act]]:
    """What is done at which hour."""
    found: list[tuple[float, Act]] = [
        (deed.hour, partial(operator.change, **deed.changes)) for deed in life.plan.deeds
    ]
    outages: list[tuple[Server, Fault]] = [
        (life.press, fault) for fault in life.plan.sites if fault.source < 0
    ]
    outages += [(desk, fault) for desk in life.desks.values() for fault in desk.faults]
    for server, fault in outages:
        if fault.what == "down":
            found += [(fault.since, server.go), (fault.until, server.come)]
    found += [(kill.hour, partial(_lie_in_wait, life, kill)) for kill in life.plan.kills]
    return found


async def _lie_in_wait(life: Life, kill: Kill) -> None:
    """Kill the service when it waits for this the next time."""
    servers: list[Server] = [life.press] if kill.awaiting == "page" else [*life.desks.values()]
    for server in servers:
        server.reached = partial(_kill, life, servers)


def _kill(life: Life, servers: Iterable[Server]) -> None:
    """kill -9, of what is running now."""
    for server in servers:
        server.reached = None
    if life.service is not None:
        life.deaths.append(life.hour())
        life.service.kill()
        life.service = None


async def _at(life: Life, hour: float, act: Act) -> None:
    await _sleep_until(life, timedelta(hours=hour))
    await act()


async def _sleep_until(life: Life, when: timedelta) -> None:
    await asyncio.sleep((life.begin + when - datetime.now(UTC)).total_seconds())


# ---------------------------------------------------------------- looks


async def _watch(life: Life) -> None:
    """A sample every ten minutes in which the service runs."""
    inside, look = Tail(life.folder / INSIDE), EVERY
    while True:
        await _sleep_until(life, look)
        life.listen()
        held = inside.lines()
        if life.service is not None and held:
            life.samples.append(_sample(life, life.service.pid, held[-1]))
        look += EVERY


def _sample(life: Life, pid: int, held: dict[str, Any]) -> Sample:
    with closing(sqlite3.connect(f"file:{life.archive}?mode=ro", uri=True)) as db:
        articles, waiting, oldest, troubles = db.execute(_COUNTS).fetchone()
    now = datetime.now(UTC)
    age = 0.0 if oldest is None else max(0.0, now.timestamp() - oldest / 1000) / 60
    failed = life.events["poll.failed"]
    return Sample(
        hour=life.hour(), memory=weight(pid).resident,
        others=sum(weight(one).own for one in descendants(pid)), **held,
        files=_open_files(pid),
        archive=_size(life.archive), journal=_size(life.archive.with_name("a.db-wal")),
        articles=articles, waiting=waiting, oldest=age, troubles=troubles,
        polls=life.events["poll.done"] + failed, failed=failed,
    )  # fmt: skip


def _open_files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _size(path: Path) -> float:
    return path.stat().st_size / 1e6 if path.exists() else 0.0


async def _browse(life: Life, operator: Operator) -> None:
    """Look at the page, an hour after the other."""
    async with aiohttp.ClientSession() as session:
        for hour in itertools.count():
            await _sleep_until(life, timedelta(hours=hour + 0.6))
            for path in PAGES if life.is_settled() else ():
                status = await _asked(life, session, f"http://127.0.0.1:{operator.port}{path}")
                life.answers[path, status] += 1


async def _asked(life: Life, session: aiohttp.ClientSession, url: str) -> int:
    """The status of an answer; 0 where nobody listens for an hour.

    A page listens once its libraries are loaded, and the moved clock does not wait for that: on a
    busy machine hours may have passed since the start.
    """
    for _ in range(20):
        try:
            async with session.get(url) as answer:
                await answer.read()
                return answer.status
        except aiohttp.ClientConnectorError:
            await _sleep_until(life, timedelta(hours=life.hour() + 0.05))
    return 0


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port
