"""The service of a simulated day: `presswatch run` as a process, by the clock of the bench.

    Service.start ─▶ python -m bench.daylives DESCRIPTOR AHEAD CONFIG INSIDE ─▶ `presswatch run`
                  ◀─ its log on standard error, and every ten minutes a line of what it holds

Nothing of the bench is in that process but the clock and these lines, so what it weighs is the
service. Its other processes, those that read pages and the one that reads for the page, are its
children as ever; they work by the clock on the wall.
"""

from __future__ import annotations

import _sqlite3
import asyncio
import ctypes
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast
from unittest.mock import patch

import time_machine

from bench import moved
from bench.lockstep import Follower, Leader
from presswatch.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

#: Between two looks at what the service holds.
EVERY: Final = timedelta(minutes=10)

#: What a killed process leaves to its helper of Python's, which says so.
_SILENT: Final = {"PYTHONWARNINGS": "ignore:resource_tracker"}

#: Real seconds in which it has to end once it has left the clock.
_PATIENCE: Final = 60.0


class Serving:
    """The service, as a process; `ended` is its exit status once it is gone.

    To be made in a loop of `bench.moved`, whose clock it then drives.
    """

    def __init__(self, config: Path, log: Path, inside: Path) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, moved.MovedLoop)
        self.ended: asyncio.Future[int] = loop.create_future()
        ours, theirs = socket.socketpair()
        ahead = time.time() - time_machine.escape_hatch.time.time()
        with theirs, log.open("ab") as errors:
            command = [sys.executable, "-m", __name__, str(theirs.fileno()), str(ahead)]
            self._process = subprocess.Popen(
                [*command, str(config), str(inside)],
                stderr=errors, pass_fds=[theirs.fileno()], env=os.environ | _SILENT,
            )  # fmt: skip
        Follower(loop, ours.detach(), self._left)

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """kill -9: nothing but what is committed is left."""
        self._process.kill()

    def stop(self) -> None:
        """As systemd stops it."""
        self._process.send_signal(signal.SIGTERM)

    def _left(self) -> None:
        self.ended.set_result(self._process.wait(_PATIENCE))


class Tail:
    """The lines of JSON that another process appends to a file, as far as they are whole."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0

    def lines(self) -> list[dict[str, Any]]:
        """Those since the last time; others' lines between them are left out."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            whole, end, _ = file.read().rpartition(b"\n")
        self._read += len(whole) + len(end)
        return [json.loads(line) for line in whole.splitlines() if line.startswith(b"{")]


# ------------------------------------------------------------------ in the process


def _serve(descriptor: int, ahead: float, config: str, inside: str) -> None:
    os.set_inheritable(descriptor, False)  # the clock is this process's, not its children's
    begin = datetime.fromtimestamp(time.time() + ahead, UTC)

    def run(serving: Coroutine[Any, Any, None]) -> None:
        moved.run(_by_this_clock(serving, descriptor, inside), begin)

    with patch.object(asyncio, "run", run):
        main(["run", "--config", config, "--log-format", "json"])


async def _by_this_clock(serving: Coroutine[Any, Any, None], descriptor: int, inside: str) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, moved.MovedLoop)
    loop.partner = Leader(descriptor)
    saying = loop.create_task(_say(inside))
    try:
        await serving
    finally:
        saying.cancel()


async def _say(path: str) -> None:
    """What is held, shortly before each look."""
    while True:
        now = datetime.now(UTC).timestamp()
        await asyncio.sleep(EVERY.total_seconds() - (now + 1) % EVERY.total_seconds())
        taken, free = _of_malloc()
        held = {
            "blocks": sys.getallocatedblocks(), "cache": _of_sqlite(), "taken": taken, "free": free,
        }  # fmt: skip
        with open(path, "a", encoding="ascii") as file:  # noqa: ASYNC230, PTH123  # a line
            file.write(json.dumps(held) + "\n")


def _of_sqlite() -> float:
    """What SQLite holds in MB, its caches of pages above all; 0 where it does not say."""
    used = _function(_sqlite3.__file__, "sqlite3_memory_used", ctypes.c_int64)
    return 0.0 if used is None else int(used()) / 1e6


class _Malloc(ctypes.Structure):
    """glibc's `struct mallinfo2`."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
            "fordblks", "keepcost",
        )
    ]  # fmt: skip


def _of_malloc() -> tuple[float, float]:
    """What of C's allocator is in use, and what it holds besides, in MB; 0: not glibc's."""
    info = _function(None, "mallinfo2", _Malloc)
    if info is None:
        return 0.0, 0.0
    said = info()
    return (said.uordblks + said.hblkhd) / 1e6, said.fordblks / 1e6


@functools.cache
def _function(library: str | None, name: str, gives: type[Any]) -> Callable[[], Any] | None:
    """A function of C without arguments; None where there is none."""
    try:
        found = getattr(ctypes.CDLL(library), name)
    except (AttributeError, OSError):
        return None
    found.restype = gives
    return cast("Callable[[], Any]", found)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:5])
