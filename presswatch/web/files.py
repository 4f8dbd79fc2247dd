"""Our own style and script, and pages as they were fetched: bytes, never rendered."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from archive.lookup import raw_body
from presswatch.web.ask import MOST_ID
from presswatch.web.errors import NotFound
from presswatch.web.render import STATIC, static

if TYPE_CHECKING:
    from starlette.requests import Request

    from presswatch.web.desk import Desk


async def raw(request: Request) -> Response:
    """The response that an article was read from, byte for byte, to be kept and not looked at."""
    desk: Desk = request.app.state.desk
    number = request.path_params["article"]
    if number > MOST_ID:
        raise NotFound(f"article {number}")
    found = await desk.readers.read(lambda db: raw_body(db, number))
    if found is None:
        raise NotFound(f"article {number}", hint="of it the archive keeps no page")
    digest = hashlib.sha256(found.body)
    headers = {
        "Content-Disposition": f'attachment; filename="article-{number}.raw"',
        "Repr-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
        "ETag": f'"{digest.hexdigest()}"',
        # Whoever opens it in a browser after all: nothing in it may run.
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }
    return Response(found.body, media_type="application/octet-stream", headers=headers)


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
