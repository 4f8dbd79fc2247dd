"""The sources as OPML: a feed reader's list taken into the config, and the way back.

What is read, judged and written is as of `presswatch sources import` and `export`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import Response

from presswatch.adding.opml import NotOpml, read_opml, write_opml
from presswatch.adding.transfer import judged, outlines_of
from presswatch.config.edit import add_tables
from presswatch.config.load import load, read
from presswatch.errors import ConfigError
from presswatch.web.adding import barred, page
from presswatch.web.ask import Shown
from presswatch.web.errors import Refused
from presswatch.web.saving import said
from presswatch.web.serve import acting, led, question, whole

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from sqlite_utils import Database
    from starlette.requests import Request

    from presswatch.adding.transfer import Judged
    from presswatch.web.ask import Ask
    from presswatch.web.desk import Desk
    from presswatch.web.serve import Page

#: Two thousand feeds are half of it.
MOST_UPLOAD: Final = 2 * 2**20


async def take(request: Request) -> Response:
    """Add what is new in the list that a form sends, and say what became of each."""
    desk = acting(request)
    body = await _file(request)
    what = question(request, desk, {})
    try:
        done = await asyncio.to_thread(_taken, desk, body)
    finally:
        desk.forget()
    return await led(desk, what, done)


async def _file(request: Request) -> bytes:
    """The first file of a form; b"" where none was chosen. Raises Refused."""
    body = await whole(request, MOST_UPLOAD)

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(request.headers, stream(), max_files=1, max_fields=5)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise Refused(cause="the form cannot be read") from error
    try:
        chosen = form.get("file")
        return await chosen.read() if isinstance(chosen, UploadFile) else b""
    finally:
        await form.close()


def _taken(desk: Desk, body: bytes) -> Page:
    """Reads and writes the config file: in a thread."""
    if not body:
        return _not(["choose the file that the feed reader has written"])
    try:
        config = load(desk.config, desk.environ)
        if reason := barred(config):
            return _not([reason])
        fates = list(judged(read_opml(body), config))
        tables = [one.table for one in fates if one.table]
        if tables:
            add_tables(desk.config, desk.environ, "source", tables)
    except NotOpml as error:
        return _not([str(error)])
    except (ConfigError, OSError) as error:
        return _not(said(error))
    return partial(_told, fates)


def _not(problems: Sequence[str]) -> Page:
    return partial(page, {"refused": problems})


def _told(fates: Sequence[Judged], _: Database, __: Ask) -> Shown:
    """What became of each outline: the refused first, since they want somebody."""
    order = ("refused", "added", "known")
    rows = sorted(fates, key=lambda one: order.index(one.fate))
    counts = Counter(one.fate for one in fates)
    return Shown(template="taken.html", values={"rows": rows, "counts": counts})


async def give(request: Request) -> Response:
    """The sources as a file for a feed reader, without headers and what may be a secret."""
    desk = acting(request)

    def write() -> bytes:
        tables = read(desk.config).get("source", [])
        return write_opml(outlines_of(tables, []), datetime.now(UTC))

    body = await asyncio.to_thread(write)
    headers = {"Content-Disposition": 'attachment; filename="presswatch.opml"'}
    return Response(body, media_type="text/x-opml; charset=utf-8", headers=headers)
