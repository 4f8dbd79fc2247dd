"""Many changes of a config leave nothing of the old ones behind."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from presswatch.config.load import load
from presswatch.service import Service
from tests.support.census import census
from tests.support.receiver import SECRET
from tests.support.service import rule, source, webhook, write_config

if TYPE_CHECKING:
    from pathlib import Path

    from presswatch.config.records import Config

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(180)]


def change(folder: Path, number: int) -> Path:
    """Other rules, another channel, and fetched otherwise."""
    rules = "".join(rule(f"r{n}", f"word{n} OR w{number}x{n}", "hook") for n in range(20))
    hook = webhook("hook", f"http://127.0.0.1:9/{number}", SECRET)
    asleep = source("one", "http://127.0.0.1:9/feed.xml", every="1d")
    path = write_config(folder, asleep + hook + rules)
    text = path.read_text("utf-8").replace("[fetch]", f'[fetch]\ntimeout = "{number + 1}s"')
    path.write_text(text, "utf-8")
    return path


def test_old_configs_are_let_go_of(tmp_path: Path) -> None:
    """A service lives for months, and its operator edits a file every day."""
    applied = asyncio.Queue[int]()

    class Told(Service):
        async def _change(self, config: Config) -> None:
            await super()._change(config)
            applied.put_nowait(len(config.rules))

    async def run() -> Counter[str]:
        service, stop = Told(load(change(tmp_path, 0), os.environ)), asyncio.Event()
        running = asyncio.create_task(service.run(stop))
        before: Counter[str] = Counter()
        for number in range(1, 61):
            change(tmp_path, number)
            service.reread()
            await asyncio.wait_for(applied.get(), 60)
            before = census() if number == 20 else before
        grown = census()
        grown.subtract(before)
        stop.set()
        await running
        return grown

    grown = asyncio.run(run())

    # Each change has twenty rules; of the forty changes since, a few may still be under way.
    bounded = {"Pattern", "ReferenceType", "Context", "TimerHandle"}  # caches of re and of asyncio
    assert {kind: n for kind, n in grown.items() if n > 100 and kind not in bounded} == {}
