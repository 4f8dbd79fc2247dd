"""The real service process on real pages: archived once, read well, told once.

PRESSWATCH_PAGES names the folder that holds gne_zh and fundus_en. Nothing leaves this machine.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archive.urls import tidy
from tests.pages.corpus import Truth, feed, read, serve, sitemap
from tests.pages.naive import Wanted
from tests.pages.score import Score, compare, score
from tests.support.receiver import SECRET, Receiver
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.receiver import Received

pytestmark = [pytest.mark.pages, pytest.mark.slow, pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
POLLS = 3
PATIENCE = 240.0  # seconds, for a machine that is busy with other things

WANTED = (
    Wanted("government", "government", every=("government",)),
    Wanted("court", '"supreme court" OR judge', some=("supreme court", "judge")),
    Wanted("vote", "elect* NOT climate", every=("elect*",), none=("climate",)),
    Wanted("china", "中国 AND 发展", every=("中国", "发展")),
    Wanted("phones", "手机 OR 芯片 OR iPhone", some=("手机", "芯片", "iphone")),
    Wanted("both", "china OR 美国", some=("china", "美国")),
)

CONFIG = """
[archive]
path = "real.db"
[fetch]
delay = "0s"
allow_networks = ["127.0.0.0/8"]
[[source]]
name = "english"
url = "{english}"
kind = "feed"
every = "5s"
backlog = "36500d"
[[source]]
name = "chinese"
url = "{chinese}"
kind = "sitemap"
every = "5s"
timezone = "Asia/Shanghai"
backlog = "36500d"
[[channel]]
name = "hook"
type = "webhook"
url = "{hook}"
secret = "{secret}"
"""
RULE = """
[[rule]]
name = "{0.name}"
query = '{0.query}'
channels = ["hook"]
on = "article"
"""


@dataclass
class Ran:
    """What the service left behind, after three polls of each source."""

    pages: dict[str, dict[str, Truth]]  # source → URL → page
    articles: list[dict[str, Any]]  # the archive, as `presswatch export` writes it
    received: list[Received]
    polls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    stopped: tuple[int, float] = (-1, 0.0)  # exit code, seconds

    def by_url(self, source: str) -> dict[str, dict[str, Any]]:
        return {one["url"]: one for one in self.articles if one["source"] == source}


@pytest.fixture(scope="module")
def folder() -> Path:
    named = os.environ.get("PRESSWATCH_PAGES")
    if not named:
        pytest.skip("not measured: PRESSWATCH_PAGES is not set")
    return Path(named)


@pytest.fixture(scope="module")
def ran(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """One run of the service, for all tests."""
    place = tmp_path_factory.mktemp("real")
    english, chinese = read(folder / "fundus_en"), read(folder / "gne_zh")
    with ExitStack() as stack:
        en, zh = stack.enter_context(Site()), stack.enter_context(Site())
        receiver = stack.enter_context(Receiver())
        serve(en, english)
        serve(zh, chinese)
        places = {
            "english": en.page("/made/feed.xml", feed(en, english), content_type="text/xml"),
            "chinese": zh.page("/made/map.xml", sitemap(zh, chinese), content_type="text/xml"),
        }
        config = place / "config.toml"
        text = CONFIG.format(**places, hook=receiver.hook, secret=SECRET)
        config.write_text(text + "".join(map(RULE.format, WANTED)), encoding="utf-8")
        pages = {
            "english": {tidy(en.url(page.path)): page for page in english},
            "chinese": {tidy(zh.url(page.path)): page for page in chinese},
        }
        yield serve_and_stop(config, pages, receiver)


def serve_and_stop(config: Path, pages: dict[str, dict[str, Truth]], receiver: Receiver) -> Ran:
    log = config.with_name("log.jsonl")
    with log.open("w", encoding="utf-8") as stderr, subprocess.Popen(
        command("run", "--config", str(config), "--log-format", "json"),
        cwd=ROOT, env=environment(), stderr=stderr, stdout=subprocess.DEVNULL,
    ) as service:  # fmt: skip
        try:
            wait(lambda: enough(polls(log)), service)
            done = subprocess.run(
                command("export", "--config", str(config), "--format", "jsonl"),
                cwd=ROOT, env=environment(), capture_output=True, text=True, encoding="utf-8",
                timeout=60, check=True,
            )  # fmt: skip
            articles = [json.loads(line) for line in done.stdout.splitlines()]
            ran = Ran(pages=pages, articles=articles, received=receiver.received)
            wait(lambda: len(ran.received) >= len(expected(ran)), service)
        finally:
            began = time.monotonic()
            service.send_signal(signal.SIGTERM)
            code = service.wait(30)
    ran.stopped = code, time.monotonic() - began
    ran.polls = polls(log)
    return ran


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "presswatch", *arguments]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUTF8": "1"}


def polls(log: Path) -> dict[str, list[dict[str, Any]]]:
    """The polls of each source so far, as they were logged."""
    found: dict[str, list[dict[str, Any]]] = {"english": [], "chinese": []}
    for line in log.read_text(encoding="utf-8").splitlines():
        event = json.loads(line) if line.endswith("}") else {}
        if event.get("event") in {"poll.done", "poll.failed"}:
            found[event["source"]].append(event)
    return found


def enough(found: dict[str, list[dict[str, Any]]]) -> bool:
    return all(len(polled) >= POLLS for polled in found.values())


def wait(condition: Callable[[], bool], service: subprocess.Popen[bytes]) -> None:
    """Until it holds; what is still missing at the end is for the tests to say."""
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end and service.poll() is None:
        time.sleep(0.2)


def expected(ran: Ran) -> Counter[tuple[str, str]]:
    """(rule, URL) by the naive matcher over the archived texts."""
    return Counter(
        (wanted.name, article["url"])
        for wanted in WANTED
        for article in ran.articles
        if wanted.holds(article["title"], article["text"])
    )


def scored(ran: Ran, source: str) -> Score:
    found = ran.by_url(source)
    return score(
        compare(page.body, found[url]["text"] if url in found else "")
        for url, page in ran.pages[source].items()
    )


@pytest.mark.parametrize("source", ["english", "chinese"])
def test_every_page_is_archived_once(ran: Ran, source: str) -> None:
    urls = Counter(article["url"] for article in ran.articles if article["source"] == source)
    assert urls == Counter(ran.pages[source].keys())


@pytest.mark.parametrize(("source", "least"), [("english", 0.955), ("chinese", 0.90)])
def test_bodies(ran: Ran, source: str, least: float) -> None:
    result = scored(ran, source)
    print(
        f"\n{source}: {len(ran.pages[source])} pages, body F1 {result.f1:.3f}"
        f" (precision {result.precision:.3f}, recall {result.recall:.3f}), at least {least}"
    )
    assert result.f1 >= least


def test_every_alert_is_delivered_once_and_signed(ran: Ran) -> None:
    wanted = expected(ran)
    came = Counter((one.payload["rule"]["name"], one.payload["article"]["url"]) for one in
                   ran.received)  # fmt: skip
    counts = Counter(rule for rule, _ in came.elements())
    print(f"\nalerts: {came.total()} of {wanted.total()} expected; {dict(counts)}")
    assert {rule.name for rule in WANTED} == {rule for rule, _ in wanted}, "no rule is idle"
    assert came == wanted
    assert all(one.valid for one in ran.received)
    assert len({one.id for one in ran.received}) == len(ran.received)


@pytest.mark.parametrize("source", ["english", "chinese"])
def test_the_polls_after_the_first_file_nothing(ran: Ran, source: str) -> None:
    first, *later = ran.polls[source]
    print(f"\n{source}: first poll {first['took_ms'] / 1000:.1f} s, {first['new']} new")
    assert first["found"] == len(ran.pages[source])
    assert len(later) >= POLLS - 1
    for poll in later:
        assert poll["found"] == len(ran.pages[source]), "the listing was read again"
        counts = {kind: poll[kind] for kind in ("new", "revised", "copies", "dropped", "failed")}
        assert set(counts.values()) == {0}, counts


def test_it_stops_in_good_order(ran: Ran) -> None:
    code, seconds = ran.stopped
    assert code == 0
    assert seconds < 10
