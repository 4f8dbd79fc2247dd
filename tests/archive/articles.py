"""Articles to file, an archive to file them in, and what must hold of any archive."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from datetime import UTC, datetime
from struct import iter_unpack
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from archive import index, migrations, schema
from archive.article import Incoming, Raw
from archive.facets import bylines, host, site_token
from archive.fingerprint import take, wordless
from archive.fold import name_token, stream
from archive.migrations import MIGRATIONS
from archive.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def incoming(
    url: str = "https://news.example/a", text: str = "Text one.", **changes: Any
) -> Incoming:
    body = f"<p>{text}</p>".encode("utf-8", "replace")
    raw = Raw(
        url=url, status=200, headers=(("Content-Type", "text/html"),), body=body, fetched_at=NOW
    )
    values: dict[str, Any] = {"source": "Daily", "title": "A title", "raw": raw} | changes
    return Incoming(url=url, text=text, **values)


def first_version(path: str | Path = ":memory:") -> Database:
    """An archive of the first presswatch."""
    db = Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False)
    with transaction(db):
        db.executescript(migrations._FIRST)
        MIGRATIONS.ensure_migrations_table(db)
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('presswatch', '0001_first', '2026-01-01')"
        )
        db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")
    return db


def fresh() -> Database:
    """An archive in memory."""
    db = Database(sqlite3.connect(":memory:", isolation_level=None), execute_plugins=False)
    db.execute("PRAGMA foreign_keys = ON")
    with transaction(db):
        schema.upgrade(db)
        index.rebuild_index(db)
    return db


def column(db: Database, sql: str, *parameters: object) -> list[Any]:
    return [row[0] for row in db.execute(sql, parameters).fetchall()]


def content(db: Database) -> list[str]:
    """Everything stored, to tell whether anything has changed."""
    return [line for line in db.iterdump() if line.startswith("INSERT")]


def check(db: Database) -> None:
    """What holds of every archive at every moment."""
    assert column(db, "PRAGMA integrity_check") == ["ok"]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    _check_revisions(db)
    _check_stories(db)
    _check_bands(db)
    assert _indexed(db) == _folded(db)
    assert column(db, "SELECT url FROM alias JOIN article USING (url)") == []
    assert column(db, "SELECT count(*) FROM raw") == column(db, "SELECT count(*) FROM revision")


def _check_revisions(db: Database) -> None:
    numbers: dict[int, list[int]] = defaultdict(list)
    rows = db.execute("SELECT article, number, id FROM revision ORDER BY id").fetchall()
    for article, number, _ in rows:
        numbers[article].append(number)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    newest = {article: revision for article, _, revision in rows}
    assert dict(db.execute("SELECT id, newest FROM article").fetchall()) == newest
    unlike_their_texts = column(
        db,
        "SELECT a.id FROM article a JOIN revision r ON r.id = a.newest"
        " WHERE a.appeared IS NOT coalesce(r.published, a.first_seen)"
        " OR a.language IS NOT r.language",
    )
    assert unlike_their_texts == []


def _check_stories(db: Database) -> None:
    rows = db.execute("SELECT id, root FROM story").fetchall()
    roots = dict(rows)
    assert all(root <= story and roots[root] == root for story, root in rows)
    split = column(
        db,
        "SELECT r.content_hash FROM revision r JOIN article a ON a.id = r.article"
        " JOIN story s ON s.id = a.story WHERE r.content_hash <> ?"
        " GROUP BY r.content_hash HAVING count(DISTINCT s.root) > 1",
        wordless(),
    )
    assert split == [], "one text in two stories"


def _check_bands(db: Database) -> None:
    """The bands of every newest text, and no others."""
    texts = db.execute("SELECT a.id, r.text FROM article a JOIN revision r ON r.id = a.newest")
    expected = {(band, article) for article, text in texts.fetchall() for band in take(text).bands}
    held = db.execute("SELECT article, bands FROM young").fetchall()
    found = [(band, article) for article, bands in held for (band,) in iter_unpack("<q", bands)]
    found += db.execute("SELECT hash, article FROM band").fetchall()
    found += db.execute("SELECT hash, article FROM band_recent").fetchall()
    assert set(found) == expected
    sketched = {article for _, article in expected}
    assert set(column(db, "SELECT article FROM sketch")) == sketched


Index = dict[tuple[int, str], list[str]]


def _indexed(db: Database) -> Index:
    """The token streams as the index really holds them."""
    db.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.word USING fts5vocab(main, search, instance)"
    )
    found: dict[tuple[int, str], dict[int, str]] = defaultdict(dict)
    rows: Iterable[tuple[str, int, str, int]] = db.execute(
        "SELECT term, doc, col, offset FROM word"
    )
    for term, article, name, place in rows:
        found[article, name][place] = term
    return {key: [places[i] for i in sorted(places)] for key, places in found.items()}


def _folded(db: Database) -> Index:
    """The streams that the index should hold."""
    expected: Index = {}
    rows = db.execute(
        "SELECT a.id, r.title, r.text, a.source, r.language, r.authors, a.url"
        " FROM article a JOIN revision r ON r.id = a.newest"
    ).fetchall()
    for article, title, text, source, language, authors, url in rows:
        expected[article, "title"] = stream(title).split()
        expected[article, "body"] = stream(text).split()
        expected[article, "source"] = [name_token(source)]
        expected[article, "lang"] = [name_token(language)] if language else []
        expected[article, "author"] = stream(bylines(json.loads(authors))).split()
        expected[article, "site"] = [site_token(host(url))]
    return {key: words for key, words in expected.items() if words}
