"""Filing an article: look up what is known of it, decide (archive.stories), write, index.

incoming ─▶ by URL? by text? near? ─▶ decide ─▶ same     aliases
                                              ─▶ revised  raw, revision; index and bands replaced
                                              ─▶ copy     article, raw, revision, index, bands
                                              ─▶ new      the same and a story of its own
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive import index, stories
from archive.article import Filed, Outcome, storable, to_ms
from archive.fingerprint import wordless
from archive.lookup import known
from archive.near import describe
from archive.stories import Known, Near, Verdict, decide
from archive.transaction import transaction

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from archive.article import Evidence, Incoming, Raw

#: On real pages half the time of the default, for a tenth more bytes.
_LEVEL = 3
_KNOWN = (
    "SELECT a.id, a.url, s.root, newest.content_hash, newest.title FROM article a"
    " JOIN story s ON s.id = a.story JOIN revision newest ON newest.id = a.newest "
)


@dataclass(frozen=True, slots=True)
class Folded:
    """An incoming article with what the fold makes of it, worked out once."""

    incoming: Incoming
    entry: index.Entry

    @property
    def content_hash(self) -> str:
        return self.entry.body.identity


def file_article(db: Database, incoming: Incoming, now: datetime) -> Filed:
    """File what was read, in one transaction; filing it again changes nothing.

    URLs are canonical already (`archive.urls.tidy`). Raises ValueError for an empty text and
    for times without a zone.
    """
    folded = prepare(incoming)
    with transaction(db):
        return store(db, folded, _verdict(db, folded), now)


def prepare(incoming: Incoming) -> Folded:
    """The part of filing that needs no archive; ValueError for an empty text."""
    if not incoming.text:
        raise ValueError(f"an article without a text: {incoming.url}")
    incoming = _storable(incoming)
    entry = index.entry(
        incoming.title,
        incoming.text,
        incoming.source,
        language=incoming.language,
        authors=incoming.authors,
        url=incoming.url,
    )
    return Folded(incoming, entry)


def store(db: Database, folded: Folded, verdict: Verdict, now: datetime) -> Filed:
    """Write what was decided; the caller has a transaction open."""
    story = _story(db, verdict)
    article, revision = _write(db, folded, verdict, story, now)
    _add_aliases(db, article, folded.incoming, itself=verdict.article is None)
    return Filed(
        outcome=verdict.outcome,
        article=article,
        revision=revision,
        story=story,
        reason=verdict.reason,
    )


def _storable(incoming: Incoming) -> Incoming:
    """What a page says of itself stands in JSON-LD, and may hold anything that JSON can write."""
    return replace(
        incoming,
        title=storable(incoming.title),
        text=storable(incoming.text),
        authors=tuple(map(storable, incoming.authors)),
        language=storable(incoming.language),
        captions=tuple(map(storable, incoming.captions)),
        credited_source=storable(incoming.credited_source),
        evidence=tuple(replace(e, value=storable(e.value)) for e in incoming.evidence),
    )


def _verdict(db: Database, folded: Folded) -> Verdict:
    incoming = folded.incoming
    ids = known(db, (incoming.url, *incoming.aliases))
    by_url = ids.pop(incoming.url, None)
    if folded.content_hash == wordless():  # agrees with any other that says nothing
        ids.clear()
    itself = None if by_url is None else _known(db, by_url)
    by_text = _known_by_text(db, folded.content_hash)
    return decide(
        itself,
        by_text,
        by_aliases=[_known(db, article) for article in sorted(set(ids.values()))],
        content_hash=folded.content_hash,
        title=incoming.title,
        near=_near(db, folded, itself, by_text),
    )


def _near(db: Database, folded: Folded, itself: Known | None, by_text: Known | None) -> list[Near]:
    """Articles with a similar text; most texts that are fetched again are known and need none.

    Of an exact copy nothing is compared within the story that it joins without being near.
    """
    if itself is not None and itself.content_hash == folded.content_hash:
        return []
    joined = [known.story for known in (itself, by_text) if known is not None]
    return [
        Near(_known(db, other), describe(likeness))
        for other, likeness in index.near(db, folded.entry.body, joined)
    ]


def _known(db: Database, article: int) -> Known:
    return Known(*db.execute(_KNOWN + "WHERE a.id = ?", (article,)).fetchone())


def _known_by_text(db: Database, content_hash: str) -> Known | None:
    """The first article that ever had this text."""
    if content_hash == wordless():
        return None
    where = "WHERE a.id = (SELECT min(article) FROM revision WHERE content_hash = ?)"
    row = db.execute(_KNOWN + where, (content_hash,)).fetchone()
    return None if row is None else Known(*row)


def _story(db: Database, verdict: Verdict) -> int:
    """The root that the article belongs to from now on."""
    if verdict.story is None:
        return stories.start(db)
    root = verdict.story
    for other in verdict.merge:
        root = stories.merge(db, root, other)
    return root


def _write(
    db: Database, folded: Folded, verdict: Verdict, story: int, now: datetime
) -> tuple[int, int | None]:
    """The article, and its new revision if there is one."""
    article, entry = verdict.article, folded.entry
    if article is None:
        article = _add_article(db, folded.incoming, story, verdict.copy_of, now)
    elif verdict.outcome is Outcome.SAME:
        return article, None
    else:  # an article keeps its first source and its URL, whoever lists it later
        old = index.remove(db, article)
        entry = replace(entry, source=old.source, site=old.site)
        now_so = (_published(folded.incoming), folded.incoming.language, article)
        db.execute(
            "UPDATE article SET appeared = coalesce(?, first_seen), language = ? WHERE id = ?",
            now_so,
        )
    revision = _add_revision(db, article, folded, now)
    index.add(db, article, entry)
    return article, revision


def _add_article(
    db: Database, incoming: Incoming, story: int, copy_of: int | None, now: datetime
) -> int:
    at, published = to_ms(now), _published(incoming)
    return _insert(
        db,
        "INSERT INTO article (url, source, story, copy_of, first_seen, first_poll, appeared,"
        " language) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(incoming.url, incoming.source, story, copy_of),
            *(at, incoming.poll, at if published is None else published, incoming.language),
        ),
    )


def _add_revision(db: Database, article: int, folded: Folded, now: datetime) -> int:
    incoming = folded.incoming
    revision = _insert(
        db,
        "INSERT INTO revision (article, number, seen_at, title, text, published,"
        " published_precise, authors, language, content_hash, raw, quiet, evidence, captions,"
        " credited_source) VALUES (?,"
        " 1 + coalesce((SELECT max(number) FROM revision WHERE article = ?), 0),"
        " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            article,
            article,
            to_ms(now),
            incoming.title,
            incoming.text,
            _published(incoming),
            incoming.published_precise,
            json.dumps(incoming.authors),
            incoming.language,
            folded.content_hash,
            _add_raw(db, incoming.raw),
            incoming.quiet,
            _evidence(incoming.evidence),
            json.dumps(incoming.captions),
            incoming.credited_source,
        ),
    )
    db.execute("UPDATE article SET newest = ? WHERE id = ?", (revision, article))
    return revision


def _published(incoming: Incoming) -> int | None:
    return None if incoming.published is None else to_ms(incoming.published)


def _evidence(evidence: tuple[Evidence, ...]) -> str:
    return json.dumps(
        [
            {"field": e.field, "value": e.value, "where": e.where, "chosen": e.chosen}
            for e in evidence
        ]
    )


def _add_raw(db: Database, raw: Raw) -> int:
    return _insert(
        db,
        "INSERT INTO raw (sha256, url, status, headers, body, size, fetched_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            hashlib.sha256(raw.body).hexdigest(),
            raw.url,
            raw.status,
            json.dumps(raw.headers),
            zlib.compress(raw.body, _LEVEL),
            len(raw.body),
            to_ms(raw.fetched_at),
        ),
    )


def _add_aliases(db: Database, article: int, incoming: Incoming, *, itself: bool) -> None:
    """Every URL that led here leads here from now on, unless it names an article itself.

    `itself`: the URL of what was read is the article's own.
    """
    urls = dict.fromkeys(incoming.aliases if itself else (incoming.url, *incoming.aliases))
    if not urls:  # nearly always; the statement alone would make FTS5 write a segment
        return
    db.conn.executemany(
        "INSERT INTO alias (url, article) SELECT ?, ?"
        " WHERE NOT EXISTS (SELECT 1 FROM article WHERE url = ?)"
        " ON CONFLICT (url) DO UPDATE SET article = excluded.article"
        " WHERE article <> excluded.article",
        [(url, article, url) for url in urls],
    )


def _insert(db: Database, sql: str, row: tuple[object, ...]) -> int:
    number = db.execute(sql, row).lastrowid
    assert number is not None
    return number
