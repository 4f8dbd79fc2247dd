"""Ten minutes of bad luck, seeded: the service is killed, receivers drop, refuse, dawdle, go away.

    press publishes all the time ─▶ service (kill -9 at random) ─▶ three receivers that remember ids

``SOAK=60s`` shortens it, ``SOAK_SEED=2`` is another run. In the end everything that was published
must have been accepted by every receiver, under one id.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench.figure import Figure
from bench.soakdesk import Desk
from presswatch.units import parse_duration, say_duration
from tests.support.news import article, feed
from tests.support.receiver import SECRET
from tests.support.service import ROOT, Running, rows, rule, source, webhook, write_config
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tests.support.receiver import Received

LENGTH = "10m"
SEED = 20261122
SOURCES = 5
LISTED = 40  # articles in a feed: more than are published while the service is dead
EVERY = 1.0  # seconds between two articles
LIVES = (3.0, 25.0)  # seconds that a life of the service lasts
REST = 600.0  # seconds to wait for rest in the end; a circuit may pause for five and a half minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What all receivers together have seen."""

    sent: int  # requests that arrived
    accepted: int  # alerts, by id, that a receiver took
    repeated: int  # requests of an id that it had taken before: allowed, the id tells
    lost: int  # articles that a receiver was to hear of and never took
    two_ids: int  # articles that a receiver took under more than one id
    invalid: int  # requests whose signature does not hold


def judge(published: Collection[str], desks: Sequence[Sequence[Received]]) -> Outcome:
    """Every article by its URL, held against what each receiver got."""
    sent = accepted = repeated = lost = two_ids = invalid = 0
    for received in desks:
        ids: dict[str, set[str]] = defaultdict(set)
        taken: set[str] = set()
        for delivery in received:
            sent += 1
            invalid += not delivery.valid
            repeated += delivery.id in taken
            if 200 <= delivery.answered < 300:
                taken.add(delivery.id)
                ids[delivery.payload["article"]["url"]].add(delivery.id)
        accepted += len(taken)
        lost += sum(url not in ids for url in published)
        two_ids += sum(len(known) > 1 for known in ids.values())
    return Outcome(
        sent=sent, accepted=accepted, repeated=repeated, lost=lost, two_ids=two_ids,
        invalid=invalid,
    )  # fmt: skip


class Press:
    """Publishes an article every so often, on one feed or another, in a thread of its own."""

    def __init__(self, site: Site, rng: Random) -> None:
        self.urls: list[str] = []
        self._site = site
        self._rng = rng
        self._numbers = itertools.count(1)
        self._listed: dict[int, list[int]] = {number: [] for number in range(SOURCES)}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        for number in self._listed:
            site.page(f"/feed{number}.xml", feed(site.url(""), []))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(self._rng.uniform(0.2, 1.8) * EVERY):
            number, where = next(self._numbers), self._rng.randrange(SOURCES)
            self.urls.append(self._site.page(f"/n/{number}.html", article(number)))
            self._listed[where].append(number)
            recent = self._listed[where][-LISTED:]
            self._site.page(f"/feed{where}.xml", feed(self._site.url(""), recent))


def run() -> list[Figure]:
    """The counts; lost and two ids must be none."""
    length = parse_duration(os.environ.get("SOAK") or LENGTH)
    seed = int(os.environ.get("SOAK_SEED") or SEED)
    with tempfile.TemporaryDirectory() as folder, Site() as site:
        desks = [Desk(name, Random(f"{seed} {name}")) for name in ("steady", "moody", "absent")]
        try:
            press = Press(site, Random(f"{seed} press"))
            config = _config(Path(folder), site, desks)
            press.start()
            kills = _mischief(config, desks, Random(seed), length.total_seconds())
            press.stop()
            took = _to_rest(config, desks, press.urls)
            sound = _verify(config)
        finally:
            for desk in desks:
                desk.leave()
        outcome = judge(press.urls, [desk.received for desk in desks])
    note = f"{len(press.urls)} articles, {kills} kills in {say_duration(length)}, seed {seed}"
    return _figures(outcome, took, note, sound=sound, outages=sum(desk.outages for desk in desks))


def _figures(
    outcome: Outcome, took: float, note: str, *, sound: bool, outages: int
) -> list[Figure]:
    return [
        Figure(name="sent", value=outcome.sent, unit="requests", note=note),
        Figure(name="accepted", value=outcome.accepted, unit="alerts",
               note=f"by three receivers, {outages} outages"),
        Figure(name="repeated", value=outcome.repeated, unit="requests",
               note="under the same id, allowed: the receiver did not say that it had them"),
        Figure(name="lost", value=outcome.lost, unit="", limit="<= 0"),
        Figure(name="two ids", value=outcome.two_ids, unit="", limit="<= 0"),
        Figure(name="signatures that do not hold", value=outcome.invalid, unit="", limit="<= 0"),
        Figure(name="faults that `alerts verify` finds", value=int(not sound), unit="",
               limit="<= 0"),
        Figure(name="from the last outage to rest", value=took, unit="s"),
    ]  # fmt: skip


def _config(folder: Path, site: Site, desks: Sequence[Desk]) -> Path:
    sources = "".join(source(f"s{n}", site.url(f"/feed{n}.xml")) for n in range(SOURCES))
    channels = "".join(webhook(desk.name, desk.hook, SECRET) for desk in desks)
    channels = channels.replace('name = "moody"\n', 'name = "moody"\nconcurrency = 3\n')
    watch = rule("all", "case", *(desk.name for desk in desks), on="article")
    return write_config(folder, sources + channels + watch)


def _mischief(config: Path, desks: Sequence[Desk], rng: Random, seconds: float) -> int:
    """One life of the service after the other, while receivers come and go; how many were killed.

    One life in six is ended in order.
    """
    end, kills = time.monotonic() + seconds, 0
    calm = threading.Event()
    moods = [threading.Thread(target=desk.live, args=(calm,), daemon=True) for desk in desks]
    for thread in moods:
        thread.start()
    while time.monotonic() < end:
        with Running(config) as service:
            calm.wait(min(rng.uniform(*LIVES), max(0.0, end - time.monotonic())))
            if rng.random() < 1 / 6:
                service.stop()
            else:
                service.kill()
                kills += 1
    calm.set()
    for thread in moods:
        thread.join()
    return kills


def _to_rest(config: Path, desks: Sequence[Desk], published: Sequence[str]) -> float:
    """Everybody behaves; until all is delivered. How many seconds that took."""
    for desk in desks:
        desk.behave()
    began, hurried = time.monotonic(), False
    with Running(config) as service:
        while not _is_at_rest(config.parent / "a.db", len(published)):
            spent = time.monotonic() - began
            if spent > REST:
                break
            if spent > 30 and not hurried:  # the ordinary is over by then
                _hurry(config)
                hurried = True
            time.sleep(0.2)
        took = time.monotonic() - began
        service.stop()
    return took


def _is_at_rest(archive: Path, published: int) -> bool:
    sql = (
        "SELECT (SELECT count(*) FROM article), (SELECT max(id) FROM revision),"
        " (SELECT revision FROM cursor WHERE name = 'match'),"
        " (SELECT count(*) FROM alert WHERE state <> 'delivered')"
    )
    articles, newest, matched, waiting = rows(archive, sql)[0]
    return articles >= published and newest == matched and not waiting


def _hurry(config: Path) -> None:
    """What was refused five times is due in half an hour: an operator would not wait either."""
    waits = "SELECT id FROM alert WHERE state = 'due' AND due_at > ?"
    later = int((time.time() + 60) * 1000)
    for (alert,) in rows(config.parent / "a.db", waits, later):
        _presswatch(config, "alerts", "retry", alert)


def _verify(config: Path) -> bool:
    return _presswatch(config, "alerts", "verify") == 0


def _presswatch(config: Path, *words: str) -> int:
    command = [sys.executable, "-m", "presswatch", *words, "--config", str(config)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
