from __future__ import annotations

import asyncio
import gzip
import ipaddress
import logging
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import aiohttp
import brotli  # type: ignore[import-untyped]
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from scrapy import Request
from scrapy.http import HtmlResponse, Response

from crawler.errors import FetchError, RobotsUnknown, TimedOut, TooLarge, Unreachable
from crawler.resolve import Resolver
from crawler.transport import Transport
from crawler.trouble import explain
from tests.support.fetching import LOOPBACK, options, run, transport
from tests.support.site import (
    Behaviour,
    Recorded,
    Site,
    Wire,
    drop,
    endless,
    garbled,
    hang,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        site.page("/page", "<p>页</p>")
        yield site


def fetch(
    site: Site | None, path: str, *, request: Request | None = None, **changes: Any
) -> Response:
    async def main() -> Response:
        wanted = request or Request(site.url(path) if site else path)
        async with transport(**{"robots": False, **changes}) as opened:
            return await opened.fetch(wanted)

    return run(main())


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


# ------------------------------------------------------------------ sizes

BOMB = 64 * 1024 * 1024
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=1),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_bodies_are_decompressed(site: Site, encoding: str) -> None:
    body = "知识产权 ".encode() * 1000
    site.page("/z", ENCODINGS[encoding](body), headers={"Content-Encoding": encoding})
    response = fetch(site, "/z")
    assert response.body == body
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize("coding", ["utf-8", "none", "identity", ""])
def test_labels_that_are_no_compression_are_ignored(site: Site, coding: str) -> None:
    site.page("/label", "as it is", headers={"Content-Encoding": coding})
    assert fetch(site, "/label").body == b"as it is"


@pytest.mark.parametrize("coding", ["x-gzip", "gzip, gzip", "compress"])
def test_a_compression_that_was_not_offered_is_named(site: Site, coding: str) -> None:
    site.page("/label", gzip.compress(b"x"), headers={"Content-Encoding": coding})
    with pytest.raises(FetchError, match=f"compressed as '{coding}'"):
        fetch(site, "/label")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_bomb_is_stopped_early(site: Site, encoding: str) -> None:
    packed = ENCODINGS[encoding](bytes(BOMB))
    assert len(packed) < 1024 * 1024
    site.page("/bomb", packed, headers={"Content-Encoding": encoding})

    async def main() -> Any:
        async with transport(robots=False, max_body=1024 * 1024) as opened:
            tracemalloc.start()
            try:
                with pytest.raises(TooLarge):
                    await opened.fetch(Request(site.url("/bomb")))
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    assert run(main()) < BOMB / 4


@pytest.mark.parametrize(("size", "fits"), [(1000, True), (1001, False)])
@pytest.mark.parametrize("stated", [True, False])
def test_the_limit_is_exact(site: Site, size: int, fits: bool, stated: bool) -> None:
    def behave(_: Recorded, wire: Wire) -> None:
        length = f"Content-Length: {size}\r\n" if stated else "Connection: close\r\n"
        wire.send(f"HTTP/1.1 200 OK\r\n{length}\r\n".encode() + b"x" * 1000)
        wire.wait(0.05)  # so that the rest comes by itself
        wire.send(b"x" * (size - 1000))
        if not stated:
            raise ConnectionResetError

    site.behave("/sized", behave)
    if fits:
        assert len(fetch(site, "/sized", max_body=1000).body) == size
    else:
        with pytest.raises(TooLarge) as caught:
            fetch(site, "/sized", max_body=1000)
        assert caught.value.passing is False


def test_an_endless_body_ends(site: Site) -> None:
    site.behave("/endless", endless)
    with pytest.raises(TooLarge, match="1 MiB"):
        fetch(site, "/endless", max_body=1024 * 1024)


def test_a_body_may_be_cut_instead(site: Site) -> None:
    site.behave("/endless", endless)
    request = Request(site.url("/endless"), meta={"cut": True, "download_maxsize": 5000})
    assert len(fetch(site, "", request=request).body) == 5000


# ------------------------------------------------------------------ time


def trickle(_: Recorded, wire: Wire) -> None:
    """Headers without an end, a line every little while."""
    wire.send(b"HTTP/1.1 200 OK\r\n")
    for n in range(500):
        wire.send(b"X-%d: y\r\n" % n)
        if wire.wait(0.05):
            return


def trickle_body(_: Recorded, wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 500\r\n\r\n")
    for _i in range(500):
        wire.send(b"x")
        if wire.wait(0.05):
            return


@pytest.mark.parametrize("behaviour", [hang, trickle, trickle_body])
def test_the_time_limit_is_for_the_whole_answer(site: Site, behaviour: Behaviour) -> None:
    site.behave("/slow", behaviour)
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"0\.3 s"):
        fetch(site, "/slow", timeout=timedelta(seconds=0.3))
    assert time.monotonic() - began < 5


def test_waiting_for_a_turn_is_not_part_of_it(site: Site) -> None:
    def behave(_: Recorded, wire: Wire) -> None:
        if not wire.wait(0.15):
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    site.behave("/late", behave)

    async def main() -> Any:
        async with transport(robots=False, timeout=timedelta(seconds=0.5)) as opened:
            requests = [opened.fetch(Request(site.url("/late"))) for _ in range(5)]
            return [response.body for response in await asyncio.gather(*requests)]

    assert run(main()) == [b"hi"] * 5


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
        with pytest.raises(RobotsUnknown, match="connection refused"):
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

    monkeypatch.setattr("crawler.handler._response", broken)
    with pytest.raises(ZeroDivisionError):
        fetch(site, "/page")


# ------------------------------------------------------------------ TLS


def certificate(folder: Path, host: str = "127.0.0.1") -> tuple[Path, Path]:
    """A self-signed certificate for the address; returns the files of certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(built.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def fetch_by_tls(files: tuple[Path, Path], host: str = "127.0.0.1") -> bytes:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await reader.read()
        writer.close()

    async def main() -> bytes:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        async with transport(robots=False) as opened:
            server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
            async with server:
                port = server.sockets[0].getsockname()[1]
                try:
                    return (await opened.fetch(Request(f"https://{host}:{port}/"))).body
                finally:
                    await opened.stop()

    return run(main())


def test_a_certificate_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="certificate is not valid: self"):
        fetch_by_tls(certificate(tmp_path))


def test_a_certificate_that_is_trusted_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    assert fetch_by_tls(files) == b"hi"


def test_a_certificate_for_another_host_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificate(tmp_path, "127.0.0.9")
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    with pytest.raises(Unreachable, match=r"certificate is not valid: .*127\.0\.0\.1"):
        fetch_by_tls(files)


def test_no_tls_where_tls_was_asked_for(site: Site) -> None:
    with pytest.raises(Unreachable, match="TLS failed"):
        fetch(site, "", request=Request(site.url("/page").replace("http:", "https:")))


# ------------------------------------------------------------------ start and stop


def test_nothing_is_left_behind(site: Site) -> None:
    async def main() -> Any:
        before = asyncio.all_tasks()
        async with transport() as opened:
            await opened.fetch(Request(site.url("/page")))
        return asyncio.all_tasks() - before

    threads = set(threading.enumerate())
    assert run(main()) == set()
    # The site answers in threads too, and one may take a moment to end.
    ours = ("asyncio", "archive", "resolve")
    left = [
        thread.name
        for thread in set(threading.enumerate()) - threads
        if thread.name.startswith(ours)
    ]
    assert left == []


def test_stopping_does_not_wait_for_ever(site: Site) -> None:
    site.behave("/robots.txt", hang)
    with Site() as other:
        other.behave("/hang", hang)

        async def main() -> Any:
            opened = Transport(options(timeout=timedelta(seconds=60)))
            await opened.start()
            before = asyncio.all_tasks()
            urls = [site.url("/a"), site.url("/b"), *([other.url("/hang")] * 3)]
            requests = [Request(url, meta={"robots": "hang" not in url}) for url in urls]
            tasks = [asyncio.create_task(opened.fetch(request)) for request in requests]
            await asyncio.to_thread(other.wait_for, lambda s: bool(s.requests))
            await asyncio.to_thread(site.wait_for, lambda s: bool(s.requests))
            began = time.monotonic()
            await opened.stop(grace=timedelta(seconds=0.2))
            took = time.monotonic() - began
            errors = await asyncio.gather(*tasks, return_exceptions=True)
            return took, errors, asyncio.all_tasks() - {asyncio.current_task()} - before

        took, errors, left = run(main())
    assert took < 2
    assert [type(error) for error in errors] == [FetchError] * 5
    assert all("stopping" in str(error) for error in errors)
    assert left == set()


def test_stopping_lets_what_is_nearly_done_finish(site: Site) -> None:
    def behave(_: Recorded, wire: Wire) -> None:
        if not wire.wait(0.2):
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    site.behave("/late", behave)

    async def main() -> Any:
        async with transport(robots=False) as opened:
            task = asyncio.create_task(opened.fetch(Request(site.url("/late"))))
            await asyncio.to_thread(site.wait_for, lambda s: bool(s.requests))
            await opened.stop(grace=timedelta(seconds=10))
            return (await task).body

    assert run(main()) == b"hi"


def test_a_stopped_transport_says_so(site: Site) -> None:
    async def main() -> None:
        opened = Transport(options())
        with pytest.raises(FetchError):
            await opened.fetch(Request(site.url("/page")))
        await opened.stop()
        await opened.start()
        await opened.stop()
        await opened.stop()
        await opened.fetch(Request(site.url("/page")))

    with pytest.raises(FetchError, match="stopping"):
        run(main())


def test_a_cancelled_fetch_is_cancelled_and_not_an_error(site: Site) -> None:
    site.behave("/hang", hang)

    async def main() -> Any:
        async with transport(robots=False) as opened:
            task = asyncio.create_task(opened.fetch(Request(site.url("/hang"))))
            await asyncio.to_thread(site.wait_for, lambda s: bool(s.requests))
            task.cancel()
            await asyncio.wait({task})
            return task.cancelled()

    assert run(main())


def test_cancelling_at_any_moment_leaves_nothing_behind(site: Site) -> None:
    site.redirect("/move", "/page")

    async def main() -> tuple[int, int, int]:
        async with transport() as opened:
            engine = opened.crawler.engine
            for moment in range(25):
                paths = ["/page", "/move", "/missing"]
                tasks = [asyncio.create_task(opened.fetch(Request(site.url(p)))) for p in paths]
                for _ in range(moment):
                    await asyncio.sleep(0)
                tasks[moment % 3].cancel()
                await asyncio.wait(tasks)
            alive = await opened.fetch(Request(site.url("/page")))
            return len(engine.downloader.active), len(engine.downloader.slots), alive.status

    assert run(main()) == (0, 0, 200)


def test_options_that_cannot_work_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Transport(options(allow_networks=("nonsense",)))
    with pytest.raises(ValueError, match="socks5"):
        Transport(options(proxy="socks5://127.0.0.1:1080"))


def test_two_at_the_same_time(site: Site) -> None:
    async def main() -> Any:
        async with transport() as first, transport() as second:
            a, b = await asyncio.gather(
                *(one.fetch(Request(site.url("/page"))) for one in (first, second))
            )
            return a.status, b.status

    assert run(main()) == (200, 200)


def test_an_idle_connection_that_the_server_closed_is_no_error(site: Site) -> None:
    async def main() -> Any:
        async with transport(robots=False) as opened:
            await opened.fetch(Request(site.url("/page")))
            site._server.close_connections()
            return (await opened.fetch(Request(site.url("/page")))).status

    assert run(main()) == 200


def test_scrapy_has_nothing_to_say(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        fetch(site, "/page")
    assert [record for record in caplog.records if record.name.startswith("scrapy")] == []


# ------------------------------------------------------------------ alone


def crawl(url: str, **environment: str) -> tuple[str, str]:
    """``scrapy crawl feed`` on the URL; what it printed and what it complained about."""
    command = [sys.executable, "-m", "scrapy", "crawl", "feed", "-a", f"url={url}"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **environment}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout, done.stderr


FEED = """<rss version="2.0"><channel><title>t</title>
<item><title>One</title><link>https://news.example/1</link></item></channel></rss>"""


def test_scrapy_crawl_stands_under_the_same_rules(site: Site) -> None:
    site.page("/feed.xml", FEED, content_type="text/xml")
    site.redirect("/old", "/feed.xml")
    networks = {"PRESSWATCH_ALLOW_NETWORKS": ",".join(LOOPBACK)}
    printed, _ = crawl(site.url("/old"), **networks)
    assert "https://news.example/1" in printed
    assert site.asked("/robots.txt")

    asked = len(site.requests)
    printed, complaints = crawl(site.url("/feed.xml"))
    assert not printed
    assert "127.0.0.1 is not a public address" in complaints
    assert "Traceback" not in complaints
    assert len(site.requests) == asked

    _, complaints = crawl(site.url("/missing"), **networks)
    assert "HTTP 404" in complaints
    assert "Traceback" not in complaints
