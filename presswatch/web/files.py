"""Our own style and script, and pages as they were fetched: bytes, never rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from presswatch.web.render import STATIC, static

if TYPE_CHECKING:
    from starlette.requests import Request


async def static_file(request: Request) -> Response:
    """A file of ours under the digest of its content: kept by browsers for ever."""
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404)
    content, digest = static(name)
    if request.path_params["digest"] != digest:
        raise HTTPException(404)
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, media_type=STATIC[name], headers=kept)
