"""What articles are found by: search index and bands, those of the newest revision of each.

The index keeps no copy of what it indexed, so a row is removed by passing the very same streams
again. They come from the stored texts and the fold; another fold version means a rebuild.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive import bands
from archive.facets import bylines, host, site_token
from archive.fingerprint import Print, take, version, wordless
from archive.fold import name_token, stream
from archive.near import compare
from archive.stories import merge, root_of
from archive.transaction import at_end, settle, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlite_utils import Database

    from archive.near import Likeness

_PAGE = 500
_COLUMNS = "title, body, source, lang, author, site"
#: What an entry is made of: of an article `a` and its revision `r`.
_TEXTS = "r.title, r.text, a.source, r.language, r.authors, a.url"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index holds of an article: token streams; source, lang and site as one token."""

    title: str
    body: Print
    source: str
    lang: str
    author: str
    site: str

    @property
    def columns(self) -> tuple[str, ...]:
        """What the columns of the table search hold (`_COLUMNS`)."""
        return self.title, self.body.stream, self.source, self.lang, self.author, self.site


def entry(
    title: str,
    text: str,
    source: str,
    *,
    language: str = "",
    authors: Iterable[str] = (),
    url: str = "",
) -> Entry:
    """Fold an article for the index."""
    return Entry(
        title=stream(title),
        body=take(text),
        source=name_token(source),
        lang=name_token(language),
        author=stream(bylines(authors)),
        site=site_token(host(url)),
    )


def add(db: Database, article: int, new: Entry) -> None:
    """Make an article findable, from the COMMIT on; it must not be in the index yet."""
    insert = f"INSERT INTO search (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - literals
    at_end(db, insert, article, *new.columns)
    bands.add(db, article, new.body)


def remove(db: Database, article: int) -> Entry:
    """Take out what was added for the newest revision, while it still is the newest."""
    row = db.execute(
        f"SELECT {_TEXTS} FROM article a JOIN revision r ON r.id = a.newest"  # noqa: S608 - literals
        " WHERE a.id = ?",
        (article,),
    ).fetchone()
    old = _entry(*row)
    delete = (
        f"INSERT INTO search (search, rowid, {_COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - literals
    )
    at_end(db, delete, article, *old.columns)
    bands.remove(db, article, old.body)
    return old


def _entry(*texts: str) -> Entry:
    """The entry of a stored article, from what `_TEXTS` selects."""
    title, text, source, language, authors, url = texts
    return entry(title, text, source, language=language, authors=json.loads(authors), url=url)


def is_current(db: Database) -> bool:
    """True where index, hashes and bands were made by this very fold and fingerprint."""
    row = db.execute("SELECT value FROM meta WHERE key = 'fold_version'").fetchone()
    return row is not None and row[0] == version()


def rebuild_index(db: Database, progress: Callable[[int, int], None] | None = None) -> None:
    """Fold everything again: hashes of all revisions, the index, and the stories that follow.

    Takes about a second for 1,000 articles and one transaction for all: readers keep the old
    index until it is done, and a crash leaves the old one. `progress` hears (done, total).
    """
    with transaction(db):
        total = int(db.execute("SELECT count(*) FROM revision").fetchone()[0])
        db.execute("INSERT INTO search (search) VALUES ('delete-all')")
        bands.clear(db)
        for done, row in enumerate(_revisions(db), start=1):
            revision, article, is_newest, *texts = row
            new = _entry(*texts)
            hashed = (new.body.identity, revision)
            db.execute("UPDATE revision SET content_hash = ? WHERE id = ?", hashed)
            if is_newest:
                _join_near(db, article, new.body)
                add(db, article, new)
            if done % _PAGE == 0 or done == total:
                settle(db)
                if progress is not None:
                    progress(done, total)
        _join_stories(db)
        db.execute(
            "INSERT INTO meta (key, value) VALUES ('fold_version', ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (version(),),
        )


def _revisions(db: Database) -> Iterator[tuple[int, int, bool, *tuple[str, ...]]]:
    """A page at a time: what is read is about to be changed, and texts need not fit in memory."""
    after = 0
    while True:
        rows = db.execute(
            f"SELECT r.id, a.id, r.id = a.newest, {_TEXTS}"  # noqa: S608 - literals
            " FROM revision r JOIN article a ON a.id = r.article"
            " WHERE r.id > ? ORDER BY r.id LIMIT ?",
            (after, _PAGE),
        ).fetchall()
        yield from rows
        if not rows:
            return
        after = rows[-1][0]


def near(db: Database, text: Print, joined: Iterable[int]) -> Iterator[tuple[int, Likeness]]:
    """Articles whose newest text is near, the likeliest first; not of the stories `joined`.

    Those are the roots that the text belongs to anyway. Once one of a story is near the others of
    it are not compared either: they change nothing.
    """
    joined = set(joined)
    for candidate in bands.candidates(db, text):
        root = _root(db, candidate)
        if root in joined:
            continue
        (other,) = db.execute(
            "SELECT r.text FROM article a JOIN revision r ON r.id = a.newest WHERE a.id = ?",
            (candidate,),
        ).fetchone()
        likeness = compare(text.words, take(other).words)
        if likeness.near:
            joined.add(root)
            yield candidate, likeness


def _root(db: Database, article: int) -> int:
    (story,) = db.execute("SELECT story FROM article WHERE id = ?", (article,)).fetchone()
    return root_of(db, story)


def _join_near(db: Database, article: int, text: Print) -> None:
    for other, _ in list(near(db, text, [_root(db, article)])):
        merge(db, _root(db, article), _root(db, other))


def _join_stories(db: Database) -> None:
    """One text, one story: also where only the new fold sees that two texts are the same."""
    pairs = db.execute(
        "SELECT DISTINCT first.story, a.story FROM revision r"
        " JOIN article a ON a.id = r.article"
        " JOIN article first ON first.id ="
        "  (SELECT min(x.article) FROM revision x WHERE x.content_hash = r.content_hash)"
        " WHERE a.story <> first.story AND r.content_hash <> ?",
        (wordless(),),
    ).fetchall()
    for one, other in pairs:
        merge(db, one, other)
