"""Sites that hang, drip or send without end, in numbers: nobody else is late for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response

from crawler.errors import TimedOut
from crawler.fetch.pace import LATE, Pace
from tests.support.fetching import run, transport

HUNG = 40
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Servers:
    """Origins on ports of their own; a request is answered by what its server was opened with."""

    asked: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    running: list[asyncio.Server] = field(default_factory=list)

    async def open(self, talk: Talk) -> str:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            async with self.changed:
                self.asked += 1
                self.changed.notify_all()
            try:
                await talk(writer)
            except OSError:
                pass  # the client has had enough
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.running.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    async def wait_for(self, requests: int) -> None:
        async with self.changed, asyncio.timeout(20):
            await self.changed.wait_for(lambda: self.asked >= requests)

    async def hang(self, _: asyncio.StreamWriter) -> None:
        """No answer."""
        await self.closing.wait()

    async def drip(self, writer: asyncio.StreamWriter) -> None:
        """An answer that stops after its first bytes."""
        writer.write(HEAD % 1_000_000 + b"<html>")
        await self.closing.wait()

    async def stall(self, writer: asyncio.StreamWriter) -> None:
        """A large answer that stops after a good part."""
        writer.write(HEAD % 4_000_000 + b"x" * 300_000)
        await self.closing.wait()


async def healthy(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD % 4 + b"news")
    await writer.drain()


async def large(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD % 3_000_000 + b"x" * 3_000_000)
    await writer.drain()


@asynccontextmanager
async def servers() -> AsyncIterator[Servers]:
    opened = Servers()
    try:
        yield opened
    finally:
        opened.closing.set()
        for server in opened.running:
            server.close()
            await server.wait_closed()


@pytest.mark.parametrize("how", ["hang", "drip"])
def test_forty_hanging_origins_keep_no_healthy_one_waiting(how: str) -> None:
    """They are more than there are transfers, and none of them has ended when it is answered."""

    async def main() -> Any:
        async with servers() as house, transport(robots=False) as opened:
            urls = [await house.open(getattr(house, how)) for _ in range(HUNG)]
            hung = [asyncio.create_task(opened.fetch(Request(url))) for url in urls]
            await house.wait_for(HUNG)  # all are under way at the same time
            response = await opened.fetch(Request(await house.open(healthy)))
            ended = [task.done() for task in hung]
            for task in hung:
                task.cancel()
            await asyncio.wait(hung)
            return response.body, any(ended)

    assert run(main()) == (b"news", False)


def test_large_bodies_wait_for_a_place_at_nobodys_cost() -> None:
    """Memory is bounded by places; who waits for one is not timed out, nor are small answers late.

    Both places are held until their time-outs: what waited then still has its whole time.
    """

    async def main() -> Any:
        limits = {"transfers": 2, "timeout": timedelta(seconds=1)}
        async with servers() as house, transport(robots=False, **limits) as opened:
            urls = [await house.open(house.stall) for _ in range(2)]
            holders = [asyncio.create_task(opened.fetch(Request(url))) for url in urls]
            await house.wait_for(2)
            waiting = asyncio.create_task(opened.fetch(Request(await house.open(large))))
            await house.wait_for(3)
            small = await opened.fetch(Request(await house.open(healthy)))
            held = any(task.done() for task in holders)
            first, _ = await asyncio.wait({waiting, *holders}, return_when=asyncio.FIRST_COMPLETED)
            errors = await asyncio.gather(*holders, return_exceptions=True)
            return (small.body, held), waiting in first, errors, len((await waiting).body)

    small, overtaken, errors, size = run(main())
    assert small == (b"news", False)
    assert not overtaken
    assert [type(error) for error in errors] == [TimedOut, TimedOut]
    assert size == 3_000_000


# ------------------------------------------------------------------ lanes


class Late:
    """Transfers that take as long as the test says, by a clock that moves with them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.begun: list[str] = []
        self.go = asyncio.Event()

    def clock(self) -> float:
        return self.now

    def lasting(self, seconds: float) -> Callable[[], Awaitable[Response]]:
        async def transfer() -> Response:
            self.now += seconds
            return Response("https://a.example/")

        return transfer

    def held(self, name: str) -> Callable[[], Awaitable[Response]]:
        async def transfer() -> Response:
            self.begun.append(name)
            await self.go.wait()
            return Response("https://a.example/")

        return transfer


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize(("seconds", "begun"), [(LATE, (1, 4)), (LATE - 1, (4, 0))])
def test_who_was_late_waits_among_its_like(seconds: float, begun: tuple[int, int]) -> None:
    """Four origins were late: one at a time is asked again, and the places of all others stay."""

    async def main() -> Any:
        late = Late()
        pace = Pace(4, 1, clock=late.clock)
        for n in range(4):
            await pace.turn(f"{n}", 0, late.lasting(seconds))
        again = [asyncio.create_task(pace.turn(f"{n}", 0, late.held("late"))) for n in range(4)]
        await _settle()
        others = [asyncio.create_task(pace.turn(f"x{n}", 0, late.held("other"))) for n in range(4)]
        await _settle()
        under_way = late.begun.count("late"), late.begun.count("other")
        late.go.set()
        await asyncio.gather(*again, *others)
        return under_way

    assert run(main()) == begun


def test_who_is_quick_again_is_late_no_more() -> None:
    """A bad hour must not be held against a site for ever."""

    async def main() -> Any:
        late = Late()
        pace = Pace(2, 1, clock=late.clock)
        await pace.turn("a", 0, late.lasting(LATE))
        hung = asyncio.create_task(pace.turn("b", 0, late.lasting(LATE)))
        await hung
        await pace.turn("a", 0, late.lasting(0.1))
        tasks = [asyncio.create_task(pace.turn(name, 0, late.held(name))) for name in "ba"]
        await _settle()
        late.go.set()
        await asyncio.gather(*tasks)
        return late.begun[:2]

    assert run(main()) == ["b", "a"]


def test_what_is_known_of_late_origins_is_bounded() -> None:
    """They are remembered for hours, not for ever."""

    async def main() -> Any:
        late = Late()
        pace = Pace(2, 1, clock=late.clock)
        for n in range(5000):
            await pace.turn(f"{n}", 0, late.lasting(20))
        return len(pace)

    assert run(main()) < 3000
