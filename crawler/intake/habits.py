"""The paragraphs of each source, counted: filing an article without its source's furniture.

The table `paragraph` holds some MOST rows a source, and what the last pages brought; those that
were seen once and longest ago go first, MANY at once. Its row with mark 0 counts the source's
pages.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from archive.article import Outcome
from archive.filing import file_article
from archive.lookup import newest_text
from archive.transaction import transaction
from crawler.intake.furniture import Habit, is_furniture, marks, stripped

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from archive.article import Filed, Incoming

MOST: Final = 2000  # paragraphs kept of a source: those of some 150 articles
MANY: Final = MOST // 10  # go at once: to look for the oldest costs as much as filing a text
SELDOM: Final = (
    16  # pages from one count of the rows to the next: it costs as much as noting a page
)
_PAGES: Final = 0  # the mark that no paragraph has


def file_clean(db: Database, offered: Incoming, now: datetime) -> Filed:
    """File an article without its source's furniture, and learn from it; one transaction.

    Learned from is a page that was not here and says something that the source has not said: the
    same article under five addresses, or corrected five times, makes no furniture of its text.
    """
    with transaction(db):
        said = marks(offered.text)
        read, habits = _seen(db, offered.source, said)
        text = _stripped(db, offered, read, habits)
        filed = file_article(db, replace(offered, text=text), now)
        first = filed.outcome in {Outcome.NEW, Outcome.COPY}
        if first and not said <= habits.keys():
            _learn(db, offered.source, said, read + 1)
    return filed


def clean_text(db: Database, offered: Incoming) -> str:
    """The text as `file_clean` would file it."""
    return _stripped(db, offered, *_seen(db, offered.source, marks(offered.text)))


def _stripped(db: Database, offered: Incoming, read: int, habits: Mapping[int, Habit]) -> str:
    if not any(is_furniture(habit, read) for habit in habits.values()):
        return offered.text  # mostly, and what it was filed with need not be looked up
    held = marks(newest_text(db, (offered.url, *offered.aliases)))
    return stripped(offered.text, habits, read, held)


def _seen(db: Database, source: str, said: Collection[int]) -> tuple[int, dict[int, Habit]]:
    """(pages read of the source, what is known of these paragraphs)."""
    rows = db.execute(
        "SELECT mark, pages, first FROM paragraph"
        " WHERE source = ? AND mark IN (SELECT value FROM json_each(?))",
        (source, json.dumps([_PAGES, *said])),
    ).fetchall()
    found = {mark: Habit(pages, first) for mark, pages, first in rows}
    own = found.pop(_PAGES, None)
    return (own.pages if own else 0), found


def _learn(db: Database, source: str, said: Collection[int], number: int) -> None:
    """Count this page's paragraphs, furniture too, or it would be forgotten."""
    db.conn.executemany(
        "INSERT INTO paragraph (source, mark, pages, first, last) VALUES (?, ?, 1, ?, ?)"
        " ON CONFLICT (source, mark) DO UPDATE SET pages = pages + 1, last = excluded.last",
        [(source, mark, number, number) for mark in sorted({_PAGES, *said})],
    )
    if number % SELDOM == 0 or len(said) >= MANY:
        _forget(db, source)


def _forget(db: Database, source: str) -> None:
    """Let go of what is beyond MOST, and of MANY more."""
    over = db.execute(
        "SELECT count(*) - ? FROM paragraph WHERE source = ?", (MOST + 1, source)
    ).fetchone()[0]
    if over > 0:
        db.execute(
            "DELETE FROM paragraph WHERE source = ? AND mark IN (SELECT mark FROM paragraph"
            " WHERE source = ? AND mark <> 0 ORDER BY pages > 1, last, mark LIMIT ?)",
            (source, source, over + MANY),
        )
