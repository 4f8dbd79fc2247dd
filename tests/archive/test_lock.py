"""archive.lock: one service an archive, and never a lock that outlives its holder."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from archive.errors import ArchiveBusy
from archive.store import ServiceLock

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from archive.lock import ServiceLock
with ServiceLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_service_is_told_who_holds_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with (
        ServiceLock(path),
        pytest.raises(ArchiveBusy, match=rf"process {os.getpid()}\)"),
        ServiceLock(path),
    ):
        raise AssertionError("two services")
    with ServiceLock(path):
        pass


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ArchiveBusy, match=f"process {holder.pid}"):
            ServiceLock(path).__enter__()
        holder.kill()
    with ServiceLock(path) as lock:
        assert lock.path.read_text() == f"{os.getpid()}\n"


def test_who_holds_it_for_a_moment_stops_no_service(tmp_path: Path) -> None:
    """A command looks whether a service runs by taking the lock itself."""
    path = tmp_path / "archive.db"
    held = ServiceLock(path).__enter__()
    threading.Timer(0.1, held.__exit__).start()

    with ServiceLock(path, patience=30) as lock:
        assert lock.path.read_text() == f"{os.getpid()}\n"


def test_a_shorter_pid_replaces_a_longer_one(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    (tmp_path / "archive.db.lock").write_text("1234567890123456789012345678\n")
    with ServiceLock(path) as lock:
        assert lock.path.read_text() == f"{os.getpid()}\n"


def test_an_error_inside_releases_it(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with pytest.raises(KeyError), ServiceLock(path):
        raise KeyError
    with ServiceLock(path):
        pass
