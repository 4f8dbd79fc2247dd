"""A transport that may fetch from loopback, opened and closed around a test's coroutine."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from scrapy import Request

from crawler.fetch.transport import Transport
from crawler.settings import FetchOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from scrapy.http import Response

    from tests.support.site import Site

T = TypeVar("T")

LOOPBACK = ("127.0.0.0/8",)


def options(**changes: Any) -> FetchOptions:
    """Loopback is open and nobody waits, unless `changes` say otherwise."""
    given: dict[str, Any] = {"allow_networks": LOOPBACK, "delay": timedelta(0), **changes}
    return FetchOptions(**given)


@asynccontextmanager
async def transport(**changes: Any) -> AsyncIterator[Transport]:
    async with Transport(options(**changes)) as opened:
        yield opened


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, after which whatever was left open says so by its ResourceWarning."""
    try:
        return asyncio.run(main)
    finally:
        gc.collect()


def fetch(
    site: Site | None, path: str, *, request: Request | None = None, **changes: Any
) -> Response:
    """The answer to a path of the site, or to the request, by a transport of its own."""

    async def main() -> Response:
        wanted = request or Request(site.url(path) if site else path)
        async with transport(**{"robots": False, **changes}) as opened:
            return await opened.fetch(wanted)

    return run(main())
