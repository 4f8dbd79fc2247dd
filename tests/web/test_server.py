"""presswatch.web.server and inside: the socket, and what a service does for its page."""

from __future__ import annotations

import asyncio
import socket
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from presswatch.config.load import load
from presswatch.config.records import WebOptions
from presswatch.process.meters import Meters
from presswatch.web import patience
from presswatch.web.errors import CannotListen
from presswatch.web.inside import Inside, ServiceHands
from presswatch.web.server import bind, url_of
from tests.support.service import Running, until, write_config
from tests.web.served import FREE, LentHands, served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.office import Office


def taken() -> socket.socket:
    found = socket.create_server(("127.0.0.1", 0))
    assert found.getsockname()[1]
    return found


def test_a_taken_address_is_named_with_what_to_do() -> None:
    """Two services on one machine: the second says which key to change."""
    with closing(taken()) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            bind(WebOptions(port=port))

    said = str(caught.value)
    assert f"127.0.0.1:{port}" in said
    assert "another program listens there" in said and "[web] listen" in said


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1:8400"):
        bind(WebOptions(host="192.0.2.1"))


def test_answers_are_not_held_back() -> None:
    """asyncio turns Nagle's algorithm off only for sockets that say that they are TCP."""
    with closing(bind(FREE)) as bound:
        assert bound.proto == socket.IPPROTO_TCP


def test_the_url_is_one_to_click() -> None:
    with closing(bind(FREE)) as bound:
        assert url_of(bound, FREE) == f"http://127.0.0.1:{bound.getsockname()[1]}/"


def test_a_page_over_a_real_socket(full_office: Office) -> None:
    with served(full_office) as address:
        answer = httpx.get(f"{address}/search", params={"q": "甘肃"})

        assert answer.status_code == 200 and "甘肃" in answer.text
        assert "server" not in answer.headers
        assert httpx.get(address, headers={"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_who_asks_for_nothing_locks_nobody_out(
    full_office: Office, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """Two hundred connections are all that there are; one whose request never comes is let go."""
    monkeypatch.setattr(patience, "LOOK", 0.05)

    with served(full_office) as address, httpx.Client() as regular:
        place = regular.get(f"{address}/health/live").url
        with socket.create_connection((place.host, place.port or 80), timeout=20) as silent:
            silent.sendall(said)
            assert silent.recv(1) == b""
        assert regular.get(f"{address}/search", params={"q": "甘肃"}).status_code == 200


def test_proxies_are_believed_only_where_they_are_named(full_office: Office) -> None:
    """Anybody can send X-Forwarded-Proto; only a trusted proxy makes it so."""
    guarded = replace(FREE, password="correct horse battery")
    for trusted, secure in (((), False), (("127.0.0.1",), True), (("192.0.2.0/24",), False)):
        with served(full_office, replace(guarded, trusted_proxies=trusted)) as address:
            answer = httpx.post(
                f"{address}/login",
                data={"password": guarded.password},
                headers={"Origin": address, "X-Forwarded-Proto": "https"},
            )
        assert ("secure" in answer.headers["set-cookie"].lower()) is secure


class _Crawl:
    def poll_now(self, source: str) -> bool:
        return source == "longshang"


async def _turned(office: Office, web: WebOptions, stop: asyncio.Event) -> Any:
    hands = LentHands(office.archive)
    lent = ServiceHands(hands.archive, _Crawl(), asyncio.Event(), None)  # type: ignore[arg-type]
    config = replace(load(office.config, {}), web=web)
    inside = Inside(lambda: config, Meters())
    inside.open(lent)
    return hands, lent, asyncio.create_task(inside.turn(stop))


def test_a_taken_address_stops_nothing(own_office: Office) -> None:
    """The service says so once and polls on; the page comes when the address is free."""

    async def run(port: int) -> None:
        stop = asyncio.Event()
        hands, lent, task = await _turned(own_office, WebOptions(port=port), stop)
        await asyncio.sleep(0.05)
        assert not task.done()
        stop.set()
        await asyncio.wait_for(task, 5)
        assert lent.poll("longshang") and not lent.poll("x")
        await asyncio.to_thread(hands.archive.close)

    with closing(taken()) as other:
        asyncio.run(run(other.getsockname()[1]))


def test_a_page_that_is_cut_short_leaves_no_socket(own_office: Office) -> None:
    """The service has no more time: its page ends at once, and the port is free again."""

    async def run() -> int:
        with closing(taken()) as free:
            port: int = free.getsockname()[1]
        hands, _, task = await _turned(own_office, WebOptions(port=port), asyncio.Event())
        async with httpx.AsyncClient() as client:
            for _ in range(200):
                try:
                    await client.get(f"http://127.0.0.1:{port}/health/live")
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(hands.archive.close)
        return port

    socket.create_server(("127.0.0.1", asyncio.run(run()))).close()


@pytest.mark.service
def test_the_service_serves_its_page_and_ends_with_it(tmp_path: Path) -> None:
    """`presswatch run`: the page is there, and holds nothing up at the end."""
    config = write_config(tmp_path, "")
    config.write_text(
        config.read_text("utf-8").replace("enabled = false", 'listen = "127.0.0.1:0"'), "utf-8"
    )
    with Running(config) as service:
        (line,) = service.wait_for("web.listening")
        service.wait_for("service.started")
        until(lambda: httpx.get(f"{line['url']}health/ready").status_code == 200)
        assert "running" in httpx.get(line["url"]).text

        assert service.stop(within=9) == 0
        assert not [event for event in service.events if event.get("level") == "error"]
