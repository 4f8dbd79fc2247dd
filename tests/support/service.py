"""The real service as a process: started, watched through its log, stopped or killed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self

ROOT = Path(__file__).parents[2]


class Running:
    """``presswatch run`` as a child; `events` are its log lines as they come."""

    def __init__(self, config: Path, **environment: str) -> None:
        self.config = config
        self.events: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "presswatch", "run", "--config", str(config)],
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **environment},
            start_new_session=True,  # a signal to it is not one to its workers
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_for(
        self, event: str, *, count: int = 1, timeout: float = 60, **fields: object
    ) -> list[dict[str, Any]]:
        """Until `count` such events were logged; they are returned."""
        end = time.monotonic() + timeout
        with self._changed:
            while len(found := self.logged(event, **fields)) < count:
                left = end - time.monotonic()
                assert left > 0 and self._process.poll() is None, (
                    f"no {event} {fields} (status {self._process.poll()}): {self.events[-8:]}"
                )
                self._changed.wait(min(left, 0.5))
        return found

    def logged(self, event: str, **fields: object) -> list[dict[str, Any]]:
        return [
            line
            for line in list(self.events)
            if line["event"] == event and all(line.get(k) == v for k, v in fields.items())
        ]

    def send(self, number: int) -> None:
        """Send a signal that does not end it."""
        self._process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM, *, within: float = 30) -> int:
        """Send the signal and wait; returns the exit status."""
        self._process.send_signal(number)
        return self.wait(within)

    def wait(self, within: float = 30) -> int:
        status = self._process.wait(within)
        self._reader.join(10)
        return status

    def kill(self) -> None:
        """SIGKILL to the service alone, as the kernel would; safe to call twice."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(10)
        self._reader.join(10)
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for raw in self._process.stderr:
            try:
                line = json.loads(raw)
            except ValueError:
                line = {"event": raw.decode(errors="replace").rstrip()}
            with self._changed:
                self.events.append(line)
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


def write_config(folder: Path, text: str) -> Path:
    """A config with a quick fetcher on loopback, and `text` behind it."""
    path = folder / "config.toml"
    path.write_text(
        '[archive]\npath = "a.db"\n'
        "[web]\nenabled = false\n"
        '[fetch]\ndelay = "0s"\nallow_networks = ["127.0.0.0/8"]\ncontact = "mailto:t@n.org"\n'
        f"{text}\n",
        "utf-8",
    )
    return path


def source(name: str, url: str, **more: str) -> str:
    """A [[source]] block that is polled every five seconds."""
    values = {"name": name, "url": url, "kind": "feed", "every": "5s", "backlog": "36000d", **more}
    return _block("source", values)


def webhook(name: str, url: str, secret: str) -> str:
    return _block("channel", {"name": name, "type": "webhook", "url": url, "secret": secret})


def rule(name: str, query: str, *channels: str, **more: str) -> str:
    values = {"name": name, "query": query, **more}
    return _block("rule", values) + f"channels = {json.dumps(channels)}\n"


def _block(kind: str, values: dict[str, str]) -> str:
    lines = "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items()
    )
    return f"[[{kind}]]\n{lines}"


def rows(archive: Path, sql: str, *arguments: object) -> list[Any]:
    """What another process has committed."""
    return list(_query(archive, sql, arguments))


def _query(archive: Path, sql: str, arguments: tuple[object, ...]) -> Iterator[Any]:
    db = sqlite3.connect(f"file:{archive}?mode=ro", uri=True, timeout=30)
    try:
        yield from db.execute(sql, arguments).fetchall()
    finally:
        db.close()


def until(condition: Callable[[], bool], timeout: float = 60, what: str = "it") -> None:
    """Wait for something that another process does; looked at twenty times a second."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f"{what} did not come true in {timeout} s"
        time.sleep(0.05)
