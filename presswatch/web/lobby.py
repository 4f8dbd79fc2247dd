"""Before there is an archive: the same address answers, and says what the start waits for.

A service that is started on a full disk cannot open its archive, and one of a newer presswatch may
take minutes to bring it up to date. Whoever may see the pages is told so; programs get 503 and the
same sentence. Nothing here reads the archive.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from presswatch.upkeep.outcry import LOOK
from presswatch.web import files, health, metrics, signin
from presswatch.web.guard import PLAIN_METHODS, Guard
from presswatch.web.headers import SecureHeaders
from presswatch.web.login import Keeper
from presswatch.web.render import render

if TYPE_CHECKING:
    from starlette.requests import Request

    from presswatch.config.records import WebOptions
    from presswatch.process.meters import Meters
    from presswatch.web.awaited import Awaited

PROGRAMS: Final = ("/api/", "/feed/", "/health/", "/metrics")

_AGAIN: Final = {"Retry-After": str(round(LOOK.total_seconds()))}


def make_lobby(lobby: Awaited, meters: Meters, options: WebOptions) -> Starlette:
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


async def _ready(lobby: Awaited, _: Request) -> Response:
    return JSONResponse({"ready": False, "reason": lobby.said()}, 503, _AGAIN)


async def _metrics(lobby: Awaited, meters: Meters, _: Request) -> Response:
    return metrics.exposed(metrics.without_archive(full=lobby.outcry is not None), meters)


async def _page(lobby: Awaited, request: Request) -> Response:
    if request.url.path.startswith(PROGRAMS):
        return JSONResponse({"error": lobby.said()}, 503, _AGAIN)
    values = lobby.values() | {"looked": request.method in PLAIN_METHODS}
    return HTMLResponse(render("waiting.html", values), 503, _AGAIN)
