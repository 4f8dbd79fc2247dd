"""A worker that is killed at a bad moment costs no page, and none of those that come after it."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crawler.errors import Unreadable
from tests.crawler.extract.test_workers import assert_works, page, pool, run, until

if TYPE_CHECKING:
    from collections.abc import Callable


class _Mine(str):
    """A title that kills the first worker that takes it from the pipe."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Callable[[str], str], tuple[str]]:
        return _taken, (str(self),)


def _taken(died: str) -> str:
    """In the worker, which has the locks that all share, and has told nobody of the page yet."""
    if not Path(died).exists():
        Path(died).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return ""


def test_a_page_whose_worker_is_killed_while_it_takes_it_is_read(tmp_path: Path) -> None:
    """Nobody knew who had it, so its poll hung until its time limit; nor could others be read."""

    async def scenario() -> None:
        async with pool(workers=2) as workers:
            busy = asyncio.ensure_future(workers.extract(page("hang", tmp_path / "begun")))
            await until((tmp_path / "begun").exists)
            taken = replace(page(), title=_Mine(tmp_path / "died"))
            async with asyncio.timeout(30):
                assert (await workers.extract(taken)).title == "Harbour opens again"
                await assert_works(workers)

            assert (tmp_path / "died").exists()
            assert not busy.done()
            busy.cancel()

    run(scenario)


def test_a_worker_that_is_killed_while_it_answers_keeps_no_other_from_it(tmp_path: Path) -> None:
    """It has the lock of the way back, at which all others gave up after a minute, for ever."""

    async def scenario() -> None:
        async with pool(workers=2) as workers:
            busy = asyncio.ensure_future(workers.extract(page("hang", tmp_path / "begun")))
            await until((tmp_path / "begun").exists)
            async with asyncio.timeout(30):
                with pytest.raises(Unreadable) as caught:
                    await workers.extract(page("die-answering"))
                assert caught.value.passing
                await assert_works(workers)

            assert not busy.done()
            busy.cancel()

    run(scenario)
