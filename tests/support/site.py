"""A real HTTP site on loopback, with every misbehaviour that a test needs."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


@dataclass(frozen=True)
class Recorded:
    """A request as it came."""

    method: str
    path: str  # with the query
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: datetime


@dataclass(frozen=True)
class Answer:
    """What a page answers."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class Wire:
    """What a misbehaving handler writes to: the raw connection."""

    def __init__(self, handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
        self._handler = handler
        self.closing = closing  # set when the site shuts down: long behaviours must end then

    def send(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def answer(self, answer: Answer) -> None:
        """A well-formed answer after all."""
        head = [f"HTTP/1.1 {answer.status} -", f"Content-Type: {answer.content_type}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        head.append(f"Content-Length: {len(answer.body)}")
        self.send("\r\n".join([*head, "", ""]).encode("latin-1") + answer.body)

    def wait(self, seconds: float) -> bool:
        """Wait, but not beyond the life of the site; True if it is closing."""
        return self.closing.wait(seconds)


Behaviour = Callable[[Recorded, Wire], None]


class Site:
    """``with Site() as site: site.page("/feed.xml", …); … site.url("/feed.xml")``."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.requests: list[Recorded] = []
        self._behaviours: dict[str, Behaviour] = {}
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._server = _Server((host, port), _handler_for(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        address = self._server.server_address
        self.host, self.port = str(address[0]), int(address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.close_connections()
        self._thread.join(5)
        self._server.server_close()

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}:{self.port}{path}"

    def page(
        self,
        path: str,
        body: str | bytes,
        *,
        content_type: str = "text/html; charset=utf-8",
        status: int = 200,
        headers: dict[str, str] | None = None,
        etag: bool = False,
    ) -> str:
        """Serve this body at a path (query and all); returns its URL. With `etag`, 304 is known."""
        raw = body.encode() if isinstance(body, str) else body
        mark = f'"{hashlib.sha256(raw).hexdigest()[:16]}"'
        extra = dict(headers or {}) | ({"ETag": mark} if etag else {})
        answer = Answer(raw, status, content_type, extra)

        def behave(request: Recorded, wire: Wire) -> None:
            if etag and request.headers.get("if-none-match") == mark:
                wire.answer(Answer(b"", 304, content_type, extra))
            else:
                wire.answer(answer)

        return self.behave(path, behave)

    def behave(self, path: str, behaviour: Behaviour) -> str:
        """Answer a path by hand; a path that ends in ``*`` stands for all that begin so."""
        self._behaviours[path] = behaviour
        return self.url(path)

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        return self.page(path, "", status=status, headers={"Location": to})

    def asked(self, path: str) -> list[Recorded]:
        """The requests for a path, in order."""
        return [request for request in list(self.requests) if request.path == path]

    def wait_for(self, predicate: Callable[[Site], bool], timeout: float = 10.0) -> None:
        """Until the predicate holds, looked at after each request; fails after `timeout` s."""
        end = time.monotonic() + timeout
        with self._changed:
            while not predicate(self):
                left = end - time.monotonic()
                assert left > 0, f"waited {timeout} s in vain; requests: {self.requests[-5:]}"
                self._changed.wait(left)

    def _record(self, request: Recorded) -> None:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()

    def _behaviour(self, path: str) -> Behaviour | None:
        exact = self._behaviours.get(path) or self._behaviours.get(urlsplit(path).path)
        if exact:
            return exact
        for key in sorted(self._behaviours, key=len, reverse=True):
            if key.endswith("*") and path.startswith(key[:-1]):
                return self._behaviours[key]
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Kept-alive connections would outlive the site."""
        for connection in list(self._open):
            self.shutdown_request(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what many tests are about."""


def _handler_for(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else b""
            if len(body) < length:  # the client died while it was sending
                self.close_connection = True
                return
            request = Recorded(
                method=self.command,
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
                at=datetime.now(UTC),
            )
            behaviour = site._behaviour(self.path)
            wire = Wire(self, site._closing)
            site._record(request)
            try:
                if behaviour is None:
                    wire.answer(Answer(b"not here", 404, "text/plain"))
                else:
                    behaviour(request, wire)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_HEAD = do_OPTIONS = _do  # noqa: N815

        def log_message(self, *args: Any) -> None:
            """Tests read `requests`, not a log."""

    return Handler


# ------------------------------------------------------------------ misbehaviours


def slow(seconds: float, then: Answer) -> Behaviour:
    """Answers late."""

    def behave(_: Recorded, wire: Wire) -> None:
        if not wire.wait(seconds):
            wire.answer(then)

    return behave


def hang(_: Recorded, wire: Wire) -> None:
    """Never answers."""
    wire.wait(60)


def endless(_: Recorded, wire: Wire) -> None:
    """A body without an end."""
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
    chunk = b"<p>and so on</p>" * 4096
    for _i in range(2000):
        wire.send(chunk)
        if wire.closing.is_set():
            return


def drop(_: Recorded, wire: Wire) -> None:
    """Hangs up in the middle of the body."""
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 10000\r\n\r\n<p>half")
    raise ConnectionResetError


def garbled(_: Recorded, wire: Wire) -> None:
    """No HTTP at all."""
    wire.send(b"\x00\xff\x17 this is not HTTP\r\n\r\n")
    raise ConnectionResetError
