"""`presswatch demo`: the real service on the sample press, told as it happens, judged at the end.

press on loopback ─▶ config.toml ─▶ Service, as `presswatch run` runs it ─▶ webhook receiver
      its events ─▶ terminal and log                      what arrived ─▶ verdict
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from presswatch.clock import plural
from presswatch.config.load import load
from presswatch.demo import folder as place
from presswatch.demo import press as sample
from presswatch.demo import verdict
from presswatch.demo.lines import Line, Teller, fault, is_fault
from presswatch.demo.receiver import Receiver
from presswatch.demo.record import recording
from presswatch.demo.sites import Servers
from presswatch.demo.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from presswatch.config.records import Config
    from presswatch.demo.press import Press
    from presswatch.demo.receiver import Arrival

FOLDER = Path("demo-archive")

#: Seconds to wait, once all has come, for what must not come: longer than any tick of the service.
AFTERMATH = 3.0

TURN = 0.2  # seconds between two looks at the clock

#: The query to try next.
QUERY = "知识产权 AND 甘肃"


def run_demo(
    span: timedelta | None = None,
    *,
    folder: Path = FOLDER,
    until_done: bool = False,
    press: Path = sample.EMBEDDED,
) -> int:
    """Run for `span`, else until Ctrl-C, with `until_done` until all has come; the exit code.

    0 if every expected alert arrived exactly once, signed, and nothing else did; 1 if not.
    Raises FolderNotOurs, ArchiveBusy, ConfigError.
    """
    place.prepare(folder)
    show = Terminal()
    loaded = sample.load(press)
    demo = Demo(loaded, folder, show)
    show.say("presswatch demo", "bold")
    show.say(
        f"{len(loaded.sites)} small news sites on this machine are watched; a webhook receiver"
        f" waits for {len(loaded.alerts)} alerts."
    )
    show.say(f"Config, archive and the service's log are in {folder}/", "dim")
    show.say()
    with recording(folder / place.LOG, demo.hear), show:
        asyncio.run(demo.run(span, until_done=until_done))
    return demo.conclude()


class Demo:
    """One run of it."""

    def __init__(self, press: Press, folder: Path, show: Terminal) -> None:
        self._press = press
        self._folder = folder
        self._show = show
        self._teller = Teller()
        self._seen = verdict.Seen()
        self._urls: Mapping[str, str] = {}
        self._polls = 0
        self._cut_short = False  # by a signal, before all had come

    # ------------------------------------------------------------------ while it runs

    async def run(self, span: timedelta | None, *, until_done: bool) -> None:
        """Serve the press and watch it until the time is over."""
        async with AsyncExitStack() as stack:
            servers = await stack.enter_async_context(Servers(self._press, datetime.now(UTC)))
            secret = place.new_secret()
            receiver = await stack.enter_async_context(Receiver(secret, self._receive))
            self._urls = servers.urls
            places = {**servers.origins, "receiver": receiver.url}
            config = place.write(self._folder, self._press.template(place.CONFIG), places, secret)
            await self._serve(load(config, os.environ), span, until_done=until_done)

    async def _serve(self, config: Config, span: timedelta | None, *, until_done: bool) -> None:
        from presswatch.service import Service

        stop = asyncio.Event()
        _end_on_signals(stop)
        service = asyncio.create_task(Service(config).run(stop))
        span_s = None if span is None else span.total_seconds()
        complete_at: float | None = None
        while not (stop.is_set() or service.done() or self._show.gone):
            now = self._show.seconds()
            if complete_at is None and self._is_complete():
                complete_at = now
            settled = complete_at is not None and now - complete_at >= AFTERMATH
            if (until_done and settled) or (span_s is not None and now >= span_s):
                stop.set()
            self._count(None if span_s is None else span_s - now)
            if not stop.is_set():
                await asyncio.wait([service], timeout=TURN)
                self._cut_short = stop.is_set() and not self._is_complete()
        stop.set()
        await service

    def hear(self, event: Mapping[str, Any]) -> None:
        """An event of the service, as it is logged."""
        name = event.get("event")
        self._polls += name in {"poll.done", "poll.failed"}
        if name == "article.filed":
            self._seen.became.add((str(event["url"]), str(event["outcome"])))
        elif name == "page.dropped":
            self._seen.became.add((str(event["url"]), "dropped"))
        elif is_fault(event):
            self._seen.faults.append(fault(event))
        if line := self._teller.line(event):
            self._show.line(line)

    def _receive(self, arrival: Arrival) -> None:
        self._seen.arrivals.append((self._show.seconds(), arrival))
        if arrival.valid:
            says, style = "received, signature verified", "bold green"
        else:
            says, style = "received, and its signature does NOT verify", "bold red"
        self._show.line(Line("webhook", style, arrival.rule, says, arrival.title))

    def _is_complete(self) -> bool:
        return all(line.ok for line in (*self._alerts(), *self._outcomes()))

    def _alerts(self) -> list[verdict.Line]:
        return verdict.alerts(self._press, self._urls, self._seen)

    def _outcomes(self) -> list[verdict.Line]:
        return verdict.outcomes(self._press, self._urls, self._seen)

    def _count(self, left: float | None) -> None:
        came = sum(line.ok for line in self._alerts())
        alerts = f"{came} of {len(self._press.alerts)} alerts"
        rest = "Ctrl-C ends it" if left is None else f"{max(left, 0):.0f} s left"
        if self._is_complete():
            alerts = "everything has come; the sites are polled on"
        self._show.count(f"{plural(self._polls, 'poll')}, {alerts}; {rest}")

    # ------------------------------------------------------------------ at the end

    def conclude(self) -> int:
        """Say what was expected and whether it came, and what to try next; the exit code."""
        alerts, outcomes = self._alerts(), self._outcomes()
        self._show.table("Alerts, each once and signed", alerts)
        self._show.table("What became of the rest", outcomes)
        self._show.say()
        wrong = [line for line in (*alerts, *outcomes) if not line.ok]
        if wrong and self._cut_short and all(line.missing for line in wrong):
            self._show.say("You ended it before all had come; it takes some ten seconds.", "bold")
        elif wrong:
            self._show.say("Not as expected:", "bold red")
            for line in wrong:
                self._show.say(f"  {line.what}: {line.about}: {line.says}", "red")
            self._show.say(f"The service's log may say why: {self._folder / place.LOG}")
        else:
            self._show.say("Everything came as expected.", "bold green")
        self._next_steps()
        return 1 if wrong else 0

    def _next_steps(self) -> None:
        config = shlex.quote(str(self._folder / place.CONFIG))
        reprints = [name for name, article in self._press.articles.items() if article.follows]
        commands = [(f"search --config {config} '{QUERY}'", "what is archived about that")]
        for name in reprints[:1]:
            url = self._urls[name]
            commands.append((f"why --config {config} {url}", "what became of the reprint"))
        commands.append((f"status --config {config}", "how the sources fare"))
        commands.append((f"web --port 0 --config {config}", "all of it in a browser"))
        commands.append(("init", "a config of your own"))
        self._show.say()
        self._show.say(f"The archive is {self._folder / place.ARCHIVE}. Try next:")
        self._show.say()
        for command, why in commands:
            self._show.command(f"{_own_name()} {command}", why)


def _own_name() -> str:
    """How the command is called from here; it need not be on the PATH."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m presswatch"
    found = shutil.which("presswatch")
    if found and Path(found).resolve() == called.resolve():
        return "presswatch"
    return shlex.quote(os.path.relpath(called)) if called.name == "presswatch" else "presswatch"


def _end_on_signals(stop: asyncio.Event) -> None:
    """The first signal ends the demo in good order, a second one at once."""

    def signalled() -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, signalled)
