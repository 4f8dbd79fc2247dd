"""Answers for programs: JSON and XML with an ETag of what they hold."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from presswatch.web.replies import Reply
from presswatch.web.serve import question

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlite_utils import Database
    from starlette.requests import Request

    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk
    from presswatch.web.replies import Job

    Endpoint = Callable[[Request], Awaitable[Response]]


def api(make: Callable[[Database, Ask], Mapping[str, Any]]) -> Endpoint:
    """An endpoint that answers in JSON."""
    return _answered(partial(_json, make))


def _json(make: Callable[[Database, Ask], Mapping[str, Any]], db: Database, ask: Ask) -> Reply:
    body = json.dumps(make(db, ask), ensure_ascii=False).encode("utf-8", "replace")
    return _tagged(body, "application/json")


def atom(make: Callable[[Database, Ask], bytes]) -> Endpoint:
    """An endpoint that answers in Atom."""
    return _answered(partial(_atom, make))


def _atom(make: Callable[[Database, Ask], bytes], db: Database, ask: Ask) -> Reply:
    return _tagged(make(db, ask), "application/atom+xml; charset=utf-8")


def _tagged(body: bytes, kind: str) -> Reply:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Reply(body=body, headers={"Content-Type": kind, "ETag": etag})


def _answered(job: Job) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        desk: Desk = request.app.state.desk
        reply = await desk.give(job, question(request, desk, dict(request.query_params)))
        etag = reply.headers["ETag"]
        if is_known(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers={"ETag": etag})
        return Response(reply.body, headers=reply.headers)

    return endpoint


def is_known(asked_for: str, etag: str) -> bool:
    """Whether an If-None-Match header names this ETag (RFC 9110, 13.1.2: weak comparison)."""
    tags = (tag.strip().removeprefix("W/") for tag in asked_for.split(","))
    return any(tag in {etag, "*"} for tag in tags)
