"""Connections that ask for nothing: the server has two hundred, and cannot wait for all of them.

uvicorn bounds the time between two requests, not that until the first one, nor until the head of
one is whole: two hundred that say nothing, or half a line, would lock everybody else out for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

#: Seconds from one look to the next; who has asked for nothing between the two is let go.
LOOK: Final = 10.0


class PatientProtocol(H11Protocol):
    """uvicorn's own, which looks now and then whether there is a request at all."""

    _late: asyncio.TimerHandle
    _before: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._late = self.loop.call_later(LOOK, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        self._late.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Let the connection go that has waited for a request since the last look."""
        waits = self.cycle is None or self.cycle.response_complete
        if waits and self.cycle is self._before:
            self.transport.close()
            return
        self._before = self.cycle
        self._late = self.loop.call_later(LOOK, self._look)
