"""archive.schema: every way leads to one schema, and no other file is taken for an archive."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Database

from archive import schema
from archive.errors import ArchiveDamaged, ArchiveError, ArchiveMissing, ArchiveNewer
from archive.migrations import MIGRATIONS, NAMES
from archive.store import Archive, open_for_reading, open_for_writing, transaction
from tests.archive.articles import column, fresh

if TYPE_CHECKING:
    from pathlib import Path


def _shape(db: Database) -> dict[str, Any]:
    """What the schema means, whatever its comments and line breaks."""
    names = column(db, "SELECT name FROM sqlite_master WHERE type = 'table'")
    shape: dict[str, Any] = {
        name: [
            db.execute(f"PRAGMA {pragma}('{name}')").fetchall()
            for pragma in ("table_xinfo", "foreign_key_list")
        ]
        for name in names
    }
    shape["tables"] = sorted(
        row for row in db.execute("PRAGMA table_list").fetchall() if row[1] in names
    )
    shape["sql"] = sorted(
        re.sub(r"\s+", "", re.sub(r"--[^\n]*", "", sql))
        for sql in column(db, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    )
    shape["version"] = column(db, "PRAGMA user_version") + column(db, "PRAGMA application_id")
    return shape


def test_migrations_from_zero_end_at_the_fresh_schema() -> None:
    with Database(memory=True) as migrated, fresh() as new:
        MIGRATIONS.apply(migrated)
        migrated.execute(f"PRAGMA user_version = {len(NAMES)}")
        migrated.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")

        assert _shape(new) == _shape(migrated)


def test_the_names_are_those_of_the_migrations() -> None:
    with Database(memory=True) as db:
        assert tuple(migration.name for migration in MIGRATIONS.pending(db)) == NAMES


def test_every_table_is_strict_or_virtual() -> None:
    with fresh() as db:
        loose = column(
            db,
            "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0"
            " AND name NOT LIKE 'sqlite_%'",
        )
    assert loose == ["_sqlite_migrations"]


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "archive.db"
    with open_for_writing(path) as db:
        first = column(db, "SELECT value FROM meta ORDER BY key")
    assert len(first) == 2
    open_for_writing(path).close()

    with open_for_reading(path) as db:
        assert column(db, "SELECT value FROM meta ORDER BY key") == first


def test_the_writing_connection_is_durable(tmp_path: Path) -> None:
    db = open_for_writing(tmp_path / "archive.db")
    assert column(db, "PRAGMA journal_mode") == ["wal"]
    assert column(db, "PRAGMA synchronous") == [2]
    assert column(db, "PRAGMA busy_timeout") == [30_000]
    db.close()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    open_for_writing(tmp_path / "archive.db").close()
    db = open_for_reading(tmp_path / "archive.db")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("INSERT INTO meta VALUES ('a', 'b')")
    db.close()


@pytest.mark.parametrize("sign", ["migration", "version"])
def test_a_newer_archive_is_refused(tmp_path: Path, sign: str) -> None:
    path = tmp_path / "archive.db"
    db = open_for_writing(path)
    with transaction(db):
        if sign == "migration":
            db.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
                " VALUES ('presswatch', '9999_tomorrow', '2100-01-01')"
            )
        else:
            db.execute(f"PRAGMA user_version = {len(NAMES) + 1}")
    db.close()

    for opening in (Archive.open, open_for_reading):
        with pytest.raises(ArchiveNewer, match=r"newer presswatch.*archive\.db"):
            opening(path)


def test_an_older_archive_is_migrated_by_the_writer_and_refused_by_readers(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    db = open_for_writing(path)
    with transaction(db):
        db.execute("UPDATE meta SET value = '0-old' WHERE key = 'fold_version'")
    db.close()

    with pytest.raises(ArchiveError, match=r"older presswatch.*presswatch run"):
        open_for_reading(path)
    open_for_writing(path).close()
    open_for_reading(path).close()


@pytest.mark.parametrize("junk", [b"this is a text file, not a database" * 100, b"SQLite format 3"])
def test_what_is_no_database_is_said_to_be_damaged(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "archive.db"
    path.write_bytes(junk)
    for opening in (Archive.open, open_for_reading):
        with pytest.raises(ArchiveDamaged, match=r"archive\.db"):
            opening(path)
    assert path.read_bytes() == junk


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with Database(path) as other:
        other.execute("CREATE TABLE article (name)")
    for opening in (Archive.open, open_for_reading):
        with pytest.raises(ArchiveError, match="another program"):
            opening(path)
    with Database(path) as db:
        assert column(db, "SELECT name FROM sqlite_master") == ["article"]


def test_a_missing_archive_is_made_only_where_asked(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with pytest.raises(ArchiveMissing):
        Archive.open(path, create=False)
    with pytest.raises(ArchiveMissing):
        open_for_reading(path)
    assert not path.exists()
    path.touch()
    with pytest.raises(ArchiveMissing, match="empty"):
        open_for_reading(path)


def test_a_folder_in_its_place_is_explained(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="unable to open"):
        Archive.open(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match=r"file/archive\.db"):
        Archive.open(tmp_path / "file" / "archive.db")
