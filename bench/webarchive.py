"""The archive for the bench of the page: that of `bench.large`, with a ledger and its rules.

It is copied and given thirty rules with their matches, alerts and polls of its sources, so that
every view has something to show. Its sources rest; those that are crawled are a press on loopback
(`bench.press`), each on an address of its own, which list new pages at every poll.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Final

from archive.connection import open_for_writing
from archive.transaction import transaction
from bench.largearchive import FOLDER, large
from bench.largetexts import words

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

MILLION: Final = 1_000_000
RULES: Final = 30
PRESSES: Final = 48  # sources that are crawled
PAGES: Final = 40  # new ones at every poll
_EVERY: Final = 20  # articles, of which one matches a rule


def articles() -> int:
    """How many the archive has: what is asked for, a million where that is there, or 100,000."""
    asked = os.environ.get("PRESSWATCH_BENCH_ARTICLES", "")
    kept = any(FOLDER.glob(f"large-{MILLION}-*.json"))
    return int(asked) if asked else MILLION if kept else 100_000


def filled() -> Path:
    """The archive, made if it is not there yet and brought up to date."""
    path, _ = large(articles())
    archive = FOLDER / f"web-{path.stem}.db"
    if not archive.is_file():
        draft = archive.with_suffix(".draft")
        shutil.copy(path, draft)
        db = open_for_writing(draft)
        _fill(db)
        db.close()
        draft.rename(archive)
    open_for_writing(archive).close()  # it may be of an older version
    return archive


def write_config(archive: Path, port: int) -> Path:
    """The config of a service that crawls the press on this port at full speed."""
    config = archive.with_suffix(".toml")
    config.write_text(_config(archive, port), "utf-8")
    return config


def _config(archive: Path, port: int) -> str:
    blocks = [f'[archive]\npath = "{archive.name}"\nkeep_alerts = "forever"\n',
              '[web]\nlisten = "127.0.0.1:0"\n[service]\nlog = "json"\n',
              '[fetch]\ndelay = "0s"\nallow_networks = ["127.0.0.0/8"]\nrevisit = []\n',
              ]  # fmt: skip
    blocks.append('[[channel]]\nname = "bot"\ntype = "webhook"\nurl = "http://127.0.0.1:9/"\n'
                  'secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"\n')  # fmt: skip
    for number, word in enumerate(pairs(60, RULES)):
        blocks.append(f'[[rule]]\nname = "rule {number}"\nquery = "{word}"\nchannels = ["bot"]\n')
    blocks += (
        f'[[source]]\nname = "outlet{number}"\nurl = "https://o{number}.example/"\n'
        "enabled = false\n"
        for number in range(200)
    )
    blocks += (
        f'[[source]]\nname = "press{number}"\nkind = "feed"\nevery = "5s"\n'
        f'url = "http://127.0.0.{number + 2}:{port}/fresh.xml?n={PAGES}"\n'
        for number in range(PRESSES)
    )
    return "\n".join(blocks)


def pairs(rank: int, number: int) -> list[str]:
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
            " alerts) SELECT 'rule ' || (a.id / :every % :rules), a.newest, a.id, a.story,"
            " a.first_seen, :word, 'ALERT', 1 FROM article a WHERE a.id % :every = 0",
            {"every": _EVERY, "rules": RULES, "word": word},
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
        db.execute("INSERT INTO cursor SELECT 'match', max(id) FROM revision")
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
