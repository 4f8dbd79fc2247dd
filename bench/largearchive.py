"""A large archive, made once and kept: articles folded by two processes, filed in bulk by one.

What is written is what filing writes, through the archive's own `prepare` and `store`; only the
look-up of what is known is left out, since the maker of the texts knows which of them are reprints.
A folder of its own, PRESSWATCH_BENCH_FOLDER or bench/archives, holds it; git ignores it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from array import array
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from archive.article import Outcome
from archive.connection import open_for_writing
from archive.filing import Folded, prepare, store
from archive.fingerprint import version as print_version
from archive.stories import Verdict
from archive.transaction import transaction
from bench.largetexts import SEED, Made, article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

FOLDER = Path(os.environ.get("PRESSWATCH_BENCH_FOLDER", Path(__file__).parent / "archives"))
FOLDERS = 2  # processes
_BULK = 10_000  # articles in a transaction
_CHUNK = 250  # articles that a process folds at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """How the archive was made."""

    articles: int
    seconds: float  # of the clock, folding included
    characters: float  # of a text, median
    bytes: float  # of a text in UTF-8, mean


def large(articles: int) -> tuple[Path, Built]:
    """The archive with so many articles, made if it is not there yet."""
    version = f"{SEED}-{print_version().replace('/', '-')}"
    path = FOLDER / f"large-{articles}-{version}.db"
    facts = path.with_suffix(".json")
    if not facts.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        for leftover in FOLDER.glob(f"{path.name}*"):
            leftover.unlink()
        facts.write_text(json.dumps(asdict(_build(path, articles))), "utf-8")
    return path, Built(**json.loads(facts.read_text("utf-8")))


def _build(path: Path, articles: int) -> Built:
    start, lengths, size = time.monotonic(), array("l"), 0
    stories = array("l")
    db = open_for_writing(path)
    try:
        db.conn.execute("PRAGMA synchronous = OFF")
        db.conn.execute("PRAGMA cache_size = -2000000")
        made = _folded(articles)
        while batch := list(islice(made, _BULK)):
            with transaction(db):
                for one, folded in batch:
                    _file(db, one, folded, stories)
                    lengths.append(len(one.incoming.text))
                    size += len(one.incoming.text.encode())
            _say(len(stories), articles, start)
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()
    median = sorted(lengths)[len(lengths) // 2]
    seconds = time.monotonic() - start
    return Built(articles=articles, seconds=seconds, characters=median, bytes=size / articles)


def _file(db: Database, made: Made, folded: Folded, stories: array[int]) -> None:
    """`stories` holds the story of every article so far, by number; ids are numbers + 1."""
    verdict = Verdict(outcome=Outcome.NEW, reason="")
    if made.base is not None:
        story, base = stories[made.base], made.base + 1
        verdict = Verdict(outcome=Outcome.COPY, reason="", story=story, copy_of=base)
    filed = store(db, folded, verdict, made.seen)
    assert filed.article == made.number + 1
    stories.append(filed.story)


def _folded(articles: int) -> Iterator[tuple[Made, Folded]]:
    """In order; the processes are a few chunks ahead of who takes them, not more."""
    ranges = iter((at, min(at + _CHUNK, articles)) for at in range(0, articles, _CHUNK))
    with ProcessPoolExecutor(FOLDERS, multiprocessing.get_context("spawn")) as pool:
        ahead = deque(pool.submit(_chunk, some) for some in islice(ranges, 4 * FOLDERS))
        while ahead:
            chunk = ahead.popleft().result()
            ahead.extend(pool.submit(_chunk, some) for some in islice(ranges, 1))
            yield from chunk


def _chunk(numbers: tuple[int, int]) -> list[tuple[Made, Folded]]:
    """In another process: everything that filing works out of a text is worked out here."""
    made = []
    for number in range(*numbers):
        one = article(number)
        made.append((one, _lean(prepare(one.incoming))))
    return made


def _lean(folded: Folded) -> Folded:
    """Without the words, which writing does not ask for: half of what goes between processes."""
    body = folded.entry.body
    lean = replace(body, words=())
    lean.__dict__.update(identity=body.identity, minima=body.minima, bands=body.bands)
    return replace(folded, entry=replace(folded.entry, body=lean))


def _say(done: int, articles: int, start: float) -> None:
    rate = done / (time.monotonic() - start)
    print(f"\r{done:,} of {articles:,} articles, {rate:,.0f}/s", end="", flush=True)
    if done == articles:
        print()
