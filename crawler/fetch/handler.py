"""One transfer: connect through the guard, send, read no more than the limit.

Bodies beyond a first piece are received `transfers` at a time, so that memory is bounded; who hangs
or drips before that takes no place from anybody.

Written against Scrapy's public handler protocol and aiohttp's public interface, so neither the
experimental handler of the one nor a default of the other decides what may be fetched.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import aiohttp
import yarl
from scrapy.http import Headers, Request, Response
from scrapy.responsetypes import responsetypes

from crawler.errors import FetchError, Forbidden, TooLarge
from crawler.fetch import failures
from crawler.fetch.resolve import Resolver
from crawler.guard import Guard
from crawler.settings import OPTIONS, FetchOptions, user_agent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.abc import AbstractResolver
    from scrapy.crawler import Crawler

    from crawler.settings import Live

#: Real sites send policies of more than aiohttp's 8 KiB in one header.
_HEADER_BYTES = 64 * 1024
_CONNECT_SECONDS = 10.0
#: Received of every answer without a place among the transfers: most answers as a whole.
_FIRST_PIECE = 64 * 1024
_UNCHANGED = 304
_NOT_OFFERED = frozenset({"x-gzip", "compress", "x-compress"})


@dataclass(slots=True)
class _Attempt:
    """What the guard said about the addresses of one request."""

    guard: Guard
    refused: list[str] = field(default_factory=list)
    tried: int = 0


_attempt: ContextVar[_Attempt] = ContextVar("_attempt")


@dataclass(slots=True)
class _Means:
    """What a request is made with, from its first byte to its last."""

    options: FetchOptions
    guard: Guard
    bodies: asyncio.Semaphore
    session: aiohttp.ClientSession
    users: int = 0
    retired: bool = False

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[_Means]:
        """Whoever is the last to use what has been replaced closes it."""
        self.users += 1
        try:
            yield self
        finally:
            self.users -= 1
            await self.let_go()

    async def let_go(self) -> None:
        """Close the connections, if nobody will use them again."""
        if self.retired and not self.users:
            await self.session.close()


class Handler:
    """Downloads http and https requests; a `DownloadHandlerProtocol` of Scrapy's."""

    lazy: ClassVar[bool] = False

    def __init__(self, options: FetchOptions, *, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver
        self._means = self._make(options)
        self._letting_go: set[asyncio.Task[None]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Handler:
        live: Live = crawler.settings[OPTIONS]
        made = cls(live.now)
        live.follow(made.change)
        return made

    def change(self, options: FetchOptions) -> None:
        """Make what begins from now on by these; connections of before serve nothing new."""
        before = self._means
        if options == before.options:
            return
        self._means = self._make(options)
        before.retired = True
        task = asyncio.get_running_loop().create_task(before.let_go())
        self._letting_go.add(task)
        task.add_done_callback(self._letting_go.discard)

    async def close(self) -> None:
        await self._means.session.close()

    def _make(self, options: FetchOptions) -> _Means:
        return _Means(
            options=options,
            guard=Guard(options.allow_networks),
            bodies=asyncio.Semaphore(options.transfers),
            session=_session(options, self._resolver or Resolver()),
        )

    async def download_request(self, request: Request) -> Response:
        """The response with its body decompressed.

        `request.meta` may hold `download_timeout` (seconds), `download_maxsize` (bytes) and
        `cut` (keep the beginning of a longer body). Raises `crawler.errors.FetchError`.
        """
        async with self._means.in_use() as means:
            seconds = request.meta.get("download_timeout") or means.options.timeout.total_seconds()
            url = _checked(request.url, means)
            attempt = _Attempt(means.guard)
            token = _attempt.set(attempt)
            try:
                async with asyncio.timeout(seconds) as limit:
                    return await _transfer(means, request, url, seconds, limit)
            except (aiohttp.ClientError, TimeoutError) as error:
                if attempt.refused and not attempt.tried:
                    raise _forbidden(request.url, attempt.refused) from None
                raise failures.explain(request.url, error, seconds) from error
            finally:
                _attempt.reset(token)


def _session(options: FetchOptions, resolver: AbstractResolver) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0,  # the downloader counts connections
            resolver=resolver,
            ssl=ssl.create_default_context(),
            # A proxy is trusted by name in the configuration, wherever it stands.
            socket_factory=None if options.proxy else _socket,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={
            "User-Agent": user_agent(options),
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "*",
        },
        skip_auto_headers=("Content-Type",),
        trust_env=False,
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
    )


def _socket(info: tuple[Any, ...]) -> socket.socket:
    """What aiohttp calls with each resolved address, just before it connects."""
    family, kind, protocol, _, address = info
    attempt = _attempt.get()
    if not attempt.guard.allows(address[0]):
        attempt.refused.append(address[0])
        raise PermissionError(f"{address[0]} is not allowed")
    attempt.tried += 1
    return socket.socket(family=family, type=kind, proto=protocol)


def _checked(url: str, means: _Means) -> yarl.URL:
    try:
        # Scrapy has escaped it already; escaping twice would change what is asked for.
        parsed = yarl.URL(url, encoded=True)
        host = parsed.host
    except ValueError as error:
        raise Forbidden(url, cause=f"not a web address ({error})") from error
    if means.options.proxy and host and _literal(host) and not means.guard.allows(host):
        raise _forbidden(url, [host])
    return parsed


async def _transfer(
    means: _Means, request: Request, url: yarl.URL, seconds: float, limit: asyncio.Timeout
) -> Response:
    connect = min(seconds, _CONNECT_SECONDS)
    async with means.session.request(
        request.method,
        url,
        data=request.body or None,
        headers=request.headers.to_tuple_list(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect),
        allow_redirects=False,
        proxy=means.options.proxy or None,
    ) as answer:
        return _response(request, answer, await _body(means, request, answer, limit))


async def _body(
    means: _Means, request: Request, answer: aiohttp.ClientResponse, limit: asyncio.Timeout
) -> bytes:
    most: int = request.meta.get("download_maxsize") or means.options.max_body
    cut: bool = request.meta.get("cut", False)
    if not cut and (answer.content_length or 0) > most:
        raise _too_large(request.url, most)
    first = min(most, _FIRST_PIECE)
    chunks: list[bytes] = []
    size = await _receive(answer, chunks, 0, first)
    if first < size <= most:
        async with _place(means.bodies, limit):
            size = await _receive(answer, chunks, size, most)
    if size > most and not cut:
        raise _too_large(request.url, most)
    return b"".join(chunks)[:most]


@asynccontextmanager
async def _place(bodies: asyncio.Semaphore, limit: asyncio.Timeout) -> AsyncIterator[None]:
    """A place among the transfers; waiting for it is not the server's time."""
    loop = asyncio.get_running_loop()
    until, since = limit.when(), loop.time()
    limit.reschedule(None)
    async with bodies:
        limit.reschedule(None if until is None else until + loop.time() - since)
        yield


async def _receive(
    answer: aiohttp.ClientResponse, chunks: list[bytes], size: int, enough: int
) -> int:
    """Add to `chunks`, of `size` bytes so far, until there are more than enough; the new size."""
    while size <= enough and (chunk := await answer.content.readany()):
        chunks.append(chunk)
        size += len(chunk)
    return size


def _response(request: Request, answer: aiohttp.ClientResponse, body: bytes) -> Response:
    headers = Headers(answer.raw_headers)  # bytes, since not all are UTF-8
    # aiohttp has decompressed what we offer to take. Of the rest, "utf-8" and the like do no harm.
    coding = b",".join(headers.pop("Content-Encoding", ())).decode("latin-1").lower()
    if "," in coding or coding in _NOT_OFFERED:
        raise FetchError(request.url, cause=f"it is compressed as {coding!r}")
    kind = Response  # of an answer that says only that nothing has changed
    if answer.status != _UNCHANGED:
        kind = responsetypes.from_args(headers=headers, url=request.url, body=body)
    response = kind(url=request.url, status=answer.status, body=body)
    response.headers = headers  # as they are: its constructor would normalise them once more
    return response


def _too_large(url: str, limit: int) -> TooLarge:
    return TooLarge(url, cause=f"more than {limit / 1048576:.3g} MiB")


def _forbidden(url: str, addresses: list[str]) -> Forbidden:
    return Forbidden(
        url,
        cause=f"{', '.join(dict.fromkeys(addresses))} is not a public address",
        hint="[fetch] allow_networks opens others",
    )


def _literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()
