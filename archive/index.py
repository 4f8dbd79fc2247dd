"""The search index: one row an article, the folded streams of its newest revision.

The index keeps no copy of what it indexed, so a row is removed by passing the very same streams
again. They come from the stored texts and the fold; another fold version means a rebuild.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.fingerprint import WORDLESS, identity
from archive.fold import FOLD_VERSION, name_token, stream
from archive.stories import merge
from archive.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlite_utils import Database

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index holds of an article: token streams, and the source as one token."""

    title: str
    body: str
    source: str


def entry(title: str, text: str, source: str) -> Entry:
    """Fold an article for the index."""
    return Entry(stream(title), stream(text), name_token(source))


def add(db: Database, article: int, new: Entry) -> None:
    """Make an article findable; it must not be in the index yet."""
    db.execute(
        "INSERT INTO search (rowid, title, body, source) VALUES (?, ?, ?, ?)",
        (article, new.title, new.body, new.source),
    )


def remove(db: Database, article: int) -> Entry:
    """Take out what was added for the newest revision, while it still is the newest."""
    row = db.execute(
        "SELECT r.title, r.text, a.source FROM article a JOIN revision r ON r.id = a.newest"
        " WHERE a.id = ?",
        (article,),
    ).fetchone()
    old = entry(*row)
    db.execute(
        "INSERT INTO search (search, rowid, title, body, source) VALUES ('delete', ?, ?, ?, ?)",
        (article, old.title, old.body, old.source),
    )
    return old


def is_current(db: Database) -> bool:
    """True where index and hashes were made by this very fold."""
    row = db.execute("SELECT value FROM meta WHERE key = 'fold_version'").fetchone()
    return row is not None and row[0] == FOLD_VERSION


def rebuild_index(db: Database, progress: Callable[[int, int], None] | None = None) -> None:
    """Fold everything again: hashes of all revisions, the index, and the stories that follow.

    Takes about a second for 1,000 articles and one transaction for all: readers keep the old
    index until it is done, and a crash leaves the old one. `progress` hears (done, total).
    """
    with transaction(db):
        total = int(db.execute("SELECT count(*) FROM revision").fetchone()[0])
        db.execute("INSERT INTO search (search) VALUES ('delete-all')")
        for done, row in enumerate(_revisions(db), start=1):
            revision, article, is_newest, *texts = row
            new = entry(*texts)
            hashed = (identity(new.body), revision)
            db.execute("UPDATE revision SET content_hash = ? WHERE id = ?", hashed)
            if is_newest:
                add(db, article, new)
            if progress is not None and (done % _PAGE == 0 or done == total):
                progress(done, total)
        _join_stories(db)
        db.execute(
            "INSERT INTO meta (key, value) VALUES ('fold_version', ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (FOLD_VERSION,),
        )


def _revisions(db: Database) -> Iterator[tuple[int, int, bool, str, str, str]]:
    """A page at a time: what is read is about to be changed, and texts need not fit in memory."""
    after = 0
    while True:
        rows = db.execute(
            "SELECT r.id, a.id, r.id = a.newest, r.title, r.text, a.source"
            " FROM revision r JOIN article a ON a.id = r.article"
            " WHERE r.id > ? ORDER BY r.id LIMIT ?",
            (after, _PAGE),
        ).fetchall()
        yield from rows
        if not rows:
            return
        after = rows[-1][0]


def _join_stories(db: Database) -> None:
    """One text, one story: also where only the new fold sees that two texts are the same."""
    pairs = db.execute(
        "SELECT DISTINCT first.story, a.story FROM revision r"
        " JOIN article a ON a.id = r.article"
        " JOIN article first ON first.id ="
        "  (SELECT min(x.article) FROM revision x WHERE x.content_hash = r.content_hash)"
        " WHERE a.story <> first.story AND r.content_hash <> ?",
        (WORDLESS,),
    ).fetchall()
    for one, other in pairs:
        merge(db, one, other)
