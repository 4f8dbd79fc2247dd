"""Finding articles again: by URL, by id, by what came after; with everything kept of them."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any

from archive.article import Article, Copy, Evidence, Raw, RawFacts, Revision, from_ms, to_ms
from archive.errors import ArchiveDamaged
from archive.halving import last_before
from archive.urls import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlite_utils import Database

_REVISION = (
    "SELECT r.id, r.article, s.root, a.source, a.url, r.title, r.text, r.published,"
    " r.published_precise, a.first_seen, r.seen_at, r.authors, r.language, r.content_hash,"
    " r.number, r.quiet, a.copy_of,"
    " (SELECT json_group_array(m.id) FROM story m WHERE m.root = s.root AND m.id <> s.root)"
    " FROM revision r JOIN article a ON a.id = r.article JOIN story s ON s.id = a.story "
)


def known(db: Database, urls: Iterable[str]) -> dict[str, int]:
    """Which of these canonical URLs are an article's own or have led to one → its id."""
    asked = json.dumps(list(dict.fromkeys(urls)))
    rows = db.execute(
        "SELECT e.value, coalesce(a.id, l.article) FROM json_each(?) e"
        " LEFT JOIN article a ON a.url = e.value LEFT JOIN alias l ON l.url = e.value"
        " WHERE a.id IS NOT NULL OR l.article IS NOT NULL",
        (asked,),
    ).fetchall()
    return dict(rows)


def url_of(db: Database, article: int) -> str | None:
    """The URL that names an article."""
    row = db.execute("SELECT url FROM article WHERE id = ?", (article,)).fetchone()
    return None if row is None else str(row[0])


def newest_raw_sha256(db: Database, article: int) -> str:
    """The digest of the response that the newest text was read from; "" where none is kept."""
    row = db.execute(
        "SELECT w.sha256 FROM article a JOIN revision r ON r.id = a.newest"
        " JOIN raw w ON w.id = r.raw WHERE a.id = ?",
        (article,),
    ).fetchone()
    return "" if row is None else str(row[0])


def revision(db: Database, article: int, number: int) -> Revision | None:
    """One of the texts that an article has had, counted from 1."""
    where = "WHERE r.article = ? AND r.number = ?"
    row = db.execute(_REVISION + where, (article, number)).fetchone()
    return None if row is None else _revision(row)


def newest_text(db: Database, urls: Iterable[str]) -> str:
    """The text of the first of these canonical URLs that is, or has led to, an article; or ""."""
    wanted = list(urls)
    found = known(db, wanted)
    article = next((found[url] for url in wanted if url in found), None)
    row = db.execute(
        "SELECT r.text FROM article a JOIN revision r ON r.id = a.newest WHERE a.id = ?", (article,)
    ).fetchone()
    return "" if row is None else str(row[0])


def evidence_of(db: Database, articles: Sequence[int]) -> dict[int, tuple[Evidence, ...]]:
    """What the pages of these articles said of themselves, by the newest text of each."""
    rows = db.execute(
        "SELECT a.id, r.evidence FROM article a JOIN revision r ON r.id = a.newest"
        " WHERE a.id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(articles)),),
    ).fetchall()
    return {
        article: tuple(Evidence(**item) for item in json.loads(evidence))
        for article, evidence in rows
    }


def revisions_after(db: Database, cursor: int, limit: int) -> list[Revision]:
    """The next revisions in the order of commit; `story` is the root as of now."""
    rows = db.execute(_REVISION + "WHERE r.id > ? ORDER BY r.id LIMIT ?", (cursor, limit))
    return [_revision(row) for row in rows.fetchall()]


def revisions_of(db: Database, ids: Sequence[int]) -> list[Revision]:
    """These revisions in the order of commit; `story` is the root as of now."""
    where = "WHERE r.id IN (SELECT value FROM json_each(?)) ORDER BY r.id"
    rows = db.execute(_REVISION + where, (json.dumps(list(ids)),))
    return [_revision(row) for row in rows.fetchall()]


def count_revisions(db: Database, after: int, stop: int) -> int:
    """How many there are behind `after`, up to `stop`."""
    sql = "SELECT count(*) FROM revision WHERE id > ? AND id <= ?"
    return int(db.execute(sql, (after, stop)).fetchone()[0])


def last_revision(db: Database) -> int:
    """The id of the newest revision; 0 in an empty archive."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM revision").fetchone()[0])


def revision_before(db: Database, since: datetime) -> int:
    """The id behind which the revisions begin that were seen since then: a cursor to read from.

    Where the clock was set back, some that follow may be older.
    """
    return last_before(db, "revision", to_ms(since))


def find_article(db: Database, key: int | str) -> Article | None:
    """The article of this id, or of this URL in whatever spelling, its own or an alias."""
    article = _id_of(db, key)
    if article is None:
        return None
    where = "WHERE r.id = (SELECT newest FROM article WHERE id = ?)"
    row = db.execute(_REVISION + where, (article,)).fetchone()
    if row is None:
        return None
    newest = _revision(row)
    evidence, sha256, withdrawn = db.execute(
        "SELECT r.evidence, w.sha256, a.withdrawn_at FROM revision r"
        " JOIN article a ON a.id = r.article LEFT JOIN raw w ON w.id = r.raw WHERE r.id = ?",
        (newest.id,),
    ).fetchone()
    captions, credited = db.execute(
        "SELECT captions, credited_source FROM revision WHERE id = ?", (newest.id,)
    ).fetchone()
    aliases = db.execute("SELECT url FROM alias WHERE article = ? ORDER BY url", (article,))
    return Article(
        newest=newest,
        revisions=newest.number,
        copies=_copies(db, newest),
        evidence=tuple(Evidence(**item) for item in json.loads(evidence)),
        aliases=tuple(url for (url,) in aliases.fetchall()),
        raw_sha256=sha256 or "",
        captions=tuple(json.loads(captions)),
        credited_source=credited,
        withdrawn=None if withdrawn is None else from_ms(withdrawn),
    )


def raw_body(db: Database, article: int) -> Raw | None:
    """The response that the newest revision was read from; None where none is kept any more.

    Raises ArchiveDamaged where what is stored is not what was received.
    """
    row = db.execute(
        "SELECT w.url, w.status, w.headers, w.body, w.sha256, w.fetched_at FROM article a"
        " JOIN revision r ON r.id = a.newest JOIN raw w ON w.id = r.raw WHERE a.id = ?",
        (article,),
    ).fetchone()
    if row is None:
        return None
    url, status, headers, packed, sha256, fetched_at = row
    if not packed:
        return None
    try:
        body = zlib.decompress(packed)
    except zlib.error as error:
        raise ArchiveDamaged(f"response of article {article}", cause=str(error)) from error
    if hashlib.sha256(body).hexdigest() != sha256:
        raise ArchiveDamaged(f"response of article {article}", cause="its SHA-256 differs")
    return Raw(
        url=url,
        status=status,
        headers=tuple((name, value) for name, value in json.loads(headers)),
        body=body,
        fetched_at=from_ms(fetched_at),
    )


def raw_facts(db: Database, article: int) -> RawFacts | None:
    """What is known of the response that the newest revision was read from, kept or not."""
    row = db.execute(
        "SELECT w.url, w.status, w.size, w.sha256, w.fetched_at, length(w.body) FROM article a"
        " JOIN revision r ON r.id = a.newest JOIN raw w ON w.id = r.raw WHERE a.id = ?",
        (article,),
    ).fetchone()
    if row is None:
        return None
    url, status, size, sha256, fetched_at, packed = row
    return RawFacts(
        url=url,
        status=status,
        size=size,
        sha256=sha256,
        fetched_at=from_ms(fetched_at),
        kept=bool(packed),
    )


def _id_of(db: Database, key: int | str) -> int | None:
    if isinstance(key, int):
        return key
    if key.isascii() and key.isdigit():
        return int(key) if len(key) < 19 else None
    try:
        url = tidy(key)
    except ValueError:
        return None
    return known(db, (url,)).get(url)


def _copies(db: Database, newest: Revision) -> tuple[Copy, ...]:
    """The other articles of the story, oldest first."""
    rows = db.execute(
        "SELECT a.id, a.url, a.source, r.title, a.first_seen, r.published FROM story s"
        " JOIN article a ON a.story = s.id JOIN revision r ON r.id = a.newest"
        " WHERE s.root = ? AND a.id <> ? ORDER BY a.id",
        (newest.story, newest.article),
    )
    return tuple(
        Copy(
            article=article,
            url=url,
            source=source,
            title=title,
            first_seen=from_ms(seen),
            published=None if published is None else from_ms(published),
        )
        for article, url, source, title, seen, published in rows.fetchall()
    )


def _revision(row: tuple[Any, ...]) -> Revision:
    (number_id, article, story, source, url, title, text, published, precise, first_seen) = row[:10]
    (seen, authors, language, content_hash, number, quiet, copy_of, merged) = row[10:]
    return Revision(
        id=number_id,
        article=article,
        story=story,
        source=source,
        url=url,
        title=title,
        text=text,
        published=None if published is None else from_ms(published),
        published_precise=bool(precise),
        first_seen=from_ms(first_seen),
        seen=from_ms(seen),
        authors=tuple(json.loads(authors)),
        language=language,
        content_hash=content_hash,
        number=number,
        quiet=bool(quiet),
        copy_of=copy_of,
        merged=tuple(json.loads(merged)),
    )
