"""A day of the whole service by a moved clock, as its plan has it; what was measured meanwhile.

Service.run, as `presswatch run` has it ◀─ config.toml ◀─ what the operator does at which hour
press and receivers, going and coming   ─▶ every ten minutes: memory, files, queue, troubles

All of it is one process, and dies with the service by kill -9: what press, receivers and samples
are is written down just before, and another process goes on with it (`bench.daylives`).
"""

from __future__ import annotations

import _sqlite3
import asyncio
import ctypes
import os
import pickle
import signal
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

from bench import dayplan
from bench.daypress import SECRET, WORD, Desk, Press
from presswatch.config.load import load
from presswatch.demo.record import recording
from presswatch.service import Service
from tests.support.service import rule, webhook

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bench.dayplan import Fault, Kill, Plan
    from bench.daypress import Server

    Act = Callable[[], Awaitable[None]]

#: Between two looks at what the service weighs.
EVERY = timedelta(minutes=10)

#: After the last news: for what is under way then.
REST = timedelta(hours=1)

KEPT = "life.pickle"

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
    memory: float  # resident, of the service's process; the press is in it, too
    cache: float  # of that, SQLite's
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
    deaths: list[float] = field(default_factory=list)  # hours at which the service was killed
    samples: list[Sample] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)  # of the page

    def hear(self, event: Mapping[str, Any]) -> None:
        """Count an event of the service's log."""
        self.events[str(event.get("event"))] += 1

    def hour(self) -> float:
        return dayplan.hour_of(datetime.now(UTC) - self.begin)

    @property
    def archive(self) -> Path:
        return self.folder / "a.db"

    @property
    def start(self) -> float:
        """The hour at which the service was started last."""
        return self.deaths[-1] + dayplan.DEAD if self.deaths else 0.0

    def keep(self) -> None:
        """Write all of this down, for another process."""
        (self.folder / KEPT).write_bytes(pickle.dumps(self))


class Operator:
    """Writes the config, and changes it in the course of the day."""

    def __init__(self, life: Life, path: Path, web_port: int) -> None:
        self.path = path
        self._life = life
        self.port = web_port
        self._options: dict[str, Any] = {"min_free": "1MiB", "wrong": False, "latecomer": False}
        for deed in life.plan.deeds:
            self._options |= deed.changes if deed.hour <= life.start else {}
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
            '[service]\noperator = "operator"\n'
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


async def live(life: Life) -> None:
    """From its last start to the next kill or the end, by a moved clock that stands there."""
    async with AsyncExitStack() as stack:
        for server in (life.press, *life.desks.values()):
            await server.come()
            stack.push_async_callback(server.go)
        operator = Operator(life, life.folder / "config.toml", _free_port())
        operator.write()
        with recording(life.folder / f"log{len(life.deaths)}.jsonl", life.hear):
            await _serve(life, operator)


async def _serve(life: Life, operator: Operator) -> None:
    """The service, from the first hour to the rest after the last."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        service = group.create_task(Service(load(operator.path, os.environ)).run(stop))
        others = [group.create_task(_at(life, hour, act)) for hour, act in _agenda(life, operator)]
        others.append(group.create_task(_watch(life)))
        others.append(group.create_task(_browse(life, operator)))
        await _sleep_until(life, timedelta(hours=life.plan.length) + REST)
        for task in others:
            task.cancel()
        stop.set()
        await service


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
    for kill in life.plan.kills[len(life.deaths) :][:1]:
        found.append((kill.hour, partial(_lie_in_wait, life, kill)))
    return [(hour, act) for hour, act in found if hour >= life.start]


async def _lie_in_wait(life: Life, kill: Kill) -> None:
    """Kill the service when it waits for this the next time."""
    servers: list[Server] = [life.press] if kill.awaiting == "page" else [*life.desks.values()]
    for server in servers:
        server.reached = partial(_die, life)


def _die(life: Life) -> None:
    """The kill -9: nothing but this record is written any more."""
    life.deaths.append(life.hour())
    life.keep()
    os.kill(os.getpid(), signal.SIGKILL)


async def _at(life: Life, hour: float, act: Act) -> None:
    await _sleep_until(life, timedelta(hours=hour))
    await act()


async def _sleep_until(life: Life, when: timedelta) -> None:
    await asyncio.sleep((life.begin + when - datetime.now(UTC)).total_seconds())


# ---------------------------------------------------------------- looks


async def _watch(life: Life) -> None:
    """A sample every ten minutes."""
    look = (timedelta(hours=life.start) // EVERY + 1) * EVERY
    while True:
        await _sleep_until(life, look)
        life.samples.append(_sample(life))
        look += EVERY


def _sample(life: Life) -> Sample:
    with closing(sqlite3.connect(f"file:{life.archive}?mode=ro", uri=True)) as db:
        articles, waiting, oldest, troubles = db.execute(_COUNTS).fetchone()
    now = datetime.now(UTC)
    age = 0.0 if oldest is None else max(0.0, now.timestamp() - oldest / 1000) / 60
    failed = life.events["poll.failed"]
    return Sample(
        hour=life.hour(), memory=resident(), cache=_of_sqlite(), files=_open_files(),
        archive=_size(life.archive), journal=_size(life.archive.with_name("a.db-wal")),
        articles=articles, waiting=waiting, oldest=age, troubles=troubles,
        polls=life.events["poll.done"] + failed, failed=failed,
    )  # fmt: skip


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def _size(path: Path) -> float:
    return path.stat().st_size / 1e6 if path.exists() else 0.0


def resident() -> float:
    """Memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _of_sqlite() -> float:
    """What SQLite holds in MB, its caches of pages above all; 0 where it does not say."""
    try:
        used = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used
    except (AttributeError, OSError):
        return 0.0
    used.restype = ctypes.c_int64
    return int(used()) / 1e6


async def _browse(life: Life, operator: Operator) -> None:
    """Look at the page, an hour after the other."""
    async with aiohttp.ClientSession() as session:
        hour = int(life.start + 0.5) + 0.6
        while True:
            await _sleep_until(life, timedelta(hours=hour))
            for path in PAGES:
                async with session.get(f"http://127.0.0.1:{operator.port}{path}") as answer:
                    await answer.read()
                    life.answers[path, answer.status] += 1
            hour += 1


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port
