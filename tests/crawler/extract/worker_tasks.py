"""What workers are made to run in tests; importable by name, as workers need it."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.errors import Unreadable
from crawler.extract import Extracted, extract

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.extract import Page


def obey(page: Page) -> Extracted:
    """Misbehave as the page's address says; a page of another address is read."""
    if page.title:
        Path(page.title).touch()  # tells the test that the work has begun
    command = page.url.rpartition("/")[2]
    return COMMANDS[command]() if command in COMMANDS else extract(page)


def _hang() -> Extracted:
    while True:
        pass


def _hang_in_c() -> Extracted:
    return _named(str(re.match("(a+)+$", "a" * 64 + "b")))


def _eat() -> Extracted:
    return _named(str(len(b"".join(bytes([number % 7]) * 2**20 for number in range(4096)))))


def _exit() -> Extracted:
    os._exit(3)


def _crash() -> Extracted:
    os.abort()


def _raise() -> Extracted:
    raise ValueError("no such thing")


def _refuse() -> Extracted:
    raise Unreadable("a page", cause="as told")


def _pid() -> Extracted:
    return _named(str(os.getpid()))


class _Mine(str):
    """Kills the worker while it packs its answer, with the lock of the way back."""

    __slots__ = ()

    def __reduce__(self) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return ""


def _die_answering() -> Extracted:
    return _named(_Mine())


def _named(title: str) -> Extracted:
    return Extracted(
        title=title,
        text=title,
        published=None,
        published_precise=False,
        authors=(),
        language="",
        canonical="",
        evidence=(),
    )


COMMANDS: dict[str, Callable[[], Extracted]] = {
    "hang": _hang,
    "hang-in-c": _hang_in_c,
    "eat": _eat,
    "exit": _exit,
    "crash": _crash,
    "raise": _raise,
    "refuse": _refuse,
    "pid": _pid,
    "die-answering": _die_answering,
}
