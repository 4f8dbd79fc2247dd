"""Whether an archive is what it should be, beyond what SQLite itself can tell. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from archive.article import from_ms
from archive.fingerprint import take
from archive.fold import stream

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

#: Articles that are folded again and looked for: the newest, and some from all over the archive.
SAMPLE: Final = 200

_TOKENS = 40  # of a text that are asked for, as one phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """How the search index stands against the articles."""

    articles: int
    missing: int  # articles that the index does not know
    extra: int  # entries without an article
    sampled: int
    lost: tuple[int, ...]  # articles of the sample that are not found by their own words


def indexed(db: Database, sample: int = SAMPLE) -> Indexed:
    """Hold the index against the articles: all by their ids, a sample by what they say."""
    articles, missing, extra = db.execute(
        "SELECT (SELECT count(*) FROM article),"
        " (SELECT count(*) FROM article WHERE id NOT IN (SELECT id FROM search_docsize)),"
        " (SELECT count(*) FROM search_docsize WHERE id NOT IN (SELECT id FROM article))"
    ).fetchone()
    chosen = _sample(db, sample)
    lost = tuple(article for article in chosen if not _found(db, article))
    return Indexed(articles=articles, missing=missing, extra=extra, sampled=len(chosen), lost=lost)


def newest_moment(db: Database) -> datetime | None:
    """The last time that the archive knows of, of a filing or a sign of life."""
    (value,) = db.execute(
        "SELECT max(coalesce((SELECT seen_at FROM revision ORDER BY id DESC LIMIT 1), 0),"
        " coalesce((SELECT at FROM heartbeat), 0))"
    ).fetchone()
    return from_ms(value) if value else None


def _sample(db: Database, sample: int) -> list[int]:
    """Evenly from the first article to the last, which is among them."""
    (last,) = db.execute("SELECT max(id) FROM article").fetchone()
    if last is None:
        return []
    step = max(1, last // max(1, sample))
    wanted = range(last, 0, -step)[:sample]
    nearest = "SELECT id FROM article WHERE id <= ? ORDER BY id DESC LIMIT 1"
    rows = (db.execute(nearest, (place,)).fetchone() for place in wanted)
    return sorted({row[0] for row in rows if row is not None})


def _found(db: Database, article: int) -> bool:
    title, text = db.execute(
        "SELECT r.title, r.text FROM article a JOIN revision r ON r.id = a.newest WHERE a.id = ?",
        (article,),
    ).fetchone()
    streams = {"title": stream(title), "body": take(text).stream}
    phrases = [
        f"{column} : {_phrase(tokens[:_TOKENS])}"
        for column, said in streams.items()
        if (tokens := said.split())
    ]
    return all(
        db.execute(
            "SELECT 1 FROM search WHERE search MATCH ? AND rowid = ?", (phrase, article)
        ).fetchone()
        for phrase in phrases
    )


def _phrase(tokens: list[str]) -> str:
    joined = " ".join(tokens).replace('"', '""')
    return f'"{joined}"'
