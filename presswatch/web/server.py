"""Serving the page: a socket of our own, and uvicorn in whatever loop is there.

uvicorn takes no signals and writes no log here: whoever runs the loop does. A socket is bound
before anything is said of the page, so that an address which is taken is found out at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from typing import TYPE_CHECKING, Final

import uvicorn

from presswatch.web.apart import Apart
from presswatch.web.app import make_app
from presswatch.web.book import Books
from presswatch.web.desk import Desk
from presswatch.web.errors import CannotListen
from presswatch.web.patience import PatientProtocol
from presswatch.web.readers import Readers
from presswatch.web.replies import InThreads, Shelf
from presswatch.web.standings import Standings
from presswatch.web.trying import Trials

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

    from starlette.types import ASGIApp

    from presswatch.config.records import WebOptions
    from presswatch.process.meters import Meters
    from presswatch.web.desk import Hands

#: Seconds that answers under way have when the server ends.
GRACE: Final = 1

_BACKLOG: Final = 128


class _Server(uvicorn.Server):
    """uvicorn that leaves the signals to the service."""

    servers: list[asyncio.Server]  # once it has started

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def leave(self) -> None:
        """Listen no more, whatever was cut short."""
        for server in getattr(self, "servers", []):
            server.close()


def bind(options: WebOptions) -> socket.socket:
    """The socket that the page listens on. Raises CannotListen."""
    host = "127.0.0.1" if options.host == "localhost" else options.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Without the protocol named, asyncio leaves Nagle's algorithm on: 40 ms for every answer.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, options.port))
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        hint = "[web] listen in config.toml names another, or enabled = false none"
        if error.errno == errno.EADDRINUSE:
            cause = "another program listens there, perhaps a second presswatch"
            raise CannotListen(_place(options, options.port), cause=cause, hint=hint) from None
        cause = error.strerror or str(error)
        raise CannotListen(_place(options, options.port), cause=cause, hint=hint) from None
    made.setblocking(False)
    return made


def url_of(bound: socket.socket, options: WebOptions) -> str:
    """Where a browser finds the page."""
    return f"http://{_place(options, bound.getsockname()[1])}/"


class Listening:
    """The application served on a bound socket, until `end`. Begins at once."""

    def __init__(self, bound: socket.socket, options: WebOptions, app: ASGIApp) -> None:
        self._bound, self._server = bound, _Server(_settings(app, options))
        self._running = asyncio.create_task(self._server.serve(sockets=[bound]), name="web")

    async def end(self) -> None:
        """Close the socket; answers under way have a moment. Safe to call twice."""
        self._server.should_exit = True
        try:
            await asyncio.wait([self._running], timeout=2 * GRACE)
        finally:  # also where whoever runs the loop has no more time for us
            self._running.cancel()
            await asyncio.wait([self._running])
            self._server.leave()
            self._bound.close()


@contextlib.asynccontextmanager
async def stocked(
    options: WebOptions,
    *,
    config: Path,
    archive: Path,
    hands: Hands | None = None,
    meters: Meters | None = None,
    environ: Mapping[str, str] = os.environ,
    apart: bool = False,
) -> AsyncIterator[ASGIApp]:
    """The application, with what it reads by as long as the block lasts.

    `apart`: another process reads for it, since this one has more to do.
    """
    readers, trials = Readers(archive), Trials(archive)
    books = await asyncio.to_thread(Books, config, environ)
    standings = Standings(behind=readers.submit)
    threads = InThreads(readers, Shelf(books, trials, standings))
    answers = Apart(archive, config, environ, threads) if apart else threads
    desk = Desk(
        config=config, environ=environ, books=books, readers=readers, trials=trials,
        hands=hands, meters=meters, standings=standings, answers=answers,
    )  # fmt: skip
    try:
        # scrypt takes its time, and the loop has none to give.
        yield await asyncio.to_thread(make_app, desk, options)
    finally:
        await desk.looks.close()
        await asyncio.to_thread(trials.close)
        await readers.close()
        await answers.close()


@contextlib.asynccontextmanager
async def serving(
    bound: socket.socket,
    options: WebOptions,
    *,
    config: Path,
    archive: Path,
    hands: Hands | None = None,
    environ: Mapping[str, str] = os.environ,
) -> AsyncIterator[None]:
    """Serve the page of an archive on a bound socket as long as the block lasts."""
    stock = stocked(options, config=config, archive=archive, hands=hands, environ=environ)
    async with stock as app:
        listening = Listening(bound, options, app)
        try:
            yield
        finally:
            await listening.end()


def _settings(app: ASGIApp, options: WebOptions) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        loop="none",
        http=PatientProtocol,
        proxy_headers=bool(options.trusted_proxies),
        forwarded_allow_ips=list(options.trusted_proxies),
        timeout_graceful_shutdown=GRACE,
        limit_concurrency=200,
        h11_max_incomplete_event_size=64 * 1024,
    )


def _place(options: WebOptions, port: int) -> str:
    return f"[{options.host}]:{port}" if ":" in options.host else f"{options.host}:{port}"
