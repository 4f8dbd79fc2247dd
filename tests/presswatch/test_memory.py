"""What is free is given back: measured in a process of its own, since arenas are for good."""

from __future__ import annotations

import subprocess
import sys
from ctypes.util import find_library

import pytest

_HOLES = """
import os
from presswatch import memory
memory.set_up()

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

kept = [bytes(2000) for _ in range(50_000)]  # beyond what Python allocates by itself
kept[:] = [one for number, one in enumerate(kept) if number % 50 == 0]
full = resident()
assert memory.give_back()
print(full - resident())
"""


@pytest.mark.skipif("linux" not in sys.platform or not find_library("c"), reason="glibc alone")
def test_what_is_free_between_what_is_not_is_given_back() -> None:
    """A hundred megabytes of which two are in use: most of the rest goes."""
    done = subprocess.run(
        [sys.executable, "-c", _HOLES], capture_output=True, text=True, check=True
    )

    assert int(done.stdout) > 60_000_000
