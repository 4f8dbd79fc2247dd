"""presswatch.web.lobby: what the address of the page says before there is an archive."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from lxml import html  # type: ignore[import-untyped]

from presswatch.config.load import load
from presswatch.config.records import WebOptions
from presswatch.process.meters import Meters
from presswatch.upkeep.outcry import Outcry
from presswatch.web import inside as insides
from presswatch.web.awaited import Awaited
from presswatch.web.inside import Inside
from presswatch.web.lobby import make_lobby
from presswatch.web.server import bind
from tests.web.visitor import HERE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from presswatch.config.records import Config
    from tests.web.office import Office
    from tests.web.served import LentHands

NOTE = "the archive cannot be opened: database or disk is full"
PASSWORD = WebOptions(password="correct horse battery")


@pytest.fixture
def config(full_office: Office) -> Config:
    found = load(full_office.config, {})
    return replace(found, archive=replace(found.archive, min_free=10**18))


def ask(
    config: Config, job: Callable[[httpx.AsyncClient], object], options: WebOptions | None = None
) -> None:
    """Run the job with a client before the lobby of a full disk."""
    lobby = Awaited(lambda: config)
    lobby.wait_for(Outcry(NOTE, datetime.now(UTC), config))
    app = make_lobby(lobby, Meters(), options or WebOptions())

    async def run() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            await job(client)  # type: ignore[misc]

    asyncio.run(run())


def test_the_page_says_what_is_missing_and_what_to_do(config: Config) -> None:
    async def look(client: httpx.AsyncClient) -> None:
        for place in ("/", "/search?q=甘肃", "/article/7/raw"):
            answer = await client.get(place)
            text = " ".join(html.fromstring(answer.text).text_content().split())
            assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
            assert "free, and 1000000 TB are needed" in text and NOTE in text
            assert str(config.archive_path) in text and "nobody is told" in text
            assert "default-src 'none'" in answer.headers["content-security-policy"]

    ask(config, look)


def test_without_min_free_no_figure_is_made_up(config: Config) -> None:
    """A disk that has room, but takes no file: saying "0 of 0 needed" would help nobody."""

    async def look(client: httpx.AsyncClient) -> None:
        text = (await client.get("/")).text
        assert "a quota is used up" in text
        reason = (await client.get("/health/ready")).json()["reason"]
        assert reason == f"waiting for room: {NOTE}"

    ask(replace(config, archive=replace(config.archive, min_free=0)), look)


def test_programs_get_the_reason(config: Config) -> None:
    async def look(client: httpx.AsyncClient) -> None:
        assert (await client.get("/health/live")).status_code == 200
        ready = await client.get("/health/ready")
        assert ready.status_code == 503 and "of 1000000 TB needed" in ready.json()["reason"]
        for place in ("/api/v1/status", "/feed/search?q=x"):
            answer = await client.get(place)
            assert answer.status_code == 503 and "waiting for room" in answer.json()["error"]
        numbers = (await client.get("/metrics")).text
        assert 'presswatch_troubles{kind="disk"} 1.0' in numbers
        assert "presswatch_up 0.0" in numbers and "presswatch_attention 1.0" in numbers
        assert "presswatch_loop_stall_seconds" in numbers

    ask(config, look)


def test_what_is_sent_is_not_done_and_said_so(config: Config) -> None:
    async def send(client: httpx.AsyncClient) -> None:
        own = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
        answer = await client.post("/mute", data={"what": "rule:gansu"}, headers=own)
        assert answer.status_code == 503 and "was not done" in answer.text
        assert (await client.post("/mute")).status_code == 403

    ask(config, send)


def test_a_password_is_asked_for_all_the_same(config: Config) -> None:
    """The place of the archive and the state of its disk are for those who may come in."""

    async def come(client: httpx.AsyncClient) -> None:
        assert (await client.get("/", headers={"Host": "evil.example"})).status_code == 421
        assert (await client.get("/metrics")).status_code == 401
        answer = await client.get("/rules")
        assert answer.headers["location"] == "/login?next=/rules"
        own = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
        form = {"password": PASSWORD.password, "next": "/rules"}
        assert (await client.post("/login", data=form, headers=own)).status_code == 303
        assert "Waiting for room" in (await client.get("/rules")).text

    ask(config, come, PASSWORD)


@asynccontextmanager
async def started(config: Config, stop: asyncio.Event) -> AsyncIterator[tuple[Inside, str]]:
    """A page that waits for its archive, and its address."""
    with bind(WebOptions(port=0)) as free:
        port = free.getsockname()[1]
    there = replace(config, web=WebOptions(port=port))
    inside = Inside(lambda: there, Meters())
    task = asyncio.create_task(inside.turn(stop))
    try:
        yield inside, f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


async def first(client: httpx.AsyncClient, place: str, status: int) -> httpx.Response:
    """The first answer of this status; whatever comes before."""
    for _ in range(1000):
        try:
            answer = await client.get(place)
        except httpx.ConnectError:
            await asyncio.sleep(0.01)
            continue
        if answer.status_code == status:
            return answer
        await asyncio.sleep(0.01)
    raise AssertionError


def test_the_page_takes_its_place_on_the_same_connection(
    own_office: Office, hands: LentHands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks again, as the lobby says, is never refused: the port stays open throughout."""
    monkeypatch.setattr(insides, "SOON", timedelta(0))

    async def run() -> None:
        config = load(own_office.config, {})
        page = started(config, asyncio.Event())
        async with page as (inside, address), httpx.AsyncClient() as client:
            waiting = await first(client, address, 503)
            assert "being opened" in waiting.text
            inside.open(hands)
            one = await client.get(address)
            while one.status_code == 503:
                one = await client.get(address)
            assert one.status_code == 200 and "presswatch" in one.text

    asyncio.run(run())


def test_who_stops_while_it_waits_is_not_kept(
    own_office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(insides, "SOON", timedelta(0))

    async def run() -> None:
        stop = asyncio.Event()
        config = load(own_office.config, {})
        async with started(config, stop) as (_, address), httpx.AsyncClient() as client:
            await first(client, address, 503)

    asyncio.run(run())
