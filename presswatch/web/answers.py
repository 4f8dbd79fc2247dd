"""Answers for programs: JSON and XML made in a thread, with an ETag of what they hold."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from presswatch.web.serve import asked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlite_utils import Database
    from starlette.requests import Request

    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk

    Endpoint = Callable[[Request], Awaitable[Response]]


def api(make: Callable[[Database, Ask], Mapping[str, Any]]) -> Endpoint:
    """An endpoint that answers in JSON."""

    def job(db: Database, ask: Ask) -> bytes:
        return json.dumps(make(db, ask), ensure_ascii=False).encode("utf-8")

    return _answered(job, "application/json")


def atom(make: Callable[[Database, Ask], bytes]) -> Endpoint:
    """An endpoint that answers in Atom."""
    return _answered(make, "application/atom+xml; charset=utf-8")


def _answered(make: Callable[[Database, Ask], bytes], kind: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        desk: Desk = request.app.state.desk

        def job(db: Database) -> tuple[bytes, str]:
            body = make(db, asked(request, desk, dict(request.query_params)))
            return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'

        body, etag = await desk.readers.read(job)
        if is_known(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers={"ETag": etag})
        return Response(body, media_type=kind, headers={"ETag": etag})

    return endpoint


def is_known(asked_for: str, etag: str) -> bool:
    """Whether an If-None-Match header names this ETag (RFC 9110, 13.1.2: weak comparison)."""
    tags = (tag.strip().removeprefix("W/") for tag in asked_for.split(","))
    return any(tag in {etag, "*"} for tag in tags)
