"""From a request to a page and back: the one place where the pages meet Starlette."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, RedirectResponse

from presswatch.web.ask import Ask, Moved, Shown
from presswatch.web.errors import Refused
from presswatch.web.render import render
from presswatch.web.standing import masthead

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlite_utils import Database
    from starlette.requests import Request
    from starlette.responses import Response

    from presswatch.web.desk import Desk

    Page = Callable[[Database, Ask], Shown | Moved]
    Deed = Callable[[Desk, Ask], Awaitable[Shown | Moved]]
    Endpoint = Callable[[Request], Awaitable[Response]]

READ_ONLY: Final = "this page only reads the archive; `presswatch run` serves one that acts"

MOST_BODY: Final = 64 * 1024
_MOST_FIELDS: Final = 50


def page(make: Page) -> Endpoint:
    """An endpoint that reads the archive; reading and rendering are done in a thread."""

    async def endpoint(request: Request) -> Response:
        desk: Desk = request.app.state.desk

        def job(db: Database) -> Response:
            ask = asked(request, desk, dict(request.query_params))
            return answer(make(db, ask), ask, masthead(db, ask))

        return await desk.readers.read(job)

    return endpoint


def deed(do: Deed) -> Endpoint:
    """An endpoint that changes something; only where the service lends its hands."""

    async def endpoint(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        if desk.hands is None:
            raise Refused(cause=READ_ONLY)
        ask = asked(request, desk, await form(request))
        try:
            return answer(await do(desk, ask), ask, {})
        finally:
            desk.standings.forget()

    return endpoint


def asked(request: Request, desk: Desk, values: Mapping[str, str]) -> Ask:
    """The request as the pages read it. Raises ConfigError where no config was ever sound."""
    book = desk.books.current()
    return Ask(
        path=request.url.path,
        places=request.path_params,
        values=values,
        book=book,
        clock=book.clock,
        live=desk.hands is not None,
        standings=desk.standings,
        trials=desk.trials,
        known=getattr(request.state, "known", False),
    )


async def form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises Refused for a body that no form of ours sends."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BODY:
            raise Refused(cause="the form is too large")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refused(cause="the form cannot be read") from None
    return dict(pairs)


def answer(found: Shown | Moved, ask: Ask, head: Mapping[str, Any]) -> Response:
    """What the browser gets; `head` are the values of the head of the page."""
    if isinstance(found, Moved):
        return RedirectResponse(found.place, found.status)
    values: dict[str, Any] = {"ask": ask, "clock": ask.clock, **head, **found.values}
    return HTMLResponse(render(found.template, values), found.status)
