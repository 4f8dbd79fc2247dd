"""Two processes by one moved clock: neither runs ahead of what the other is about to say."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bench import moved
from bench.daylives import Tail
from bench.lockstep import Follower
from tests.support.service import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.service, pytest.mark.timeout(120)]

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
VISITS = 20

_LEADER = """
import asyncio, sys
from datetime import UTC, datetime
from bench import moved
from bench.lockstep import Leader

async def tick():
    while True:
        await asyncio.sleep(1)

async def main(pipe, port, visits):
    asyncio.get_running_loop().partner = Leader(pipe)
    ticking = asyncio.create_task(tick())
    for _ in range(visits):
        await asyncio.sleep(600)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        said = float(await reader.readline())
        print(said - datetime.now(UTC).timestamp())
        writer.close()
    print(datetime.now(UTC).timestamp())

moved.run(main(*map(int, sys.argv[1:])), datetime(2026, 3, 2, tzinfo=UTC))
"""


def _leader(pipe: socket.socket, port: int) -> subprocess.Popen[bytes]:
    with pipe:
        command = [sys.executable, "-c", _LEADER, str(pipe.fileno()), str(port), str(VISITS)]
        return subprocess.Popen(command, pass_fds=[pipe.fileno()], stdout=subprocess.PIPE, cwd=ROOT)


async def _follow() -> tuple[list[float], float]:
    """Answers after half a minute, with its time; the lines of the leader, and when it ended."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, moved.MovedLoop)

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)
        writer.write(f"{datetime.now(UTC).timestamp()}\n".encode())
        writer.close()

    ours, theirs = socket.socketpair()
    left = loop.create_future()
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        leader = _leader(theirs, server.sockets[0].getsockname()[1])
        Follower(loop, ours.detach(), lambda: left.set_result(None))
        await left
    said, _ = leader.communicate()
    assert leader.returncode == 0
    return [float(line) for line in said.split()], datetime.now(UTC).timestamp()


def test_what_the_other_says_in_half_a_minute_comes_in_half_a_minute() -> None:
    """Though a timer of one's own was due every second meanwhile; and both clocks are one."""
    real = time.monotonic()
    said, ended = moved.run(_follow(), BEGIN)
    took = time.monotonic() - real

    *apart, end = said
    spent = end - BEGIN.timestamp()
    assert len(apart) == VISITS
    assert max(map(abs, apart)) < 1 + took
    assert abs(spent - VISITS * 630) < took + 1
    assert abs(ended - end) < took + 1


def test_lines_are_read_when_they_are_whole(tmp_path: Path) -> None:
    """What is being written is read the next time; what a library wrote between is left out."""
    tail, path = Tail(tmp_path / "log.jsonl"), tmp_path / "log.jsonl"
    assert tail.lines() == []

    path.write_text('{"event": "a"}\nsome warning\n{"event": "b"', "utf-8")
    first = tail.lines()
    with path.open("a", encoding="utf-8") as file:
        file.write(', "c": 1}\n')

    assert first == [{"event": "a"}]
    assert tail.lines() == [{"event": "b", "c": 1}]
    assert tail.lines() == []
