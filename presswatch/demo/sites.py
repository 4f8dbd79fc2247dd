"""The sample press on loopback ports, 127.0.0.1 only: a small server for each of its sites."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Self

from aiohttp import web

from presswatch.demo.pages import Printer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from presswatch.demo.press import Article, Press, Site

HOST = "127.0.0.1"

#: Seconds between the first reading of a text, and its correction or its reprint elsewhere.
LATER = 3.0

ROBOTS = "User-agent: *\nDisallow: /login\nDisallow: /share\n"


@dataclass(slots=True)
class Readers:
    """Which articles have been read, and when first."""

    clock: Callable[[], float] = monotonic
    _first: dict[str, float] = field(default_factory=dict)

    def read(self, article: str) -> None:
        self._first.setdefault(article, self.clock())

    def long_ago(self, article: str) -> bool:
        """Whether somebody has read it, and had time to react."""
        first = self._first.get(article)
        return first is not None and self.clock() - first >= LATER


class Server:
    """One site. Its listing and its pages are asked for conditionally, and answered so."""

    def __init__(self, press: Press, site: Site, start: datetime, readers: Readers) -> None:
        self._press, self._site, self._start, self._readers = press, site, start, readers
        self._paths: dict[str, Article] = {}

    async def open(self) -> web.AppRunner:
        """Serve on a free port."""
        app = web.Application()
        app.router.add_get("/robots.txt", self._robots)
        app.router.add_get(f"/{self._site.listing or 'index.html'}", self._listing)
        app.router.add_get("/{path:.*}", self._page)
        runner, port = await listen(app)
        self.origin = f"http://{HOST}:{port}"
        self._printer = Printer(self._press, self._site, self.origin, self._start)
        self._paths = {
            self._printer.path(article): article for article in self._press.of(self._site.name)
        }
        return runner

    def url(self, article: Article) -> str:
        return self.origin + self._printer.path(article)

    async def _robots(self, _: web.Request) -> web.Response:
        return web.Response(text=ROBOTS)

    async def _listing(self, request: web.Request) -> web.Response:
        listed = [
            article
            for article in self._paths.values()
            if not article.follows or self._readers.long_ago(article.follows)
        ]
        if not self._site.listing:
            return web.Response(status=404, text="There is nothing here.")
        kind = self._site.content_type if self._site.listing.endswith("html") else "application/xml"
        return _conditional(request, self._printer.listing(listed), kind)

    async def _page(self, request: web.Request) -> web.Response:
        article = self._paths.get(request.path)
        if article is None:
            return web.Response(status=404, text="There is nothing here.")
        text = article.text
        if article.corrected and self._readers.long_ago(article.name):
            text = article.corrected
        self._readers.read(article.name)
        return _conditional(request, self._printer.page(article, text), self._site.content_type)


def _conditional(request: web.Request, body: bytes, content_type: str) -> web.Response:
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers={"ETag": etag})
    return web.Response(body=body, headers={"ETag": etag, "Content-Type": content_type})


async def listen(app: web.Application) -> tuple[web.AppRunner, int]:
    """Serve an application on a free port of 127.0.0.1; clean the runner up to end it."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    port: int = runner.addresses[0][1]
    return runner, port


class Servers:
    """All sites: ``async with Servers(press, start) as servers``."""

    def __init__(self, press: Press, start: datetime) -> None:
        readers = Readers()
        self._press = press
        self._servers = {site.name: Server(press, site, start, readers) for site in press.sites}
        self._runners: list[web.AppRunner] = []

    async def __aenter__(self) -> Self:
        for server in self._servers.values():
            self._runners.append(await server.open())
        return self

    async def __aexit__(self, *_: object) -> None:
        for runner in self._runners:
            await runner.cleanup()

    @property
    def origins(self) -> dict[str, str]:
        """Site → "http://127.0.0.1:port"."""
        return {name: server.origin for name, server in self._servers.items()}

    @property
    def urls(self) -> dict[str, str]:
        """Article → its URL."""
        return {
            name: self._servers[article.site].url(article)
            for name, article in self._press.articles.items()
        }
