"""An archive of a million articles: what searching it and filing into it costs.

`make bench-large` makes the archive once (`bench.largearchive`, from the texts of
`bench.largetexts`) and keeps it. Every query is asked of several words of about the same frequency
through `archive.search`, passages of the twenty hits included, after one round that nobody times.
Then 25,600 new articles, one in ten a reprint, are filed into a copy of it by a process of its own,
as the service files a flood (64 wait for one commit), and some one by one; and some into a small
archive, for its memory beside that with the large one. PRESSWATCH_BENCH_ARTICLES makes all of it
smaller.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from archive.connection import open_for_reading, open_for_writing
from archive.filing import file_article
from archive.query import parse
from archive.search import count, count_by_day, count_by_source, search
from archive.transaction import transaction
from archive.writer import BATCH
from bench.figure import Figure
from bench.largearchive import FOLDER, Built, large
from bench.largetexts import article, words
from bench.process import peak_megabytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlite_utils import Database

ARTICLES: Final = int(os.environ.get("PRESSWATCH_BENCH_ARTICLES", "1_000_000"))
SMALL: Final = 10_000
RATE: Final = ">= 500"
#: Limits in milliseconds: of newest first, whatever is asked, and of relevance for some.
NEWEST: Final = "<= 20"
RELEVANT: Final = {
    "a common two-character word": "<= 150",
    "a common English word": "<= 150",
}
_WORDS: Final = 12  # of each frequency
_ROUNDS: Final = 4
_FILED: Final = 64 * 400  # more than archive.young holds back: a merge and its cost are in it
_FILED_SMALL: Final = 64 * 60
_ALONE: Final = 1_000

Kind: TypeAlias = Literal["newest", "relevance", "day", "source"]


def _two(language: str, rank: int, number: int = _WORDS) -> list[str]:
    """Words of two ideographs, or Latin ones, from this rank of frequency on."""
    found = (word for word in words(language)[rank:] if language == "en" or len(word) == 2)
    return [next(found) for _ in range(number)]


def queries() -> dict[str, list[str]]:
    """What is asked → the queries."""
    common, middle, rare = _two("zh", 60), _two("zh", 600), _two("zh", 20_000)
    latin = _two("en", 60)
    return {
        "a common two-character word": common,
        "a word of one article in a hundred": middle,
        "a rare word": rare,
        "a common English word": latin,
        "a phrase of two common words": [
            a + b for a, b in zip(common, _two("zh", 30), strict=True)
        ],
        "two common words (AND)": [f"{a} AND {b}" for a, b in zip(common, latin, strict=True)]
        + [f"{a} AND {b}" for a, b in zip(common, reversed(common), strict=True) if a != b],
        "one common word or another (OR)": [
            f"{a} OR {b}" for a, b in zip(common, latin, strict=True)
        ],
        "a common word in titles": [f"title:{word}" for word in common],
        "a common word of one site": [f"{word} site:outlet7.example" for word in common],
        "a common word of last year": [f"{word} before:2025-01-01" for word in common],
        "two common words NEAR/5": [f"{a} NEAR/5 {b}" for a, b in zip(common, middle, strict=True)],
    }


def run() -> list[Figure]:
    """About five minutes, where the archive is there."""
    path, built = large(ARTICLES)
    with open_for_writing(path):  # what an older one lacks is made here, not in the figures
        pass
    with open_for_reading(path) as db:
        figures = [*_size(db, path, built), *_search(db)]
    return figures + _intake(path)


def _size(db: Database, path: Path, built: Built) -> Iterator[Figure]:
    note = f"median {built.characters:.0f} characters, mean {built.bytes:,.0f} bytes of text"
    yield Figure(name="articles", value=built.articles, unit="", note=note)
    yield Figure(name="built in bulk", value=built.seconds / 60, unit="min", note="once, then kept")
    rate = built.articles / built.seconds
    yield Figure(name="rate of that", value=rate, unit="articles/s", note="of the clock, 2 cores")
    sizes = dict(
        db.execute(
            "SELECT CASE WHEN name LIKE 'search%' THEN 'index' WHEN name LIKE 'band%'"
            " OR name = 'sketch' THEN 'bands' ELSE 'rest' END,"
            " sum(pageno * (SELECT page_size FROM pragma_page_size)) FROM dbstat"
            " WHERE aggregate = TRUE GROUP BY 1"
        ).fetchall()
    )
    share = sizes["index"] / (built.bytes * built.articles)
    yield Figure(name="full-text index", value=sizes["index"] / 2**30, unit="GB",
                 note=f"{share:.2f} of the text")  # fmt: skip
    yield Figure(name="bands and sketches", value=sizes["bands"] / 2**30, unit="GB")
    yield Figure(name="disk", value=path.stat().st_size / built.articles / 1024, unit="KB/article",
                 note="the response kept is the bare text")  # fmt: skip


def _search(db: Database) -> Iterator[Figure]:
    for name, texts in queries().items():
        relevant = RELEVANT.get(name, "")
        yield _timed(db, f"newest first, {name}", texts, "newest", NEWEST)
        yield _timed(db, f"by relevance, {name}", texts, "relevance", relevant)
    common_ones = queries()["a common two-character word"]
    yield _timed(db, "counts per day, the same word", common_ones, "day")
    yield _timed(db, "counts per source, the same word", common_ones, "source")


def _timed(db: Database, name: str, texts: list[str], kind: Kind, limit: str = "") -> Figure:
    """The 95th percentile over all rounds of all queries, in CPU time: nothing is waited for."""
    asked: dict[Kind, Callable[..., object]] = {
        "newest": search,
        "relevance": partial(search, sort="relevance"),
        "day": count_by_day,
        "source": count_by_source,
    }
    found = [parse(text) for text in texts]
    spent = []
    for turn in range(_ROUNDS + 1):
        for query in found:
            start = time.process_time()
            asked[kind](db, query)
            if turn:
                spent.append((time.process_time() - start) * 1000)
    hits = statistics.mean(count(db, query) for query in found)
    median, p95 = statistics.median(spent), statistics.quantiles(spent, n=20)[-1]
    note = f"median {median:.1f}; {hits:,.0f} hits"
    return Figure(name=f"{name}, p95", value=p95, unit="ms", limit=limit, note=note)


@dataclass(frozen=True, slots=True)
class Filing:
    """What filing cost, CPU seconds an article, and the memory of the process that did it."""

    together: float
    alone: float
    megabytes: float  # at most


def _intake(path: Path) -> list[Figure]:
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        copy, small = Path(folder) / "copy.db", Path(folder) / "small.db"
        shutil.copyfile(path, copy)
        full, empty = _apart(copy, ARTICLES), _apart(small, 0)
    there = f"with {ARTICLES:,} articles there"
    return [
        Figure(name="intake, 64 a commit", value=1 / full.together, unit="articles/s/core",
               limit=RATE, note=there),
        Figure(name="intake, one a commit", value=1 / full.alone, unit="articles/s/core",
               note=there),
        Figure(name="intake, 64 a commit", value=1 / empty.together, unit="articles/s/core",
               note=f"with at most {SMALL:,} articles there"),
        Figure(name="memory of filing", value=full.megabytes, unit="MB", note=there),
        Figure(name="memory of filing", value=empty.megabytes, unit="MB",
               note=f"with at most {SMALL:,} articles there"),
    ]  # fmt: skip


def _apart(path: Path, first: int) -> Filing:
    """In a process of its own, whose memory is nobody else's."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_file, (path, first))


def _file(path: Path, first: int) -> Filing:
    """Articles from this number on; into an empty archive as many before as make it small."""
    db = open_for_writing(path)
    number = _FILED if first else _FILED_SMALL
    before = 0 if first else SMALL - number - _ALONE
    _spent(db, first, before, BATCH)
    together = _spent(db, first + before, number, BATCH)
    alone = _spent(db, first + before + number, _ALONE, 1)
    db.close()
    return Filing(together / number, alone / _ALONE, peak_megabytes())


def _spent(db: Database, first: int, number: int, size: int) -> float:
    """CPU seconds of filing so many articles, `size` of them to a transaction."""
    spent = 0.0
    for at in range(first, first + number, size):
        made = [article(n) for n in range(at, min(at + size, first + number))]
        start = time.process_time()
        with transaction(db):
            for one in made:
                file_article(db, one.incoming, one.seen)
        spent += time.process_time() - start
    return spent
