"""The press and the receivers of a simulated day: servers by the clock of the service.

They behave as the plan says at the hour of the moved clock.
"""

from __future__ import annotations

import asyncio
import functools
import json
import socket
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from bench import dayplan
from tests.support.news import article

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.dayplan import Fault, Item, Plan

WORD = "zincwort"
SECRET = "whsec_cHJlc3N3YXRjaC1kYXktc2VjcmV0LTEyMzQ1Njc4OTAxMg=="
_FOREVER = 3600.0
_BOMB = 200_000_000  # bytes that it unpacks to
_REDESIGNED = "<!doctype html><title>We have a new look</title><p>Find our news on our new page."


class Server:
    """An aiohttp server on some addresses of loopback, all of one port; it can go and come back.

    `reached` is called while somebody waits for what the kind of server is there for: a page, or
    the receipt of a message.
    """

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = hosts
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.reached: Callable[[], None] | None = None

    def _reach(self) -> None:
        if self.reached is not None:
            self.reached()

    async def come(self) -> None:
        """Listen, on the port of the last time."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        for host in self._hosts:
            bound = socket.create_server((host, self.port), backlog=64)
            self.port = bound.getsockname()[1]
            await web.SockSite(self._runner, bound).start()

    async def go(self) -> None:
        """Connections are refused, and those in use are cut."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raise NotImplementedError


class Press(Server):
    """All sites, each on an address of its own."""

    def __init__(self, plan: Plan, begin: datetime) -> None:
        super().__init__([host(source) for source in range(plan.sources)])
        self.requests = 0
        self._plan = plan
        self._begin = begin
        self._by_number = {item.number: item for item in plan.items}

    def url(self, source: int, path: str = "/feed.xml") -> str:
        return f"http://{host(source)}:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """A feed, a page, or what goes wrong at this hour."""
        self.requests += 1
        source, hour = int(request.host.split(":")[0].split(".")[3]) - 1, self._hour()
        is_page = request.path.startswith("/n/")
        for fault in self._plan.sites:
            what = fault.what.removeprefix("pages ")
            if fault.holds(source, hour) and (what != fault.what) == is_page:
                return await _misbehave(what, request)
        if is_page:
            self._reach()
            return self._page(int(request.path.split("/")[2].split(".")[0]), hour)
        if request.path != "/feed.xml":
            return web.Response(status=404)
        return _tagged(request, self._feed(source, hour), "application/rss+xml")

    def _hour(self) -> float:
        return dayplan.hour_of(datetime.now(UTC) - self._begin)

    def _page(self, number: int, hour: float) -> web.Response:
        item = self._by_number.get(number)
        if item is None or item.at > hour:
            return web.Response(status=404)
        html = article(item.text, word=WORD if item.told else "")
        return web.Response(text=html, content_type="text/html")

    def _feed(self, source: int, hour: float) -> str:
        items = "".join(self._entry(item) for item in self._plan.listed(source, hour))
        return _listing(items)

    def _entry(self, item: Item) -> str:
        at = self._begin + timedelta(hours=item.at)
        return (
            f"<item><title>Case {item.text}</title><link>{self.page_url(item)}</link>"
            f"<pubDate>{format_datetime(at.replace(microsecond=0))}</pubDate></item>"
        )

    def page_url(self, item: Item) -> str:
        return self.url(item.source, f"/n/{item.number}.html")


def _listing(items: str) -> str:
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>Site</title>'
    return f"{head}{items}</channel></rss>"


def host(source: int) -> str:
    """The address of a site: sites are told apart by it."""
    return f"127.0.3.{source + 1}"


def _tagged(request: web.Request, body: str, kind: str) -> web.Response:
    tag = f'"{zlib.crc32(body.encode()):x}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    return web.Response(text=body, content_type=kind, headers={"ETag": tag})


async def _misbehave(what: str, request: web.Request) -> web.StreamResponse:
    if what.isdigit():
        return web.Response(status=int(what), text="not now")
    if what == "empty":
        empty = (
            '<?xml version="1.0"?><rss version="2.0"><channel><title>Site</title></channel></rss>'
        )
        return web.Response(text=empty, content_type="application/rss+xml")
    if what == "html":
        return web.Response(text=_REDESIGNED, content_type="text/html")
    if what == "bomb":
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/rss+xml"}
        return web.Response(body=_bomb(), headers=headers)
    if what == "hang":
        await asyncio.sleep(_FOREVER)
    if request.transport is None:  # whoever asked has gone
        return web.Response()
    if what == "garbled":
        request.transport.write(b"\x00\xff\x17 this is not HTTP\r\n\r\n")
    if what == "drop":
        request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n<rss")
    request.transport.close()
    return web.Response()


@functools.cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1_000_000)
    return b"".join(packer.compress(zeros) for _ in range(_BOMB // len(zeros))) + packer.flush()


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that a receiver took."""

    id: str
    rule: str  # "" for a notice
    url: str
    notice: tuple[str, str, str] = ("", "", "")  # source, kind, begun or ended


class Desk(Server):
    """A receiver. What it takes is written down at once."""

    def __init__(self, name: str, faults: tuple[Fault, ...], begin: datetime, folder: Path) -> None:
        super().__init__(["127.0.0.1"])
        self.faults = faults
        self.name = name
        self._book = folder / f"{name}.jsonl"
        self.requests = self.invalid = self.refused = 0
        self._begin = begin
        self._webhook = Webhook(SECRET)

    @functools.cached_property
    def taken(self) -> list[Taken]:
        """What it answered 204, in order; to be asked for when the day is over."""
        with self._book.open(encoding="utf-8") as lines:
            return [_read(json.loads(line)) for line in lines]

    @property
    def hook(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """204, unless it has an hour in which it does something else."""
        body = await request.read()
        self.requests += 1
        try:
            self._webhook.verify(body, {name.lower(): v for name, v in request.headers.items()})
        except WebhookVerificationError:
            self.invalid += 1
        hour = dayplan.hour_of(datetime.now(UTC) - self._begin)
        fault = next((one.what for one in self.faults if one.holds(0, hour)), "")
        if fault.isdigit():
            self.refused += 1
            return web.Response(status=int(fault), text="not this one")
        if fault == "drops" and self.requests % 3 == 0:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        with self._book.open("ab") as book:
            book.write(body + b"\n")
        self._reach()
        return web.Response(status=204)


def _read(payload: dict[str, Any]) -> Taken:
    if "article" in payload:
        return Taken(payload["id"], payload["rule"]["name"], payload["article"]["url"])
    about = payload["source"] or payload["channel"] or ""
    return Taken(payload["id"], "", "", (about, payload["kind"], payload["state"]))
