"""A page can cost its worker, and nothing else."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from pebble import ProcessPool

from crawler.errors import Unreadable
from crawler.extract import Page, extract
from crawler.extract.workers import Workers
from tests.crawler.extract.worker_tasks import obey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from crawler.extract.workers import Task

ARTICLE = (
    "<html><head><title>Harbour opens again</title></head><body><h1>Harbour opens again</h1>"
    + "<p>The harbour of the old town opened again on Monday after two years of work, and the"
    " first ferry left with four hundred people on board. The mayor said that the quay is now"
    " half a metre higher than before, which should be enough for the floods of the next decades,"
    " and that the fish market will come back to its old place in the spring.</p>"
    * 2
    + "</body></html>"
)
PATIENCE = timedelta(seconds=30)


def page(name: str = "article", begun: Path | None = None) -> Page:
    return Page(
        html=ARTICLE.encode(),
        url=f"http://press.example/{name}",
        fetched_at=datetime.now(UTC),
        title=str(begun or ""),
    )


@asynccontextmanager
async def pool(
    workers: int = 1, limit: timedelta = PATIENCE, memory_mb: int = 512, task: Task = obey
) -> AsyncIterator[Workers]:
    made = Workers(workers, limit, memory_mb, task=task)
    try:
        yield made
    finally:
        await asyncio.to_thread(made.close)


def run(scenario: Callable[[], object]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 110))  # type: ignore[arg-type]


async def assert_works(workers: Workers) -> None:
    assert (await workers.extract(page())).title == "Harbour opens again"


def worker_pids() -> set[int]:
    return {child.pid for child in multiprocessing.active_children() if child.pid}


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("command", "memory_mb", "reason"),
    [
        ("hang", 512, "took longer than 1 s"),
        ("hang-in-c", 512, "took longer than 1 s"),
        ("eat", 64, "needs more than 64 MB"),
        ("exit", 512, "the parser crashed (3)"),
        ("crash", 512, "the parser crashed (-6)"),
        ("raise", 512, "extraction failed: ValueError: no such thing"),
        ("refuse", 512, "as told"),
    ],
)
def test_a_bad_page_is_unreadable_and_the_next_is_read(
    command: str, memory_mb: int, reason: str
) -> None:
    limit = timedelta(seconds=1) if "longer" in reason else PATIENCE

    async def scenario() -> None:
        async with pool(limit=limit, memory_mb=memory_mb) as workers:
            with pytest.raises(Unreadable) as caught:
                await workers.extract(page(command))

            assert caught.value.cause == reason
            assert not caught.value.passing
            workers.change(1, PATIENCE, memory_mb, task=obey)  # the same pool, with time
            await assert_works(workers)

    run(scenario)


HOSTILE = {
    "nested": "<div>" * 100_000,
    "one line": "x" * 10_000_000,
    "NUL": "\0" * 100_000,
    "blanks": " " * 40_000 + "x",
}


def test_hostile_pages_are_unreadable_with_a_reason_and_the_next_is_read() -> None:
    async def scenario() -> None:
        slow = timedelta(seconds=100)  # on a busy machine a worker comes last: it is nice
        async with pool(workers=2, limit=slow, memory_mb=1024, task=extract) as workers:
            pages = [replace(page(), html=stuff.encode()) for stuff in HOSTILE.values()]
            outcomes = await asyncio.gather(*map(workers.extract, pages), return_exceptions=True)

            assert [getattr(outcome, "cause", None) for outcome in outcomes] == [
                "no text was found on the page",
                "the text is too short for an article (1 words)",
                "the page is empty",
                "the text is too short for an article (1 words)",
            ]
            await assert_works(workers)

    run(scenario)


def test_what_needs_too_much_memory_for_its_limit_is_unreadable() -> None:
    async def scenario() -> None:
        async with pool(memory_mb=64, task=extract) as workers:
            with pytest.raises(Unreadable, match="needs more than 64 MB"):
                await workers.extract(replace(page(), html=HOSTILE["one line"].encode()))
            await assert_works(workers)

    run(scenario)


def test_a_setting_travels_with_the_task() -> None:
    async def scenario() -> None:
        async with pool(task=partial(extract, thorough=False)) as workers:
            await assert_works(workers)

    run(scenario)


def test_a_page_is_read_to_its_end_when_the_workers_are_changed(tmp_path: Path) -> None:
    """By the limits that it began with; the next one has the new workers, and the old ones go."""

    async def scenario() -> None:
        async with pool(limit=timedelta(seconds=2)) as workers:
            hung = asyncio.ensure_future(workers.extract(page("hang", tmp_path / "begun")))
            await until((tmp_path / "begun").exists)
            workers.change(1, PATIENCE, 256, task=obey)
            other = int((await workers.extract(page("pid"))).title)

            assert not hung.done()
            with pytest.raises(Unreadable, match="longer than 2 s"):
                await hung
            await assert_works(workers)
            assert int((await workers.extract(page("pid"))).title) == other
            with pytest.raises(Unreadable, match="needs more than 256 MB"):
                await workers.extract(page("eat"))

    run(scenario)


def test_pages_beside_a_hung_one_go_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with pool(workers=2) as workers:
            hung = asyncio.ensure_future(workers.extract(page("hang", tmp_path / "begun")))
            await until((tmp_path / "begun").exists)
            await asyncio.gather(*(assert_works(workers) for _ in range(5)))

            assert not hung.done()
            hung.cancel()

    run(scenario)


def test_a_cancelled_page_frees_its_worker(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with pool() as workers:
            hung = asyncio.ensure_future(workers.extract(page("hang", tmp_path / "begun")))
            await until((tmp_path / "begun").exists)
            before = worker_pids()
            hung.cancel()
            await assert_works(workers)

            assert worker_pids().isdisjoint(before)
            with pytest.raises(asyncio.CancelledError):
                await hung

    run(scenario)


def test_idle_workers_that_are_killed_are_replaced() -> None:
    async def scenario() -> None:
        async with pool(workers=2) as workers:
            await assert_works(workers)
            killed = worker_pids()
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            await until(lambda: all(map(gone, killed)))

            await assert_works(workers)

    run(scenario)


def test_a_page_that_a_pool_takes_while_it_breaks_down_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pebble has then told all pages that it knew of, and never answers for this one."""
    look, broken = ProcessPool._check_pool_status, list[int]()

    def breaks_behind(pool: ProcessPool) -> None:
        look(pool)  # type: ignore[no-untyped-call]
        if not broken:
            broken.extend(worker_pids())
            for pid in broken:
                os.kill(pid, signal.SIGKILL)
            while pool.active:
                time.sleep(0.01)

    async def scenario() -> None:
        async with pool() as workers:
            await assert_works(workers)
            monkeypatch.setattr(ProcessPool, "_check_pool_status", breaks_behind)
            await assert_works(workers)

            assert broken

    run(scenario)


def test_a_worker_stopped_from_outside_says_nothing_about_its_page(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with pool() as workers:
            pid = int((await workers.extract(page("pid"))).title)
            waiting = asyncio.ensure_future(workers.extract(page("hang", tmp_path / "begun")))
            await until((tmp_path / "begun").exists)
            os.kill(pid, signal.SIGTERM)

            with pytest.raises(Unreadable) as caught:
                await waiting
            assert caught.value.passing
            await assert_works(workers)

    run(scenario)


def test_ctrl_c_is_the_services_business() -> None:
    async def scenario() -> None:
        async with pool(workers=2) as workers:
            await assert_works(workers)
            before = worker_pids()
            for pid in before:
                os.kill(pid, signal.SIGINT)
            await asyncio.gather(*(assert_works(workers) for _ in range(4)))

            assert worker_pids() == before

    run(scenario)


def test_closing_stops_hung_workers_and_tells_who_waits(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with pool(workers=2) as workers:
            await assert_works(workers)
            pids = worker_pids()
            names = ("hang", "hang-in-c", "hang", "article")
            pages = [page(name, tmp_path / name) for name in names]
            waiting = [asyncio.ensure_future(workers.extract(one)) for one in pages]
            await until(lambda: all((tmp_path / name).exists() for name in names[:2]))
            started = time.monotonic()
            await asyncio.to_thread(workers.close)

            assert time.monotonic() - started < 5
            assert all(map(gone, pids))
            for outcome in await asyncio.gather(*waiting, return_exceptions=True):
                assert isinstance(outcome, Unreadable)
                assert outcome.passing

    run(scenario)


def test_closed_workers_take_no_page() -> None:
    async def scenario() -> None:
        async with pool() as workers:
            workers.close()
            with pytest.raises(Unreadable) as caught:
                await workers.extract(page())
            assert caught.value.passing

    run(scenario)


def test_warming_up_does_not_wait() -> None:
    async def scenario() -> None:
        async with pool(workers=2) as workers:
            workers.warm()
            await until(lambda: len(worker_pids()) == 2)
            await assert_works(workers)

    run(scenario)
