"""presswatch run, as a process: it starts, it says so, and it stops when it is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.presswatch.desk import CONFIG
from tests.support.site import Site, hang

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.presswatch.desk import Desk

pytestmark = pytest.mark.service
QUIET = CONFIG.replace('url = "https://cnipa', 'enabled = false\nurl = "https://cnipa')
QUIET += "[web]\nenabled = false\n"  # its port is everybody's


@contextmanager
def service(desk: Desk, *options: str, config: str = QUIET) -> Iterator[subprocess.Popen[str]]:
    """The running service; whatever the test does, it is gone afterwards."""
    desk.config.write_text(config, "utf-8")
    command = [sys.executable, "-m", "presswatch", "run", "--config", str(desk.config), *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def started(process: subprocess.Popen[str]) -> list[str]:
    """Every line up to the one that says that it serves."""
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if "service.started" in line:
            return lines
    raise AssertionError("".join(lines))


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_service_in_order(desk: Desk, number: signal.Signals) -> None:
    """Exit code 0, and nothing but JSON lines where nobody looks on."""
    with service(desk, "--log-format", "json") as process:
        lines = started(process)
        process.send_signal(number)
        out, rest = process.communicate(timeout=20)

    logged = [json.loads(line) for line in (lines + rest.splitlines()) if line.startswith("{")]
    assert process.returncode == 0
    assert out == ""
    assert [row["event"] for row in logged][-1] == "service.stopped"
    assert "Traceback" not in rest
    assert lines[0].startswith("warning: channel[1].secret")


def test_one_service_for_an_archive(desk: Desk) -> None:
    with service(desk) as first:
        started(first)
        wait_for(lambda: desk.run("status", "--live").exit_code == 0)
        with service(desk) as other:
            _, said = other.communicate(timeout=60)

    assert other.returncode == 3
    assert f"another service runs on it (process {first.pid})" in said
    assert "Traceback" not in said


def insist(process: subprocess.Popen[str]) -> bool:
    """Ask once more; True when it is gone."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.1)
    return process.poll() is not None


def test_a_doubled_signal_is_one(desk: Desk) -> None:
    """`timeout` signals the process and then its group."""
    with service(desk) as process:
        started(process)
        os.kill(process.pid, signal.SIGSTOP)  # both signals are there when it goes on
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        os.kill(process.pid, signal.SIGCONT)
        process.communicate(timeout=20)

    assert process.returncode == 0


def test_a_second_signal_ends_it_at_once(desk: Desk) -> None:
    """Somebody who asks again does not want to wait for a site that hangs; all say nothing."""
    with Site() as site:
        hanging = site.behave("/list", hang)
        text = CONFIG.replace("https://cnipa.example/list", hanging)
        with service(desk, config=text) as process:
            started(process)
            site.wait_for(lambda site: bool(site.asked("/list")), timeout=30)
            process.send_signal(signal.SIGTERM)
            wait_for(lambda: insist(process))
            _, rest = process.communicate(timeout=60)  # until its children have ended, too

    assert process.returncode == 130
    assert [line for line in rest.splitlines() if not line.startswith("{")] == []
