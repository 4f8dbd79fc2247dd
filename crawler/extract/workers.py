"""Extraction in processes of its own, with a limit of time and memory for each page.

A page may be built to hang a parser or to eat all memory. It then costs its worker, which is
replaced, and becomes Unreadable; the other pages and the service go on. Pebble watches the limit
of time from outside; the limit of memory is the operating system's (RLIMIT_AS).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import multiprocessing
import os
import resource
import signal
import threading
from concurrent.futures import InvalidStateError
from pathlib import Path
from typing import TYPE_CHECKING

from pebble import CONSTS, ProcessExpired

from crawler import children
from crawler.errors import CrawlError, TooSlow, Unreadable
from crawler.extract.article import extract
from crawler.extract.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from concurrent.futures import Future
    from datetime import timedelta

    from crawler.extract.records import Extracted, Page

    Task = Callable[[Page], Extracted]
    Outcome = Extracted | CrawlError

#: Imported once in the server that workers are forked from; a worker then starts in milliseconds.
_PRELOAD = [
    "crawler.extract.workers",
    "archive.ready",
    "crawler.extract",
    "crawler.extract.readers",
    "trafilatura.core",
    "trafilatura.external",
    "resiliparse.extract.html2text",
    "justext",
    "pycld2",
]
_PAGES_A_WORKER = 500  # libraries leak a little, and their caches grow
_OUT_OF_MEMORY = 77  # exit code of a worker that met its limit
_MIB = 1024 * 1024
_LOOK = 1  # seconds between two looks whether the pool that has a page is there yet
_ATTEMPTS = 2  # at a page whose pool broke down through no fault of its own
CONSTS.term_timeout = 1  # seconds from SIGTERM to SIGKILL: a parser in C does not hear the first


class Workers:
    """A pool of processes that extract articles.

    `memory_mb` is what one page may need beyond what an idle worker has; `workers` = 0 is one for
    each core. `task` is what the workers run: a function of a module, or a `partial` of one, since
    only its name travels.
    """

    def __init__(
        self, workers: int, timeout: timedelta, memory_mb: int, *, task: Task = extract
    ) -> None:
        self.change(workers, timeout, memory_mb, task=task)
        self._pool: Pool | None = None
        self._made_for = (0, 0)  # workers, megabytes of that pool
        self._old: set[Pool] = set()  # with pages that are read to their end
        self._waiting: set[Future[Outcome]] = set()
        self._starting = threading.Lock()
        self._closed = False

    def change(
        self, workers: int, timeout: timedelta, memory_mb: int, *, task: Task = extract
    ) -> None:
        """Read the next pages so; those that are being read are read to their end as they began."""
        self._timeout, self._task = timeout.total_seconds(), task
        self._wanted = (workers or os.cpu_count() or 1, memory_mb)

    def warm(self) -> None:
        """Start the workers without waiting for them, so that the first page finds them ready."""

        def start() -> None:
            with contextlib.suppress(_PoolBroken):  # then the first page says so
                self._started()

        threading.Thread(target=start, name="warm-workers", daemon=True).start()

    async def extract(self, page: Page) -> Extracted:
        """The article of a page; raises Unreadable where there is none or a limit was reached.

        Cancelling the caller stops the work on the page. An error that was not the page's fault
        (the workers were stopped from outside) says that it is `passing`.
        """
        for _ in range(_ATTEMPTS):
            try:
                return await self._attempt(page)
            except _PoolBroken as error:
                if self._closed:
                    raise _stopped(page) from error
        raise _stopped(page)

    def close(self) -> None:
        """Stop the workers, whatever they are at, in at most some seconds; waiters are told."""
        self._closed = True
        with self._starting:
            pools = {*self._old, *filter(None, [self._pool])}
            self._pool = None
        for pool in pools:
            _stop(pool)
        for future in list(self._waiting):
            with contextlib.suppress(InvalidStateError):
                future.set_exception(_PoolBroken("closed"))

    async def _attempt(self, page: Page) -> Extracted:
        pool = self._pool
        if pool is None or not pool.active or self._made_for != self._wanted:
            pool = await asyncio.to_thread(self._started)
        limits = self._timeout, self._made_for[1]  # these may change meanwhile
        try:
            future = pool.schedule(_run, args=(self._task, page, limits[0]), timeout=limits[0])
        except RuntimeError as error:
            raise _PoolBroken from error
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        outcome = await _outcome(_answer(future, pool), page, *limits)
        if isinstance(outcome, CrawlError):
            raise outcome
        return outcome

    def _started(self) -> Pool:
        """The running pool; blocks while its server imports, so never in the event loop."""
        with self._starting:
            if self._closed:
                raise _PoolBroken("closed")
            if self._pool is not None and not self._pool.active:
                _stop(self._pool)
                self._pool = None
            if self._pool is not None and self._made_for != self._wanted:
                self._retire(self._pool)
                self._pool = None
            if self._pool is None:
                made_for = self._wanted
                self._pool, self._made_for = self._new(*made_for), made_for
            return self._pool

    def _retire(self, pool: Pool) -> None:
        """End it when its last page is read."""

        def finish() -> None:
            pool.close()  # type: ignore[no-untyped-call]
            pool.join()
            self._old.discard(pool)

        self._old.add(pool)
        threading.Thread(target=finish, name="old-workers", daemon=True).start()

    def _new(self, workers: int, memory_mb: int) -> Pool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOAD)
        pool = Pool(
            max_workers=workers,
            max_tasks=_PAGES_A_WORKER,
            initializer=_prepare,
            initargs=(memory_mb,),
            context=context,
        )
        with children.deaf():
            active = pool.active  # asking starts it
        if not active:
            raise _PoolBroken("did not start")
        return pool


class _PoolBroken(RuntimeError):
    """The pool is gone; nothing is known about the page."""


async def _answer(future: Future[Outcome], pool: Pool) -> Outcome:
    """What became of it; raises _PoolBroken where nobody would ever say.

    A pool that breaks down tells the pages that it has, and may take one more after that.
    """
    loop = asyncio.get_running_loop()
    next_look: asyncio.TimerHandle

    def look_later() -> None:
        nonlocal next_look
        next_look = loop.call_later(_LOOK, look)

    def look() -> None:
        if pool.active:
            look_later()
            return
        with contextlib.suppress(InvalidStateError):
            future.set_exception(_PoolBroken("took a page while it broke down"))

    look_later()
    try:
        return await asyncio.wrap_future(future)
    finally:
        next_look.cancel()


async def _outcome(
    answer: Awaitable[Outcome], page: Page, seconds: float, memory_mb: int
) -> Outcome:
    """What the worker said, or what its end says about the page."""
    try:
        return await answer
    except TimeoutError:
        return TooSlow(page.url, cause=f"took longer than {seconds:g} s")
    except ProcessExpired as error:
        if error.exitcode == _OUT_OF_MEMORY:
            return Unreadable(page.url, cause=f"needs more than {memory_mb} MB")
        if abs(error.exitcode) in {signal.SIGTERM, signal.SIGKILL}:
            return _stopped(page)
        return Unreadable(page.url, cause=f"the parser crashed ({error.exitcode})")
    except RuntimeError as error:
        raise _PoolBroken from error


def _stopped(page: Page) -> Unreadable:
    error = Unreadable(page.url, cause="its worker was stopped from outside")
    error.passing = True
    return error


def _stop(pool: Pool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


# ---------------------------------------------------------------- in the worker


def _prepare(memory_mb: int) -> None:
    """Limits of a worker. Where the system has none (macOS), the limit of time remains."""
    logging.disable(logging.CRITICAL)  # what a library thinks of a page is in the verdict
    os.nice(10)  # the loop of the service goes first, and who looks at its page
    used = _address_space()
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (used + memory_mb * _MIB,) * 2)


def _address_space() -> int:
    """Bytes of virtual memory in use; RLIMIT_AS counts these and not what is resident."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError):
        return 4096 * _MIB
    return pages * resource.getpagesize()


def _run(task: Task, page: Page, limit: float) -> Outcome:
    """The task's verdict on a page; anything that it raises is a verdict too.

    The alarm is for a worker whose service was killed: nobody else would stop it.
    """
    signal.alarm(math.ceil(2 * limit) + 5)
    try:
        return task(page)
    except CrawlError as error:
        return error
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)  # with it go the remains of the page
    except Exception as error:  # noqa: BLE001  the top of a worker: one page must not end a poll
        return Unreadable(page.url, cause=f"extraction failed: {type(error).__name__}: {error}")
    finally:
        signal.alarm(0)
