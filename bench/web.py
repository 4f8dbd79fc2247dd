"""The page over a million articles while the service crawls: how soon each view is there.

The real service runs as a process, over the archive of `bench.webarchive` (a million articles
where `make bench-large` has made them, else 100,000, or PRESSWATCH_BENCH_ARTICLES). Views are asked
for over a real socket by one browser, each with other words, articles and rules: at first while
nothing is published; then a press on loopback publishes without end, and every view is asked for
again while the service crawls as fast as it can, in several turns. The figure is the 95th
percentile of the quietest turn, from the question to the last byte. The press and the browser share
the cores with the service; what other programs took of them meanwhile is a figure as well.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import quote

import httpx

from bench.figure import Figure
from bench.press import press
from bench.process import busy_seconds, cpu_seconds, descendants
from bench.webarchive import PRESSES, RULES, articles, filled, pairs, write_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

LIMIT: Final = "<= 50"
_ROUNDS: Final = 40
_WEEK: Final = "%20after:2023-03-01%20before:2023-03-08"
_PATIENCE: Final = 120  # seconds until the service serves, or crawls at full speed
_CRAWLED: Final = 500  # articles after which it does
_TURNS: Final = 4


def run() -> list[Figure]:
    """One figure a view, in milliseconds, and how fast was crawled meanwhile."""
    archive = filled()
    places = views(articles())
    with press(PRESSES) as port, _service(write_config(archive, port)) as (pid, url):
        with httpx.Client(base_url=url, timeout=60) as client:
            client.get("/")
            reader = _wait(lambda: _reader(pid))
            quiet = _turn(client, places, reader)
            before = _filed(archive)
            httpx.get(f"http://127.0.0.1:{port}/begin")
            _wait(lambda: _filed(archive) >= before + _CRAWLED)
            begun = _Moment.of(archive)
            turns = [_turn(client, places, reader) for _ in range(_TURNS)]
        ended = _Moment.of(archive)
    return [_figure(name, [turn[name] for turn in turns], quiet[name]) for name in places] + [
        *_meanwhile(begun, ended)
    ]


@dataclass(frozen=True, slots=True)
class _Moment:
    """Where the clocks stand."""

    filed: int  # articles
    seconds: float
    busy: float  # seconds of all cores, since the machine began
    ours: float  # of these, by this bench with the press and the service

    @classmethod
    def of(cls, archive: Path) -> _Moment:
        ours = cpu_seconds(os.getpid(), *descendants(os.getpid()))
        return cls(_filed(archive), time.monotonic(), busy_seconds(), ours)


def _meanwhile(begun: _Moment, ended: _Moment) -> Iterator[Figure]:
    filed, took = ended.filed - begun.filed, ended.seconds - begun.seconds
    note = (
        f"{filed:,} in {took:.0f} s, into {articles():,}; each view: the quietest of {_TURNS} turns"
    )
    yield Figure(name="meanwhile crawled", value=filed / took, unit="articles/s", note=note)
    cores = os.cpu_count() or 1
    others = (ended.busy - begun.busy) - (ended.ours - begun.ours)
    yield Figure(name="taken by other programs", value=100 * others / took / cores, unit="%",
                 note=f"of {cores} cores{_precedence()}")  # fmt: skip


def _precedence() -> str:
    """Whether this bench and its service go before other programs (Linux's autogroups)."""
    path = Path("/proc/self/autogroup")
    nice = path.read_text().split()[-1] if path.is_file() else "0"
    return f"; the bench goes first (nice {nice})" if nice != "0" else ""


@dataclass(frozen=True, slots=True)
class _View:
    """How one view was answered in one turn, in milliseconds."""

    times: list[float]
    spent: float  # CPU of the process that reads for the page, a view

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[18]


def _turn(client: httpx.Client, places: dict[str, list[str]], reader: int) -> dict[str, _View]:
    return {name: _view(client, asked, reader) for name, asked in places.items()}


def views(number: int) -> dict[str, list[str]]:
    """View → the places that are asked for, each of another article, word or rule.

    `number` is how many articles there are.
    """
    common = [quote(word) for word in pairs(60, _ROUNDS)]
    rare = [quote(word) for word in pairs(20_000, _ROUNDS)]
    some = [number * 4 // 5 - 37 * n for n in range(_ROUNDS)]
    names = [f"rule%20{n}" for n in range(RULES)]
    return {
        "today": ["/", "/?backlog=1"],
        "older stories": [f"/?before={n}" for n in some],
        "a search for a common word": [f"/search?q={word}" for word in common],
        "a search for a rare word": [f"/search?q={word}" for word in rare],
        "a search for one word or another": [f"/search?q={a}%20OR%20{b}"
                                             for a, b in zip(common, rare, strict=True)],
        "a search within days": [f"/search?q={word}{_WEEK}" for word in common],
        "the matches of a rule": [f"/search?rule={name}" for name in names],
        "a story": [f"/story/{n}" for n in some],
        "an article": [f"/article/{n}" for n in some],
        "rules": ["/rules"],
        "a rule": [f"/rules/{name}" for name in names],
        "sources": ["/sources", "/sources?from=50"],
        "a source": [f"/sources/outlet{n}" for n in range(20)],
        "alerts": ["/alerts", "/alerts?state=delivered"],
        "an alert": [f"/alerts/msg_{n}" for n in range(100, 120)],
        "API: search": [f"/api/v1/search?q={word}" for word in common],
        "API: stories": [f"/api/v1/stories?before={n}" for n in some],
        "a feed of a search": [f"/feed/search?q={word}" for word in common],
    }  # fmt: skip


def _view(client: httpx.Client, places: list[str], reader: int) -> _View:
    """All the rounds, after a few that are not counted."""
    for place in places[-4:]:
        client.get(place)
    times, before = [], cpu_seconds(reader)
    for number in range(_ROUNDS):
        place = places[number % len(places)]
        begun = time.perf_counter()
        answer = client.get(place)
        times.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code in {200, 308}, f"{place}: {answer.text}"
    return _View(times, (cpu_seconds(reader) - before) * 1000 / _ROUNDS)


def _figure(name: str, turns: list[_View], quiet: _View) -> Figure:
    best = min(turns, key=lambda turn: turn.p95)
    median = statistics.median(best.times)
    note = f"median {median:.0f}, CPU {best.spent:.0f}; without a crawl {quiet.p95:.0f}"
    return Figure(name=f"{name}, p95", value=best.p95, unit="ms", limit=LIMIT, note=note)


@contextmanager
def _service(config: Path) -> Iterator[tuple[int, str]]:
    """The service as a process; gives its pid and the address of its page."""
    log = config.with_suffix(".log")
    command = [sys.executable, "-m", "presswatch", "run", "--config", str(config)]
    with log.open("wb") as out, subprocess.Popen(command, stderr=out) as process:
        try:
            yield process.pid, _wait(lambda: _listening(log))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _reader(service: int) -> int:
    """The process that reads for the page; 0 before it is there."""
    for pid in descendants(service):
        if "multiprocessing.spawn" in Path(f"/proc/{pid}/cmdline").read_text():
            return pid
    return 0


def _listening(log: Path) -> str:
    """The address of the page as the service tells it in its log; "" before."""
    for line in log.read_text("utf-8").splitlines():
        if '"web.listening"' in line:
            return str(json.loads(line)["url"])
    return ""


def _filed(archive: Path) -> int:
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT max(id) FROM article").fetchone()[0])


def _wait(found: Callable[[], T]) -> T:
    """What is found as soon as it is something. Raises TimeoutError."""
    end = time.monotonic() + _PATIENCE
    while not (value := found()):
        if time.monotonic() > end:
            raise TimeoutError("the service does not serve, or does not crawl")
        time.sleep(0.2)
    return value
