"""The page over an archive of PRESSWATCH_BENCH_ARTICLES (100,000): how soon each view is there.

The archive is that of `bench.large`, copied and given thirty rules with their matches, a ledger of
alerts and polls of its sources, so that every view has something to show. Views are asked for over
a real socket by one browser, each with other words, articles and rules, after a round that nobody
times; the figure is the 95th percentile from the question to the last byte.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import httpx

from archive.connection import open_for_writing
from archive.transaction import transaction
from bench.figure import Figure
from bench.largearchive import FOLDER, large
from bench.largetexts import words
from presswatch.config.records import WebOptions
from presswatch.web.server import bind, serving, url_of

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

ARTICLES: Final = int(os.environ.get("PRESSWATCH_BENCH_ARTICLES", "100_000"))
LIMIT: Final = "<= 50"
RULES: Final = 30
_ROUNDS: Final = 40
_WEEK: Final = "%20after:2023-03-01%20before:2023-03-08"
_EVERY: Final = 20  # articles, of which one matches a rule


def run() -> list[Figure]:
    """One figure a view, in milliseconds."""
    path, _ = large(ARTICLES)
    archive = FOLDER / f"web-{path.stem}.db"
    if not archive.is_file():
        draft = archive.with_suffix(".draft")
        shutil.copy(path, draft)
        db = open_for_writing(draft)
        _fill(db)
        db.close()
        draft.rename(archive)
    open_for_writing(archive).close()  # it may be of an older version
    config = archive.with_suffix(".toml")
    config.write_text(_config(archive), "utf-8")
    return asyncio.run(_measured(config, archive))


def _config(archive: Path) -> str:
    blocks = [f'[archive]\npath = "{archive.name}"\n']
    blocks.append('[[channel]]\nname = "bot"\ntype = "webhook"\nurl = "http://127.0.0.1:9/"\n'
                  'secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"\n')  # fmt: skip
    for number, word in enumerate(_words(60, RULES)):
        blocks.append(f'[[rule]]\nname = "rule {number}"\nquery = "{word}"\nchannels = ["bot"]\n')
    blocks += (
        f'[[source]]\nname = "outlet{number}"\nurl = "https://o{number}.example/"\n'
        for number in range(200)
    )
    return "\n".join(blocks)


def _words(rank: int, number: int) -> list[str]:
    """Words of two ideographs from this rank of frequency on."""
    found = (word for word in words("zh")[rank:] if len(word) == 2)
    return [next(found) for _ in range(number)]


def _fill(db: Database) -> None:
    """Matches of the last months, an alert for each, polls of the sources."""
    payload = json.dumps({"article": {"title": "标题 " * 8, "url": "https://a.example/"},
                          "text": "正文" * 400}, ensure_ascii=False)  # fmt: skip
    word = json.dumps([{"text": "专利", "term": "专利", "field": "body", "count": 2}])
    with transaction(db):
        db.execute(
            "INSERT INTO rule_match (rule, revision, article, story, matched_at, words, decision,"
            " alerts) SELECT 'rule ' || (a.id / ?1 % ?2), a.newest, a.id, a.story, a.first_seen,"
            " ?3, 'ALERT', 1 FROM article a WHERE a.id % ?1 = 0",
            [_EVERY, RULES, word],
        )
        db.execute(
            "INSERT INTO alert (id, match, rule, channel, payload, created_at, state, attempts,"
            " settled_at) SELECT 'msg_' || id, id, rule, 'bot', ?, matched_at,"
            " CASE WHEN id % 97 THEN 'delivered' ELSE 'dead' END, 1, matched_at + 300"
            " FROM rule_match",
            [payload],
        )
        db.execute(
            "INSERT INTO attempt (alert, at, took_ms, outcome, status)"
            " SELECT id, settled_at, 300, state, 204 FROM alert"
        )
        _polls(db)


def _polls(db: Database) -> None:
    last = db.execute("SELECT max(first_seen) FROM article").fetchone()[0]
    for number in range(200):
        name = f"outlet{number}"
        db.execute(
            "INSERT INTO source_state (name, kind, url, first_polled_at, last_poll_at, last_ok_at,"
            " last_outcome, next_poll_at, polls) VALUES (?, 'feed', 'https://o.example/', 0, ?, ?,"
            " 'ok', ?, 200)",
            [name, last, last, last + 900_000],
        )
        db.conn.executemany(
            "INSERT INTO poll (id, source, started_at, took_ms, outcome, requests, found, new,"
            " revised, copies, same, dropped, failed, read, textless, untitled, undated, length)"
            " VALUES (?, ?, ?, 700, 'ok', 3, 20, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 900)",
            [(f"{name}-{n}", name, last - n * 900_000) for n in range(200)],
        )
        db.conn.executemany(
            "INSERT INTO page (source, url, found_at, quiet, fate) VALUES (?, ?, ?, 0, 'filed')",
            [(name, f"https://o.example/{number}/{n}", last - n * 900_000) for n in range(300)],
        )


def views() -> dict[str, list[str]]:
    """View → the places that are asked for, each of another article, word or rule."""
    common = [quote(word) for word in _words(60, 20)]
    rare = [quote(word) for word in _words(20_000, 20)]
    some = [ARTICLES * 4 // 5 - 37 * n for n in range(1, 21)]
    names = [f"rule%20{n}" for n in range(20)]
    return {
        "today": ["/", "/?backlog=1"],
        "older stories": [f"/?before={n}" for n in some],
        "a search for a common word": [f"/search?q={word}" for word in common],
        "a search for a rare word": [f"/search?q={word}" for word in rare],
        "a search for one word or another": [f"/search?q={a}%20OR%20{b}"
                                             for a, b in zip(common, rare, strict=True)],
        "a search within days": [f"/search?q={word}{_WEEK}" for word in common],
        "the matches of a rule": [f"/search?rule={name}" for name in names],
        "a story": [f"/story/{n}" for n in some],
        "an article": [f"/article/{n}" for n in some],
        "rules": ["/rules"],
        "a rule": [f"/rules/{name}" for name in names],
        "sources": ["/sources", "/sources?from=50"],
        "a source": [f"/sources/outlet{n}" for n in range(20)],
        "alerts": ["/alerts", "/alerts?state=delivered"],
        "an alert": [f"/alerts/msg_{n}" for n in range(100, 120)],
        "API: search": [f"/api/v1/search?q={word}" for word in common],
        "API: stories": [f"/api/v1/stories?before={n}" for n in some],
        "a feed of a search": [f"/feed/search?q={word}" for word in common],
    }  # fmt: skip


async def _measured(config: Path, archive: Path) -> list[Figure]:
    options = WebOptions(port=0)
    bound = bind(options)
    async with (
        serving(bound, options, config=config, archive=archive, environ={}),
        httpx.AsyncClient(base_url=url_of(bound, options), timeout=60) as client,
    ):
        return [await _view(client, name, places) for name, places in views().items()]


async def _view(client: httpx.AsyncClient, name: str, places: list[str]) -> Figure:
    for place in places[:4]:
        await client.get(place)
    times, cpu = [], time.process_time()
    for number in range(_ROUNDS):
        begun = time.perf_counter()
        answer = await client.get(places[number % len(places)])
        times.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code in {200, 308}, f"{places[number % len(places)]}: {answer.text}"
    median, worst = statistics.median(times), statistics.quantiles(times, n=20)[18]
    spent = (time.process_time() - cpu) * 1000 / _ROUNDS
    note = f"median {median:.0f} ms, CPU {spent:.0f} ms, {ARTICLES:,} articles"
    return Figure(name=f"{name}, p95", value=worst, unit="ms", limit=LIMIT, note=note)
