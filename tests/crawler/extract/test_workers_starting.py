"""The workers are stopped, or sent Ctrl-C, while they are being started."""

from __future__ import annotations

import os
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


#: The workers import this before they open what they share, and wait until they are being stopped.
STOPPED = """
import os, time
from datetime import timedelta
from pathlib import Path

stopped = Path(os.environ["STOPPED"])
if __name__ == "__mp_main__":
    while not stopped.exists():
        time.sleep(0.01)

def stop(worker):
    stopped.touch()
    worker.join(1)  # it comes to its end, or is at work
    stop_process(worker)

if __name__ == "__main__":
    import pebble.pool.process
    from crawler.extract.workers import Workers
    stop_process, pebble.pool.process.stop_process = pebble.pool.process.stop_process, stop
    workers = Workers(1, timedelta(seconds=30), 512)
    workers._started()
    workers.close()
"""


def test_workers_that_are_stopped_while_they_start_say_nothing(tmp_path: Path) -> None:
    """What they share was gone before they opened it, which each told in a traceback."""
    (script := tmp_path / "stopped.py").write_text(STOPPED, "utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], cwd=ROOT, capture_output=True, text=True, timeout=100,
        env={**os.environ, "STOPPED": str(tmp_path / "stopped"), "PYTHONPATH": str(ROOT)},
        check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
