"""Ctrl-C while the workers are being started: it is for the service, which then stops them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

#: A group of processes of its own, which is sent Ctrl-C until the first page has been read.
PRESSED = """
import asyncio, os, signal
from datetime import timedelta
from crawler.extract.workers import Workers
from tests.crawler.extract.test_workers import page

async def main():
    signal.signal(signal.SIGINT, lambda *_: None)
    workers = Workers(1, timedelta(seconds=30), 512)
    reading = asyncio.create_task(workers.extract(page()))
    while not reading.done():
        os.killpg(0, signal.SIGINT)
        await asyncio.sleep(0.02)
    print(reading.result().title)
    await asyncio.to_thread(workers.close)

asyncio.run(main())
"""


def test_ctrl_c_is_not_for_the_workers() -> None:
    """The server that they are forked from imports for seconds, and printed a traceback."""
    done = subprocess.run(
        [sys.executable, "-c", PRESSED], cwd=ROOT, capture_output=True, text=True, timeout=100,
        start_new_session=True, check=False,
    )  # fmt: skip

    assert (done.stdout, done.stderr) == ("Harbour opens again\n", "")
