"""Answers by a process of their own: a page never waits for the crawl, nor the crawl for a page.

In the service's own process a page shares one lock with the loop and with the thread that files
(Python's GIL), and waits for it at every row that it reads. The process is started by the first
question, and by the next one where it has died; until it is there, threads answer. It ends with
its pipe, however the service ends. It reads, and nothing else: changes are made by the service.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import pickle
import signal
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from crawler import children
from presswatch.errors import ConfigError
from presswatch.process import memory
from presswatch.web.book import Books
from presswatch.web.errors import AnswerLost
from presswatch.web.readers import Readers
from presswatch.web.replies import Shelf
from presswatch.web.standings import Standings
from presswatch.web.trying import Trials

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

    from presswatch.web.book import Book
    from presswatch.web.replies import InThreads, Job, Question, Reply

_GRACE: Final = 5.0  # seconds in which the process ends by itself
_BETWEEN: Final = 5.0  # seconds between two starts
_QUIET: Final = 300.0  # seconds without a question after which memory is given back
_LOST: Final = "the process that reads for the page has ended"


class Apart:
    """The process, as the loop that serves the page knows it. For one loop."""

    def __init__(
        self, archive: Path, config: Path, environ: Mapping[str, str], meanwhile: InThreads
    ) -> None:
        """`meanwhile` answers where the process does not, from the same files."""
        self._made_of, self._meanwhile = (archive, config, dict(environ)), meanwhile
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._begun = -_BETWEEN
        self.ready = asyncio.Event()  # it answers

    @property
    def pid(self) -> int | None:
        """Of the process; None where there was none yet."""
        return self._process.pid if self._process is not None else None

    async def give(self, job: Job, question: Question) -> Reply:
        if self._pipe is None and self._loop.time() - self._begun >= _BETWEEN:
            self._start()
        if not self.ready.is_set():
            return await self._meanwhile.give(job, question)
        number, future = next(self._numbers), self._loop.create_future()
        self._waiting[number] = future
        try:
            self._send((number, job, question))
            reply: Reply = await future
        finally:
            del self._waiting[number]
        return reply

    def forget(self) -> None:
        self._meanwhile.forget()
        self._send(None)

    async def close(self) -> None:
        begun = self.ready.is_set()
        self._lose()
        if self._process is not None:
            if begun:  # one that still loads its modules would hear of its end after them
                await asyncio.to_thread(self._process.join, _GRACE)
            self._process.kill()
            await asyncio.to_thread(self._process.join)
            self._process.close()

    def _start(self) -> None:
        if self._process is not None:
            self._process.kill()  # whatever still holds it
        book = None
        with suppress(ConfigError):
            book = self._meanwhile.shelf.books.current()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, *self._made_of, book), name="web-read", daemon=True
        )
        self._begun = self._loop.time()
        self._loop.add_reader(self._pipe.fileno(), self._hear)
        try:
            with children.deaf():
                self._process.start()
        except OSError:  # no room for another process: threads answer
            self._process = None
            self._lose()
        theirs.close()

    def _send(self, message: object) -> None:
        if self._pipe is not None:
            try:
                self._pipe.send(message)
            except OSError:
                self._lose()

    def _hear(self) -> None:
        assert self._pipe is not None
        try:
            number, fine, value = self._pipe.recv()
        except (EOFError, OSError):
            self._lose()
            return
        if number is None:
            self.ready.set()
            return
        future = self._waiting.get(number)
        if future is not None and not future.done():
            future.set_result(value) if fine else future.set_exception(value)

    def _lose(self) -> None:
        """The pipe is of no more use: nobody waits for it any longer."""
        self.ready.clear()
        if self._pipe is not None:
            self._loop.remove_reader(self._pipe.fileno())
            self._pipe.close()
            self._pipe = None
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(AnswerLost(cause=_LOST))


# ------------------------------------------------------------------ in the process


def _serve(
    pipe: Connection,
    archive: Path,
    config: Path,
    environ: Mapping[str, str],
    book: Book | None,
) -> None:
    """Answer until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which ends the pipe
    memory.set_up()
    readers, trials = Readers(archive), Trials(archive)
    standings = Standings(behind=readers.submit)
    shelf = Shelf(Books(config, environ, known=book), trials, standings)
    sending = threading.Lock()
    try:
        pipe.send((None, True, None))
        while True:
            while not pipe.poll(_QUIET):
                memory.give_back()
            message = pipe.recv()
            if message is None:
                shelf.standings.forget()
                continue
            number, job, question = message
            made = readers.submit(partial(_reply, job, shelf, question))
            made.add_done_callback(partial(_answer, pipe, sending, number))
    except (EOFError, OSError):  # whoever asked is gone
        trials.close()
        asyncio.run(readers.close())


def _reply(job: Job, shelf: Shelf, question: Question, db: Any) -> Reply:
    return job(db, shelf.ask(question))


def _answer(pipe: Connection, sending: threading.Lock, number: int, made: Future[Reply]) -> None:
    if made.cancelled():
        return
    error = made.exception()
    message = (number, True, made.result()) if error is None else (number, False, _sent(error))
    try:
        with sending:
            pipe.send(message)
    except OSError:  # whoever asked is gone
        return


def _sent(error: BaseException) -> BaseException:
    """The error, or one that says the same where it cannot go to another process."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    except (pickle.PicklingError, TypeError, AttributeError):
        return RuntimeError(repr(error))
    return error
