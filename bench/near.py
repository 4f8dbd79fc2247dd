"""How well stories are told apart, and what filing an article costs.

`python -m bench near` files the labelled set of `bench.neartexts` in a shuffled order into an
archive in memory and looks at every pair of articles: should they be one story, are they? With
PRESSWATCH_PAGES=folder (manifest.jsonl with "body") the texts of real pages are bases too. Then
10,000 articles are filed into a file, 64 to a transaction as the service does with a flood, and the
last tenth of them is timed; `make bench-large` files into an archive of a million.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from sqlite_utils import Database

from archive import index, schema
from archive.article import Incoming, Raw
from archive.connection import open_for_writing
from archive.filing import file_article
from archive.transaction import transaction
from archive.writer import BATCH
from bench.figure import Figure
from bench.neartexts import EDITS, Labelled, bases, forms, make, reprints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BASES = 300
FILLINGS = 30  # of each of the eight forms
ARTICLES = 10_000
RATE = 500  # articles a second, at least
_NOW = datetime(2026, 3, 1, tzinfo=UTC)


def incoming(text: Labelled, number: int) -> Incoming:
    """A labelled text as a page that was read."""
    url = f"https://outlet{number % 40}.example/{number}"
    raw = Raw(url=url, status=200, headers=(), body=text.text.encode(), fetched_at=_NOW)
    return Incoming(
        source=f"outlet{number % 40}", url=url, title=text.title, text=text.text, raw=raw
    )


def memory() -> Database:
    """An empty archive in memory."""
    db = Database(sqlite3.connect(":memory:", isolation_level=None), execute_plugins=False)
    with transaction(db):
        schema.upgrade(db)
        index.rebuild_index(db)
    return db


def grouped(texts: Sequence[Labelled]) -> list[int]:
    """File the texts, one after the other; the root of each one's story at the end."""
    with memory() as db:
        for number, text in enumerate(texts):
            file_article(db, incoming(text, number), _NOW)
        rows = db.execute(
            "SELECT s.root FROM article a JOIN story s ON s.id = a.story ORDER BY a.id"
        ).fetchall()
    return [root for (root,) in rows]


def scores(texts: Sequence[Labelled], roots: Sequence[int]) -> tuple[float, float]:
    """Precision and recall over all pairs of articles."""
    both = _pairs(zip((text.story for text in texts), roots, strict=True))
    return both / _pairs(roots), both / _pairs(text.story for text in texts)


def _pairs(items: Iterable[object]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(items).values())


def labelled(found: Sequence[Labelled], fillings: int, seed: int = 1) -> list[Labelled]:
    """Bases, their reprints and the forms, shuffled."""
    texts = [*found, *(copy for base in found for copy in reprints(base, seed))]
    texts += forms(fillings, seed)
    Random(seed).shuffle(texts)
    return texts


def _real(folder: str) -> list[Labelled]:
    """The texts of real pages that are long enough to be cut."""
    found = []
    for manifest in sorted(Path(folder).rglob("manifest.jsonl")):
        for number, line in enumerate(manifest.read_text("utf-8").splitlines()):
            row = json.loads(line)
            body = row.get("body") or row.get("text") or ""
            language = (
                "zh" if sum("\u4e00" <= c <= "\u9fff" for c in body) * 2 > len(body) else "en"
            )
            if len(body) >= 400:
                story = f"{language} {manifest.parent.name} {number}"
                found.append(Labelled(story, "base", row.get("title") or "", body))
    return found


def _quality(name: str, found: Sequence[Labelled]) -> list[Figure]:
    texts = labelled(found, FILLINGS)
    precision, recall = scores(texts, grouped(texts))
    of = f"{len(found)} bases, {len(texts)} articles"
    of_pairs = {"precision": (precision, ">= 0.995"), "recall": (recall, ">= 0.97")}
    return [
        Figure(name=f"{name}: {what} of pairs", value=value, unit="", limit=limit, note=of)
        for what, (value, limit) in of_pairs.items()
    ]


def _stream(number: int) -> Iterator[Labelled]:
    """New texts of about 1.5 KB, every fifth one a reprint of one of the last hundred."""
    rng = Random(7)
    recent: list[Labelled] = []
    for n in range(number):
        if n % 5 == 4:
            base = rng.choice(recent)
            edit = rng.choice(list(EDITS.values()))
            yield replace(base, kind="copy", text=edit(rng, base.text, base.story[:2]))
        else:
            recent = [*recent[-99:], make(n, 7)]
            yield recent[-1]


def _intake() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        db = open_for_writing(path)
        spent, marks, number = 0.0, [(0, 0.0)], 0
        texts = enumerate(_stream(ARTICLES), start=1)
        while batch := [incoming(text, at) for at, text in islice(texts, BATCH)]:
            start = time.process_time()
            with transaction(db):
                for article in batch:
                    file_article(db, article, _NOW)
            spent += time.process_time() - start
            number += len(batch)
            if number - marks[-1][0] >= ARTICLES // 10 or number == ARTICLES:
                marks.append((number, spent))
        size = path.stat().st_size / ARTICLES
        db.close()
    (first, before), (last, after) = marks[-2:]
    per_article = (after - before) / (last - first)
    note = f"with {first:,} to {last:,} articles there"
    rate, limit = 1 / per_article, f">= {RATE}"
    return [
        Figure(name="intake", value=rate, unit="articles/s/core", limit=limit, note=note),
        Figure(
            name="file on the disk", value=size / 1024, unit="KB/article", note="texts of 1.5 KB"
        ),
    ]


def run() -> list[Figure]:
    """Quality on the made set, and on real pages where they are; then the cost."""
    figures = _quality("made texts", bases(BASES))
    folder = os.environ.get("PRESSWATCH_PAGES")
    if folder:
        figures += _quality("real pages", _real(folder))
    return figures + _intake()
