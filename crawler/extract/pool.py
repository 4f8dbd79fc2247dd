"""Pebble's pool, sound again after a worker was killed at a bad moment.

Workers take pages from one pipe and answer on another, each under a lock that all share. Who is
killed (by the system that wants memory, say) just when it took a page and told nobody yet, or with
a lock, leaves a pool in which that page is never answered for, or none at all. Such a pool gives
itself up: all that wait are told, and ask another one.
"""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

from pebble import ProcessPool
from pebble.pool.process import PoolManager

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

_LOCKED = 1.0  # seconds for which a lock is kept at most, by who lives


class Pool(ProcessPool):
    """As Pebble's. What it tells those that wait when it gives up is a RuntimeError."""

    def __init__(self, *, context: BaseContext, **settings: Any) -> None:
        super().__init__(context=context, **settings)
        self._pool_manager = _Manager(self._context, context)

    def _stop_pool(self) -> None:
        """Stop the workers; the locks that they share stay until none can be on its way to them.

        Pebble lets go of these first, and a worker that was just starting then died of it, with a
        traceback on the service's standard error.
        """
        channel = self._pool_manager.worker_manager.workers_channel
        mutex = channel.mutex if channel is not None else None
        shared = mutex and (mutex.reader_mutex, mutex.writer_mutex)
        super()._stop_pool()  # type: ignore[no-untyped-call]
        del shared


class _Manager(PoolManager):
    def find_expired_task(self, worker_id: int) -> Any:
        """The page of a worker that ended by itself; BrokenProcessPool where none is known.

        Pebble goes on then, if others are at work.
        """
        try:
            return super().find_expired_task(worker_id)
        except LookupError as error:
            raise BrokenProcessPool("a worker may have taken a page with it") from error

    def handle_worker_expiration(self, expiration: tuple[int, int]) -> None:
        """Tell who waits for the page of a worker that ended; look whether it had a lock."""
        super().handle_worker_expiration(expiration)
        channel = self.worker_manager.workers_channel
        assert channel is not None
        with channel.lock(timeout=_LOCKED) as free:
            if not free:
                raise BrokenProcessPool("a worker took a lock with it")
