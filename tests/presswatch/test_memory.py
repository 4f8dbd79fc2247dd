"""What is free is given back, and what was looked up for an article does not stay for ever.

Given back: measured in a process of its own, since arenas are for good. The rest by counting what
lives: a service of months sees more addresses and texts than any memory has room for.
"""

from __future__ import annotations

import subprocess
import sys
import weakref
from ctypes.util import find_library

import pytest

from archive.urls import origin
from crawler.intake.furniture import mark

_BEGINNING = """
import os, threading
from presswatch.process import memory
assert memory.set_up()

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
"""

_HOLES = """
kept = [bytes(2000) for _ in range(50_000)]  # beyond what Python allocates by itself
kept[:] = [one for number, one in enumerate(kept) if number % 50 == 0]
full = resident()
assert memory.give_back()
print(full - resident())
"""


_ENDS = """
before, told, over = resident(), threading.Event(), threading.Event()

def work():
    for size in (20_000_000, 16_000_000):  # the second is no larger than one that was freed
        block = bytearray(b"x" * size)
        del block
    told.set()
    over.wait()  # a thread that waits for its next job

threading.Thread(target=work).start()
told.wait()
memory.give_back()
print(resident() - before)
over.set()
"""

on_glibc = pytest.mark.skipif(
    "linux" not in sys.platform or not find_library("c"), reason="glibc alone"
)


def said(script: str) -> int:
    """The number that a process prints that begins as the service does."""
    command = [sys.executable, "-c", _BEGINNING + script]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@on_glibc
def test_what_is_free_between_what_is_not_is_given_back() -> None:
    """A hundred megabytes of which two are in use: most of the rest goes."""
    assert said(_HOLES) > 60_000_000


@on_glibc
def test_what_is_free_at_the_end_of_a_threads_arena_is_given_back() -> None:
    """Sixteen megabytes that a thread once needed stayed with the service for good."""
    assert said(_ENDS) < 3_000_000


class Text(str):
    """A text that can be seen to live."""

    __slots__ = ("__weakref__",)


def test_addresses_of_old_articles_are_forgotten() -> None:
    """Each article has an address of its own; what a request asks for is known for minutes."""
    alive = weakref.WeakSet[Text]()
    for number in range(5_000):
        url = Text(f"https://news.example/{number}.html")
        alive.add(url)
        origin(url)
    del url

    assert len(alive) <= 512


def test_paragraphs_of_old_articles_are_forgotten_and_long_ones_at_once() -> None:
    """A page may be one paragraph of a megabyte, and five hundred of these a gigabyte."""
    short, long = weakref.WeakSet[Text](), weakref.WeakSet[Text]()
    for number in range(1_500):
        kept, once = Text(f"The mayor of town {number} said so."), Text(f"{number} said so. " * 200)
        short.add(kept)
        long.add(once)
        assert mark(kept)
        assert mark(once)
    del kept, once

    assert len(short) <= 512
    assert len(long) == 0
