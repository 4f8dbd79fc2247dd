"""Before there is an archive: the same address answers, and says what the start waits for.

A service that is started on a full disk cannot open its archive, and one of a newer presswatch may
take minutes to bring it up to date. Whoever may see the pages is told so; programs get 503 and the
same sentence. Nothing here reads the archive.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from archive.sizes import room
from presswatch.clock import Clock
from presswatch.units import say_size
from presswatch.upkeep.outcry import LOOK
from presswatch.web import files, health, metrics, signin
from presswatch.web.guard import PLAIN_METHODS, Guard
from presswatch.web.headers import SecureHeaders
from presswatch.web.login import Keeper
from presswatch.web.render import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from presswatch.config.records import Config, WebOptions
    from presswatch.process.meters import Meters
    from presswatch.upkeep.outcry import Outcry

PROGRAMS: Final = ("/api/", "/feed/", "/health/", "/metrics")

_AGAIN: Final = {"Retry-After": str(round(LOOK.total_seconds()))}


class Lobby:
    """What the start waits for: written by the service, read by the page."""

    def __init__(self, config: Callable[[], Config]) -> None:
        self._config = config
        self._since = datetime.now(UTC)
        self.outcry: Outcry | None = None  # there is no room

    def wait_for(self, outcry: Outcry) -> None:
        """The start has found no room."""
        self.outcry = outcry

    def said(self) -> str:
        """It in a sentence."""
        if self.outcry is None:
            return "the archive is being opened"
        free, needed = self._room(), self._config().archive.min_free
        if free is None or free >= max(needed, 1):
            return f"waiting for room: {self.outcry.finding.note}"
        asked = f" of {say_size(needed)} needed" if needed else ""
        return f"waiting for room: {say_size(free)} free{asked}"

    def values(self) -> dict[str, Any]:
        """What its page shows."""
        config, outcry = self._config(), self.outcry
        return {
            "said": self.said(),
            "full": outcry is not None,
            "since": outcry.finding.since if outcry is not None else self._since,
            "note": outcry.finding.note if outcry is not None else "",
            "told": outcry is not None and outcry.told,
            "operator": config.service.operator,
            "path": config.archive_path,
            "free": self._room(),
            "needed": config.archive.min_free,
            "clock": Clock(config.service.timezone),
            "looks": round(LOOK.total_seconds()),
        }

    def _room(self) -> int | None:
        """Bytes; None where the disk does not even say that."""
        try:
            return room(self._config().archive_path)
        except OSError:
            return None


def make_lobby(lobby: Lobby, meters: Meters, options: WebOptions) -> Starlette:
    """Its application: who may come in, and what every answer says, is as with the pages."""
    keeper = Keeper(options)
    app = Starlette(
        routes=[
            Route("/health/live", health.live),
            Route("/health/ready", partial(_ready, lobby)),
            Route("/metrics", partial(_metrics, lobby, meters)),
            Route("/login", signin.login, methods=["GET", "POST"]),
            Route("/logout", signin.logout, methods=["POST"]),
            Route("/static/{digest}/{name}", files.static_file),
            Route("/{place:path}", partial(_page, lobby), methods=["GET", "POST"]),
        ],
        middleware=[
            Middleware(SecureHeaders),
            Middleware(Guard, options=options, keeper=keeper),
        ],
    )
    app.state.keeper = keeper
    return app


async def _ready(lobby: Lobby, _: Request) -> Response:
    return JSONResponse({"ready": False, "reason": lobby.said()}, 503, _AGAIN)


async def _metrics(lobby: Lobby, meters: Meters, _: Request) -> Response:
    return metrics.exposed(metrics.without_archive(full=lobby.outcry is not None), meters)


async def _page(lobby: Lobby, request: Request) -> Response:
    if request.url.path.startswith(PROGRAMS):
        return JSONResponse({"error": lobby.said()}, 503, _AGAIN)
    values = lobby.values() | {"looked": request.method in PLAIN_METHODS}
    return HTMLResponse(render("waiting.html", values), 503, _AGAIN)
