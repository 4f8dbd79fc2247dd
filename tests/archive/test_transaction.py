"""archive.transaction: all or nothing, the turn to write taken at the start, nesting."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from archive.errors import ArchiveBusy
from archive.store import open_for_reading, open_for_writing, transaction
from archive.transaction import at_end
from tests.archive.articles import column, fresh

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database


class Stop(Exception):
    pass


def _put(db: Database, name: str) -> None:
    db.execute("INSERT INTO cursor VALUES (?, 1)", (name,))


def _names(db: Database) -> list[str]:
    return column(db, "SELECT name FROM cursor ORDER BY name")


def _put_and_stop(db: Database, name: str) -> None:
    with transaction(db):
        _put(db, name)
        db.table("cursor").insert({"name": name + "2", "revision": 1})
        raise Stop


def test_an_exception_undoes_everything() -> None:
    with fresh() as db:
        with pytest.raises(Stop):
            _put_and_stop(db, "a")
        assert _names(db) == []
        assert not db.conn.in_transaction


def test_an_inner_transaction_undoes_only_itself() -> None:
    with fresh() as db:
        with transaction(db):
            _put(db, "a")
            with pytest.raises(Stop):
                _put_and_stop(db, "b")
            with transaction(db):
                _put(db, "c")
        assert _names(db) == ["a", "c"]


def test_an_outer_exception_undoes_the_inner_transaction_too() -> None:
    def outer(db: Database) -> None:
        with transaction(db):
            with transaction(db):
                _put(db, "a")
            raise Stop

    with fresh() as db:
        with pytest.raises(Stop):
            outer(db)
        assert _names(db) == []


def test_nothing_is_seen_by_others_before_the_commit(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with open_for_writing(path) as db, open_for_reading(path) as reader:
        with transaction(db):
            db.table("cursor").insert({"name": "a", "revision": 1})
            list(db.query("SELECT * FROM cursor"))
            assert _names(reader) == []
        assert _names(reader) == ["a"]


def test_reading_before_writing_waits_for_its_turn_instead_of_failing(tmp_path: Path) -> None:
    """A deferred transaction would fail at the write: another wrote since its read."""
    path = tmp_path / "archive.db"
    with open_for_writing(path) as one, open_for_writing(path) as other:
        other.execute("PRAGMA busy_timeout = 0")
        with transaction(one):
            assert _names(one) == []
            with pytest.raises(ArchiveBusy, match="no turn to write"), transaction(other):
                raise AssertionError("two writers")
            _put(one, "a")
        with transaction(other):
            assert _names(other) == ["a"]
            _put(other, "b")
        assert _names(one) == ["a", "b"]


def test_a_transaction_that_sqlite_has_undone_is_no_success() -> None:
    """As on a full disk: even if somebody swallows the error, the end must not look like one."""

    def swallow(db: Database) -> None:
        with transaction(db):
            _put(db, "a")
            with pytest.raises(sqlite3.IntegrityError, match="disk is full"):
                _put(db, "last")

    with fresh() as db:
        db.execute(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON cursor WHEN new.name = 'last'"
            " BEGIN SELECT raise(ROLLBACK, 'disk is full'); END"
        )
        with pytest.raises(sqlite3.OperationalError, match="no transaction"):
            swallow(db)
        assert _names(db) == []


def test_a_failing_commit_leaves_no_transaction_open() -> None:
    with fresh() as db:
        db.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        db.execute(
            "CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
        )
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"), transaction(db):
            db.execute("INSERT INTO child VALUES (1)")
        assert not db.conn.in_transaction
        assert column(db, "SELECT count(*) FROM child") == [0]


def test_what_is_for_the_end_comes_last_and_is_undone_with_its_part() -> None:
    """Else an index would hold what was never filed, or be written before its article."""
    put = "INSERT INTO cursor SELECT ?, count(*) FROM cursor"

    def part(db: Database) -> None:
        with transaction(db):
            at_end(db, put, "undone")
            raise Stop

    with fresh() as db:
        with transaction(db):
            at_end(db, put, "end")
            with pytest.raises(Stop):
                part(db)
            _put(db, "a")
            with transaction(db):
                _put(db, "b")
            assert _names(db) == ["a", "b"]
        assert _names(db) == ["a", "b", "end"]
        assert column(db, "SELECT revision FROM cursor WHERE name = 'end'") == [2]


def test_nothing_of_a_transaction_that_failed_waits_for_the_next() -> None:
    def failing(db: Database) -> None:
        with transaction(db):
            at_end(db, "INSERT INTO cursor VALUES ('late', 1)")
            at_end(db, "INSERT INTO no_such_table VALUES (1)")
            _put(db, "a")

    with fresh() as db:
        with pytest.raises(sqlite3.OperationalError):
            failing(db)
        with transaction(db):
            _put(db, "b")
        assert _names(db) == ["b"]
