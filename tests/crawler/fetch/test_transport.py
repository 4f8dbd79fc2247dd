"""Fetching one page: what is asked, what is answered, and what goes wrong, in words."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any, NoReturn

import aiohttp
import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from crawler.errors import FetchError, TimedOut, Unreachable
from crawler.fetch.failures import explain
from crawler.fetch.resolve import Resolver
from tests.support.fetching import fetch, run, transport
from tests.support.site import (
    Behaviour,
    Recorded,
    Site,
    Wire,
    drop,
    garbled,
)


def test_a_page(site: Site) -> None:
    response = fetch(site, "/page")
    assert isinstance(response, HtmlResponse)
    assert (response.status, response.url) == (200, site.url("/page"))
    assert response.body == "<p>页</p>".encode()
    assert response.request is not None
    assert response.request.url == site.url("/page")


@pytest.mark.parametrize("status", [204, 304, 404, 410, 500, 503])
def test_any_status_is_an_answer(site: Site, status: int) -> None:
    site.page("/status", b"" if status in (204, 304) else b"x", status=status)
    assert fetch(site, "/status").status == status


def test_a_conditional_request(site: Site) -> None:
    site.page("/feed", "news", etag=True)

    async def main() -> Any:
        async with transport() as opened:
            first = await opened.fetch(Request(site.url("/feed")))
            headers = {"If-None-Match": first.headers["ETag"]}
            return await opened.fetch(Request(site.url("/feed"), headers=headers))

    response = run(main())
    assert (response.status, response.body) == (304, b"")


def test_what_we_say_about_ourselves(site: Site) -> None:
    site.page("/cookie", "x", headers={"Set-Cookie": "a=b; Path=/"})

    async def main() -> None:
        async with transport(robots=False, contact="mailto:press@example.org") as opened:
            for _ in range(2):
                await opened.fetch(Request(site.url("/cookie"), headers={"X-Own": "1"}))

    run(main())
    headers = site.requests[1].headers
    assert headers["user-agent"].startswith("presswatch/")
    assert headers["user-agent"].endswith("(+mailto:press@example.org)")
    assert headers["accept-language"] == "*"
    assert "text/html" in headers["accept"]
    assert {"gzip", "br"} <= set(headers["accept-encoding"].split(", "))
    assert headers["x-own"] == "1"
    assert "cookie" not in headers
    assert "referer" not in headers


def test_the_request_s_own_headers_come_first(site: Site) -> None:
    fetch(site, "", request=Request(site.url("/page"), headers={"User-Agent": "own/1"}))
    assert site.requests[0].headers["user-agent"] == "own/1"


def test_the_path_is_sent_as_it_is(site: Site) -> None:
    path = "/%D6%AA%CA%B6/a%2Fb%7E?x=%20y&z=1+2"
    fetch(site, path)
    assert site.requests[0].path == path


def test_headers_that_are_not_utf8_do_not_matter(site: Site) -> None:
    site.behave(
        "/bytes",
        lambda _, wire: wire.send(
            b"HTTP/1.1 200 OK\r\nX-Name: \xd6\xaa\xca\xb6\r\nContent-Length: 2\r\n\r\nhi"
        ),
    )
    response = fetch(site, "/bytes")
    assert (response.headers["X-Name"], response.body) == (b"\xd6\xaa\xca\xb6", b"hi")


def test_long_headers_are_read(site: Site) -> None:
    site.page("/policy", "x", headers={"Content-Security-Policy": "a" * 20_000})
    assert fetch(site, "/policy").body == b"x"


# ------------------------------------------------------------------ what goes wrong


@pytest.mark.parametrize(
    ("behaviour", "kind", "cause"),
    [
        (drop, FetchError, "the answer is broken"),
        (garbled, FetchError, "the answer is not HTTP"),
    ],
)
def test_broken_answers(
    site: Site, behaviour: Behaviour, kind: type[FetchError], cause: str
) -> None:
    site.behave("/broken", behaviour)
    with pytest.raises(kind, match=cause) as caught:
        fetch(site, "/broken")
    assert str(caught.value).isprintable()
    assert caught.value.passing


def raw(*pieces: bytes) -> Behaviour:
    def behave(_: Recorded, wire: Wire) -> None:
        for piece in pieces:
            wire.send(piece)
        raise ConnectionResetError

    return behave


@pytest.mark.parametrize(
    ("pieces", "cause"),
    [
        ((), "hung up without an answer|connection reset"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello",), "not HTTP"),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",), "broken|not HTTP"),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",), "broken"),
        (
            (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",),
            "broken",
        ),
        ((b"HTTP/1.1 \x1b[31mred\r\n\r\n",), "not HTTP"),
        ((b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(9999)),), "not HTTP"),
    ],
)
def test_answers_that_are_none(site: Site, pieces: tuple[bytes, ...], cause: str) -> None:
    site.behave("/raw", raw(*pieces))
    with pytest.raises(FetchError, match=cause) as caught:
        fetch(site, "/raw")
    assert str(caught.value).isprintable()


def test_nobody_there() -> None:
    with socket.socket() as held:  # bound and not listening
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with pytest.raises(Unreachable, match="connection refused"):
            fetch(None, "", request=Request(f"http://127.0.0.1:{port}/"))
        with pytest.raises(Unreachable, match="connection refused"):
            fetch(None, "", request=Request(f"http://127.0.0.1:{port}/"), robots=True)


def test_no_such_name() -> None:
    with pytest.raises(Unreachable, match=r"no-such-host\.invalid"):
        fetch(None, "", request=Request("http://no-such-host.invalid/"))


def test_a_name_server_that_does_not_answer_delays_no_other_and_not_the_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = threading.Event(), threading.Event()
    look_up = socket.getaddrinfo

    def getaddrinfo(host: str, *args: Any, **kwargs: Any) -> Any:
        if host == "hung.example":
            asked.set()
            answer.wait(30)
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    async def main() -> Any:
        async with transport(robots=False) as opened:
            hung = [
                asyncio.create_task(opened.fetch(Request(f"http://hung.example:{8000 + n}/")))
                for n in range(20)
            ]
            await asyncio.to_thread(asked.wait, 10)
            response = await opened.fetch(Request(f"http://localhost:{site.port}/page"))
            for task in hung:
                task.cancel()
            await asyncio.wait(hung)
            return response.status

    began = time.monotonic()
    assert run(main()) == 200
    assert time.monotonic() - began < 10
    answer.set()


def test_a_name_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: answer.wait(30) and [])

    async def main() -> None:
        await Resolver(seconds=0.05).resolve("hung.example")

    with pytest.raises(OSError, match="does not answer"):
        run(main())
    answer.set()


@pytest.mark.parametrize(
    ("error", "kind", "cause"),
    [
        (aiohttp.ConnectionTimeoutError("x"), TimedOut, "no connection in time"),
        (aiohttp.SocketTimeoutError("x"), TimedOut, "no complete answer within 30 s"),
        (aiohttp.ServerDisconnectedError(), Unreachable, "hung up"),
        (aiohttp.ClientOSError(104, "x"), Unreachable, "connection reset by peer"),
        (aiohttp.ClientConnectionError("a\x1b[2Jb\nc"), Unreachable, "a\ufffd[2Jb c"),
        (aiohttp.ClientError(), Unreachable, "ClientError"),
    ],
)
def test_causes_are_for_people(error: Exception, kind: type[FetchError], cause: str) -> None:
    explained = explain("https://news.example/", error, 30.0)
    assert type(explained) is kind
    assert cause in explained.cause
    assert "https://news.example/" in str(explained)


def test_a_proxy_that_refuses_is_named(site: Site) -> None:
    with pytest.raises(Unreachable, match="the proxy answered 501"):
        fetch(None, "https://news.example/", proxy=site.url("/"))


def test_a_bug_is_not_dressed_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr("crawler.fetch.handler._response", broken)
    with pytest.raises(ZeroDivisionError):
        fetch(site, "/page")
