"""Names to addresses, in threads of their own.

A name server that does not answer holds its thread for half a minute, and nothing can cancel that.
In the loop's own executor a handful of such names would stop every other look-up and every other
use of threads, and would hold up the end of the process: hence daemon threads, one a look-up.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp.abc import AbstractResolver, ResolveResult

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_THREADS = 64
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Resolver(AbstractResolver):
    """aiohttp's resolver interface over `getaddrinfo`; gives up after `seconds`."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._threads = asyncio.Semaphore(_MOST_THREADS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of the host. Raises OSError, also when the time is up."""
        try:
            async with asyncio.timeout(self._seconds), self._threads:
                found = await _look_up(host, port, family)
        except TimeoutError:
            raise socket.gaierror(socket.EAI_AGAIN, "the name server does not answer") from None
        return [_result(host, info) for info in found]

    async def close(self) -> None:
        """Nothing to close: threads that still wait are daemons."""


async def _look_up(host: str, port: int, family: int) -> Sequence[Any]:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Sequence[Any]] = loop.create_future()

    def settle(found: Sequence[Any] | None, error: OSError | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(found or ())

    def work() -> None:
        found: Sequence[Any] | None = None
        error: OSError | None = None
        try:
            found = socket.getaddrinfo(
                host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG
            )
        except UnicodeError:
            error = socket.gaierror(socket.EAI_NONAME, "not a host name")
        except OSError as trouble:
            error = trouble
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, found, error)

    threading.Thread(target=work, name=f"resolve {host}", daemon=True).start()
    return await future


def _result(host: str, info: Any) -> ResolveResult:
    family, _, protocol, _, address = info
    return ResolveResult(
        hostname=host,
        host=address[0],
        port=address[1],
        family=family,
        proto=protocol,
        flags=_NUMERIC,
    )
