"""A press for benches: a process of its own, so that its cost is not ours.

``python -m bench.press --port 0 [--hosts N]`` prints its port and serves until its standard input
ends: `/feed.xml?n=…` (with ETag), `/page/7.html`, and `/fresh.xml?n=…`, which lists other pages
whenever it is asked, from `/begin` on.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = (
    "patent office rule trademark court licence province notice filing holder review appeal "
    "market design judge claim agency reform notice library fee invention examiner treaty"
).split()
_IDEOGRAPHS = (
    "知识产权保护专利商标审查局省市办法公告申请人发明设计法院判决许可改革创新服务中心甘肃深圳兰州"
)
_TAG = '"unchanged"'


def page(number: int) -> str:
    """An article page of about 12 KB, half of them Chinese, each with a text of its own."""
    rng = Random(number)
    sentence = _english if number % 2 else _chinese
    title = sentence(rng, 8).rstrip(".。")
    paragraphs = "".join(
        f"<p>{' '.join(sentence(rng, 22) for _ in range(5))}</p>" for _ in range(8)
    )
    menu = "".join(f'<li><a href="/s/{i}">{sentence(rng, 2)}</a></li>' for i in range(40))
    related = "".join(f'<li><a href="/page/{i}.html">{sentence(rng, 7)}</a></li>' for i in range(9))
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{title} - Bench News</title>"
        f'<meta property="article:published_time" content="2026-05-20T08:00:00+08:00"></head>'
        f"<body><nav><ul>{menu}</ul></nav><article><h1>{title}</h1>{paragraphs}</article>"
        f"<aside><h3>Related</h3><ul>{related}</ul></aside><footer>© Bench News</footer>"
    )


def _english(rng: Random, words: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(words)).capitalize() + f" {rng.random():.6f}."


def _chinese(rng: Random, words: int) -> str:
    return "".join(rng.choice(_IDEOGRAPHS) for _ in range(words * 2)) + "。"


def feed(base: str, first: int, count: int) -> str:
    """An RSS feed of `count` articles, dated now."""
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    items = "".join(
        f"<item><title>Article {i}</title><link>{base}/page/{i}.html</link>"
        f"<pubDate>{date}</pubDate></item>"
        for i in range(first, first + count)
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>b</title>{items}</channel></rss>'
    )


async def _feed(request: web.Request) -> web.Response:
    if request.headers.get("If-None-Match") == _TAG:
        return web.Response(status=304, headers={"ETag": _TAG})
    first, count = int(request.query.get("first", "0")), int(request.query.get("n", "20"))
    body = feed(f"http://{request.host}", first, count)
    headers = {"ETag": _TAG} if "tag" in request.query else {}
    return web.Response(text=body, content_type="application/rss+xml", headers=headers)


_fresh = itertools.count(int(time.time()) * 1_000)  # pages that no press has listed before
_begun = asyncio.Event()


async def _fresh_feed(request: web.Request) -> web.Response:
    count = int(request.query["n"]) if _begun.is_set() else 0
    first = next(_fresh)
    for _ in range(count - 1):
        next(_fresh)
    body = feed(f"http://{request.host}", first, count)
    return web.Response(text=body, content_type="application/rss+xml")


async def _begin(_request: web.Request) -> web.Response:
    _begun.set()
    return web.Response()


async def _page(request: web.Request) -> web.Response:
    return web.Response(text=page(int(request.match_info["number"])), content_type="text/html")


async def _serve(port: int, hosts: int) -> None:
    app = web.Application()
    app.router.add_get("/feed.xml", _feed)
    app.router.add_get("/fresh.xml", _fresh_feed)
    app.router.add_get("/begin", _begin)
    app.router.add_get("/page/{number}.html", _page)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=3600)
    await runner.setup()
    first = socket.create_server(("127.0.0.1", port), backlog=512)
    port = first.getsockname()[1]
    sockets = [first] + [
        socket.create_server((f"127.0.{n // 250}.{n % 250 + 2}", port), backlog=64)
        for n in range(hosts)
    ]
    for bound in sockets:
        await web.SockSite(runner, bound).start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


@contextmanager
def press(hosts: int = 0) -> Iterator[int]:
    """The press as a child process; gives its port. `hosts` more loopback addresses serve too."""
    command = [sys.executable, "-m", "bench.press", "--hosts", str(hosts)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield int(process.stdout.readline())
        finally:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.wait(10)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--hosts", type=int, default=0)
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.port, arguments.hosts))
