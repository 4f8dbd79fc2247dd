"""SQLite's caches are blocks that are there from the start, and grow no more.

In a process of its own, which holds for its life how SQLite was begun.
"""

from __future__ import annotations

import _sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    "linux" not in sys.platform or not hasattr(_sqlite3, "__file__"), reason="Linux alone"
)

_BEGINNING = """
import _sqlite3, ctypes, sys
from pathlib import Path
from archive import blocks
from archive.connection import open_for_reading, open_for_writing

path, sqlite = Path(sys.argv[1]), ctypes.CDLL(_sqlite3.__file__)
sqlite.sqlite3_memory_used.restype = ctypes.c_int64

def fill():
    db.conn.execute("CREATE TABLE much (text)")
    db.conn.executemany("INSERT INTO much VALUES (?)", [("x" * 100_000,) for _ in range(200)])
    assert reader.conn.execute("SELECT max(length(text)) FROM much").fetchone() == (100_000,)
"""

_OF_ITS_OWN_SIZE = """
assert blocks.set_up()
db, reader = open_for_writing(path), open_for_reading(path)
before = sqlite.sqlite3_memory_used()
fill()
print(before, sqlite.sqlite3_memory_used() - before)
"""

_PIECEMEAL = _OF_ITS_OWN_SIZE.replace("assert blocks.set_up()", "")

_NOT_UNDER_ITS_FEET = """
db, reader = open_for_writing(path), open_for_reading(path)
said = blocks.set_up()
fill()  # nothing that is open was disturbed
db.close(), reader.close()
print(int(said), int(blocks.set_up()))
"""


def said(script: str, folder: Path) -> tuple[int, int]:
    """Two numbers, which a process prints."""
    command = [sys.executable, "-c", _BEGINNING + script, str(folder / "a.db")]
    first, second = subprocess.run(
        command, capture_output=True, text=True, check=True
    ).stdout.split()
    return int(first), int(second)


def test_a_cache_is_there_at_once_and_grows_no_more(tmp_path: Path) -> None:
    """While it fills, for days, nothing is allocated between what else there is."""
    before, grown = said(_OF_ITS_OWN_SIZE, tmp_path)
    assert 34_000_000 < before < 40_000_000  # 32 MiB for writing, 2 for reading
    assert grown < 1_000_000


def test_without_that_it_grows_page_by_page(tmp_path: Path) -> None:
    """What the test above would miss, were SQLite to do as it is told without being told."""
    before, grown = said(_PIECEMEAL, tmp_path)
    assert before < 3_000_000
    assert grown > 15_000_000


def test_nothing_is_begun_anew_under_what_is_open(tmp_path: Path) -> None:
    """SQLite may not be ended while a connection is open; once it is closed, it may."""
    assert said(_NOT_UNDER_ITS_FEET, tmp_path) == (0, 1)
