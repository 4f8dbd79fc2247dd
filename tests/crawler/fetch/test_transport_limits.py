"""No answer is larger, and none takes longer, than the options allow."""

from __future__ import annotations

import asyncio
import gzip
import time
import tracemalloc
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import brotli  # type: ignore[import-untyped]
import pytest
from scrapy import Request

from crawler.errors import FetchError, TimedOut, TooLarge
from tests.support.fetching import fetch, run, transport
from tests.support.site import (
    Behaviour,
    Recorded,
    Site,
    Wire,
    endless,
    hang,
)

if TYPE_CHECKING:
    from collections.abc import Callable


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
