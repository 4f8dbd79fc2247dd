"""Work that waits for others, away from the loop."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


async def in_thread(work: Callable[[], _T], name: str) -> _T:
    """Run it in a daemon thread of its own, in a copy of this context.

    A server that never answers must not fill the pool that others use, nor keep the process alive.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_T] = loop.create_future()
    context = contextvars.copy_context()

    def settle(done: Callable[[], None]) -> None:
        if not future.done():  # else cancelled meanwhile
            done()

    def run() -> None:
        try:
            result = context.run(work)
        except BaseException as error:  # noqa: BLE001  # the caller's to handle, in its own thread
            fault = error
            _tell(lambda: settle(lambda: future.set_exception(fault)))
        else:
            _tell(lambda: settle(lambda: future.set_result(result)))

    def _tell(said: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(said)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await future
