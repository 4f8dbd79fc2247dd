"""Ten thousand sources that have nothing new: what the whole service costs, as a process."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.article import to_ms
from archive.connection import open_for_writing
from archive.transaction import transaction
from bench.figure import Figure
from bench.press import press
from bench.process import cpu_seconds, tree_megabytes
from presswatch.polling.schedule import whole_second

SOURCES = 10_000
HOSTS = 250
EVERY = timedelta(minutes=15)
MEASURED_S = 90


def run() -> list[Figure]:
    """Percent of one core and MB of the service process over 90 s of its steady state."""
    with press(HOSTS) as port, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_config(folder, port)
        _fill(folder / "a.db", port)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "presswatch",
                    "run",
                    "--config",
                    str(folder / "config.toml"),
                ],
                stderr=log,
            )
            try:
                share, memory, polls = _watch(process.pid, folder / "a.db")
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(30)
    wanted = SOURCES * MEASURED_S / EVERY.total_seconds()
    return [
        Figure(name="10,000 sources, 304", value=share, unit="% of a core", limit="<= 5",
               note=f"{polls} polls in {MEASURED_S} s ({wanted:.0f} due)"),
        Figure(name="10,000 sources, resident memory", value=memory, unit="MB", limit="<= 400",
               note="the service and its workers"),
    ]  # fmt: skip


def _url(number: int, port: int) -> str:
    host = number % HOSTS
    return f"http://127.0.{host // 250}.{host % 250 + 2}:{port}/feed.xml?n=0&tag=1&s={number}"


def _write_config(folder: Path, port: int) -> None:
    lines = ['[archive]\npath = "a.db"\n[fetch]\ndelay = "0s"\nallow_networks = ["127.0.0.0/8"]\n']
    lines += [
        f'[[source]]\nname = "s{n}"\nurl = "{_url(n, port)}"\nkind = "feed"\nevery = "15m"\n'
        for n in range(SOURCES)
    ]
    (folder / "config.toml").write_text("".join(lines))


def _fill(path: Path, port: int) -> None:
    """The state after many polls: every source was read, and is due once in 15 minutes."""
    db = open_for_writing(path)
    start = datetime.now(UTC) + timedelta(seconds=25)
    gap = EVERY / SOURCES
    with transaction(db):
        for n in range(SOURCES):
            url = _url(n, port)
            db.conn.execute(
                "INSERT INTO source_state (name, kind, url, first_polled_at, next_poll_at)"
                " VALUES (?, 'feed', ?, 1, ?)",
                [f"s{n}", url, to_ms(whole_second(start + gap * n))],
            )
            db.conn.execute(
                "INSERT INTO validator (source, url, etag, last_modified) VALUES (?, ?, ?, '')",
                [f"s{n}", url, '"unchanged"'],
            )
    db.close()


def _watch(pid: int, path: Path) -> tuple[float, float, int]:
    """CPU share in percent, resident megabytes of the tree, polls, over the measured time."""
    end = time.monotonic() + 120
    while _polls(path) < HOSTS + 50:  # every robots.txt has been read: that is once a day
        if time.monotonic() > end:
            raise TimeoutError("the service did not start to poll")
        time.sleep(0.5)
    cpu, polls, began = cpu_seconds(pid), _polls(path), time.monotonic()
    time.sleep(MEASURED_S)
    took = time.monotonic() - began
    share = (cpu_seconds(pid) - cpu) * 100 / took
    return share, tree_megabytes(pid), _polls(path) - polls


def _polls(path: Path) -> int:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(db.execute("SELECT sum(polls) FROM source_state").fetchone()[0])
    finally:
        db.close()
