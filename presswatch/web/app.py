"""The application: its routes, what stands before them, and what an error looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from alerts.errors import AlertUnknown, StoryUnknown
from archive.errors import ArchiveError, ArchiveMissing, PresswatchError, QueryError
from presswatch.web import (
    adding,
    answers,
    api,
    carrying,
    feeds,
    files,
    health,
    ledger,
    metrics,
    muting,
    owning,
    reading,
    ruling,
    saving,
    searching,
    sending,
    signin,
    sourcing,
    standing,
    today,
)
from presswatch.web.errors import AnswerLost, Nonsense, NotFound, Refused, TooSlow
from presswatch.web.guard import Guard
from presswatch.web.headers import EVERY, SecureHeaders
from presswatch.web.login import Keeper
from presswatch.web.render import render
from presswatch.web.serve import deed, page, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from presswatch.config.records import WebOptions
    from presswatch.web.desk import Desk

#: Error → status; the first that fits.
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (Nonsense, 400),
    (NotFound, 404),
    (AlertUnknown, 404),
    (StoryUnknown, 404),
    (Refused, 409),
    (QueryError, 400),
    (TooSlow, 503),
    (AnswerLost, 503),
    (ArchiveMissing, 503),
    (ArchiveError, 503),
    (PresswatchError, 500),
)


class _Number(Convertor[int]):
    """The number of a story or an article: Python refuses to read one of thousands of digits."""

    regex = "[0-9]{1,19}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", _Number())


def make_app(desk: Desk, options: WebOptions) -> Starlette:
    """The page of an archive, ready to be served."""
    keeper = Keeper(options)
    app = Starlette(
        routes=_routes(),
        middleware=[
            Middleware(SecureHeaders),
            Middleware(Guard, options=options, keeper=keeper),
        ],
        exception_handlers={PresswatchError: _told, HTTPException: _told, Exception: _broken},
    )
    app.state.desk, app.state.keeper = desk, keeper
    return app


def _routes() -> list[Route]:
    return [
        Route("/", page(today.today)),
        Route("/search", page(searching.search)),
        Route("/story/{story:number}", page(reading.story)),
        Route("/article/{article:number}", page(reading.article)),
        Route("/article/{article:number}/raw", files.raw),
        Route("/rules", page(ruling.rules)),
        Route("/rules", deed(saving.save), methods=["POST"]),
        Route("/save", page(ruling.new)),
        Route("/rules/{rule:path}", page(ruling.rule)),
        *_of_sources(),
        Route("/status", page(standing.status)),
        Route("/alerts", page(ledger.alerts)),
        Route("/alerts/send", page(sending.sure)),
        Route("/alerts/send", deed(sending.send), methods=["POST"]),
        Route("/alerts/retry", deed(ledger.retry_dead), methods=["POST"]),
        Route("/channels/{channel:path}/enable", deed(ledger.enable), methods=["POST"]),
        Route("/mute", deed(muting.begin), methods=["POST"]),
        Route("/unmute", deed(muting.end), methods=["POST"]),
        Route("/alerts/{alert}", page(ledger.alert)),
        Route("/alerts/{alert}/retry", deed(ledger.retry), methods=["POST"]),
        *_for_programs(),
        Route("/login", signin.login, methods=["GET", "POST"]),
        Route("/logout", signin.logout, methods=["POST"]),
        Route("/static/{digest}/{name}", files.static_file),
    ]


def _of_sources() -> list[Route]:
    """A source may have any name: what is no source stands elsewhere."""
    return [
        Route("/sources", page(sourcing.sources)),
        Route("/sources/{name:path}/poll", deed(sourcing.poll), methods=["POST"]),
        Route("/sources/{name:path}/pause", deed(owning.pause), methods=["POST"]),
        Route("/sources/{name:path}/resume", deed(owning.resume), methods=["POST"]),
        Route("/sources/{name:path}/remove", deed(owning.remove), methods=["POST"]),
        Route("/sources/{name:path}", page(sourcing.source)),
        Route("/remove", step(owning.sure)),
        Route("/add", step(adding.form)),
        Route("/add", deed(adding.look), methods=["POST"]),
        Route("/add/{look}", step(adding.looked)),
        Route("/add/{look}", deed(adding.add), methods=["POST"]),
        Route("/opml", carrying.give),
        Route("/opml", carrying.take, methods=["POST"]),
    ]


def _for_programs() -> list[Route]:
    return [
        Route("/api/v1/articles", answers.api(api.articles)),
        Route("/api/v1/articles/{article:number}", answers.api(api.article)),
        Route("/api/v1/stories", answers.api(api.stories)),
        Route("/api/v1/stories/{story:number}", answers.api(api.story)),
        Route("/api/v1/search", answers.api(api.search)),
        Route("/api/v1/status", answers.api(api.status)),
        Route("/api/v1/sources", answers.api(api.sources)),
        Route("/api/v1/sources/{name:path}", answers.api(api.source)),
        Route("/api/v1/alerts", answers.api(api.alerts)),
        Route("/api/v1/alerts/{alert}", answers.api(api.alert)),
        Route("/feed/search", answers.atom(feeds.of_search)),
        Route("/feed/rules/{rule:path}", answers.atom(feeds.of_rule)),
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
        Route("/metrics", metrics.metrics),
    ]


async def _told(request: Request, error: Exception) -> Response:
    """An expected error as its sentence, for people or for programs."""
    said = str(error.detail) if isinstance(error, HTTPException) else str(error)
    return _error(request, status_of(error), said, getattr(error, "headers", None))


async def _broken(request: Request, _: Exception) -> Response:
    """A mistake of ours: Starlette raises it again behind this answer, and the log has it."""
    return _error(request, 500, "This is a mistake in presswatch; its log says which.", EVERY)


def _error(request: Request, status: int, said: str, headers: Mapping[str, str] | None) -> Response:
    if request.url.path.startswith(("/api/", "/feed/", "/health/", "/metrics")):
        return JSONResponse({"error": said}, status, headers)
    values: dict[str, Any] = {"status": status, "said": said}
    return HTMLResponse(render("error.html", values), status, headers)


def status_of(error: Exception) -> int:
    """The status of an answer that is an error."""
    if isinstance(error, HTTPException):
        return error.status_code
    return next(status for kind, status in _STATUS if isinstance(error, kind))
