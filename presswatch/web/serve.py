"""From a request to a page and back: the one place where the pages meet Starlette."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote

from starlette.responses import Response

from presswatch.units import say_size
from presswatch.web.ask import Ask, Moved, Shown
from presswatch.web.errors import Refused
from presswatch.web.render import render
from presswatch.web.replies import Question, Reply
from presswatch.web.standing import masthead

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlite_utils import Database
    from starlette.requests import Request

    from presswatch.web.desk import Desk
    from presswatch.web.replies import Job

    Page = Callable[[Database, Ask], Shown | Moved]
    Deed = Callable[[Desk, Ask], Awaitable[Moved | Page]]
    Endpoint = Callable[[Request], Awaitable[Response]]

READ_ONLY: Final = "this page only reads the archive; `presswatch run` serves one that acts"

MOST_BODY: Final = 64 * 1024
BODY_TIME: Final = 20.0  # seconds; who sends it byte by byte holds a connection
_MOST_FIELDS: Final = 50
_HTML: Final = "text/html; charset=utf-8"
_IN_LINKS: Final = ":/%#?=@[]!$&'()*+,;"


def page(make: Page) -> Endpoint:
    """An endpoint that reads the archive; reading and rendering are done apart from the loop."""
    job = _job(make)

    async def endpoint(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        reply = await desk.give(job, question(request, desk, dict(request.query_params)))
        return Response(reply.body, reply.status, reply.headers)

    return endpoint


def _job(make: Page) -> Job:
    return partial(_made, make)


def _made(make: Page, db: Database, ask: Ask) -> Reply:
    return answer(make(db, ask), ask, masthead(db, ask))


def deed(do: Deed) -> Endpoint:
    """An endpoint that changes something; only where the service lends its hands.

    It leads to a page, or shows one in its place, which is made as every page is.
    """

    async def endpoint(request: Request) -> Response:
        desk = acting(request)
        what = question(request, desk, await form(request))
        try:
            done = await do(desk, desk.shelf.ask(what))
        finally:
            desk.forget()
        return await led(desk, what, done)

    return endpoint


def step(look: Deed) -> Endpoint:
    """An endpoint on the way to a change: it changes nothing, and is there only with the change."""

    async def endpoint(request: Request) -> Response:
        desk = acting(request)
        what = question(request, desk, dict(request.query_params))
        return await led(desk, what, await look(desk, desk.shelf.ask(what)))

    return endpoint


def acting(request: Request) -> Desk:
    """The desk of a service. Raises Refused where nothing can be changed."""
    desk: Desk = request.app.state.desk
    if desk.hands is None:
        raise Refused(cause=READ_ONLY)
    return desk


async def led(desk: Desk, what: Question, done: Moved | Page) -> Response:
    """What the browser gets after an act: the way to a page, or one in its place."""
    reply = moved(done) if isinstance(done, Moved) else await desk.give(_job(done), what)
    return Response(reply.body, reply.status, reply.headers)


def asked(request: Request, desk: Desk, values: Mapping[str, str]) -> Ask:
    """The request as the pages read it. Raises ConfigError where no config was ever sound."""
    return desk.shelf.ask(question(request, desk, values))


def question(request: Request, desk: Desk, values: Mapping[str, str]) -> Question:
    """The request without anything of the wire."""
    return Question(
        path=request.url.path,
        places=request.path_params,
        values=values,
        live=desk.hands is not None,
        known=getattr(request.state, "known", False),
        unwritten=desk.hands.unwritten() if desk.hands is not None else "",
    )


async def form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises Refused for a body that no form of ours sends."""
    body = await whole(request, MOST_BODY)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refused(cause="the form cannot be read") from None
    return dict(pairs)


async def whole(request: Request, most: int) -> bytes:
    """The body, of `most` bytes at most. Raises Refused."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIME):
            async for piece in request.stream():
                body += piece
                if len(body) > most:
                    raise Refused(cause=f"the form is too large: more than {say_size(most)}")
    except TimeoutError:
        raise Refused(cause="the form took too long to come") from None
    return bytes(body)


def answer(found: Shown | Moved, ask: Ask, head: Mapping[str, Any]) -> Reply:
    """What the browser gets; `head` are the values of the head of the page."""
    if isinstance(found, Moved):
        return moved(found)
    values: dict[str, Any] = {"ask": ask, "clock": ask.clock, **head, **found.values}
    body = render(found.template, values).encode("utf-8", "replace")  # of older archives
    return Reply(body=body, status=found.status, headers={"Content-Type": _HTML})


def moved(found: Moved) -> Reply:
    """Where the browser is to go on."""
    headers = {"Location": quote(found.place, safe=_IN_LINKS)}
    return Reply(body=b"", status=found.status, headers=headers)
