"""Signs of life for whoever runs the service: the process is there, and does its work."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from archive.errors import PresswatchError
from archive.heartbeat import heartbeat
from presswatch.views.standing import alive

if TYPE_CHECKING:
    from sqlite_utils import Database
    from starlette.requests import Request

    from presswatch.web.desk import Desk

_PATIENCE = 5.0  # seconds that the archive may take to answer


async def live(_: Request) -> Response:
    """200 as long as the loop turns."""
    return JSONResponse({"live": True})


async def ready(request: Request) -> Response:
    """200 if the archive answers and, in the service, its loops do; else 503 and why."""
    desk: Desk = request.app.state.desk

    if desk.hands is not None and (why := desk.hands.unwritten()):
        return _not_ready(why)

    def job(db: Database) -> bool:
        return desk.hands is None or alive(heartbeat(db), datetime.now(UTC))

    try:
        async with asyncio.timeout(_PATIENCE):
            beating = await desk.readers.read(job)
    except TimeoutError:
        return _not_ready("the archive does not answer")
    except (PresswatchError, sqlite3.Error) as error:
        return _not_ready(str(error))
    return JSONResponse({"ready": True}) if beating else _not_ready("no sign of life")


def _not_ready(why: str) -> Response:
    return JSONResponse({"ready": False, "reason": why}, 503)
