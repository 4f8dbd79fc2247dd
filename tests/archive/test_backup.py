"""archive.backup: a copy that is whole, and the way back."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import pytest

from archive import backup
from archive.backup import back_up, before_upgrade, check, copies, restore
from archive.errors import (
    ArchiveBusy,
    ArchiveError,
    ArchiveMissing,
    ArchiveNewer,
    BackupFailed,
    RestoreFailed,
)
from archive.migrations import NAMES
from archive.notes import drop, leave
from archive.notes import read as read_note
from archive.sizes import shrink, size
from archive.store import ServiceLock, open_for_reading, open_for_writing, transaction
from tests.archive.articles import column, first_version

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def make(path: Path, *cursors: str) -> Path:
    """An archive with these rows in it; table cursor stands for all of them."""
    with open_for_writing(path) as db, transaction(db):
        for name in cursors:
            db.execute("INSERT INTO cursor (name, revision) VALUES (?, 1)", [name])
    return path


def cursors(path: Path) -> list[str]:
    with open_for_reading(path) as db:
        return column(db, "SELECT name FROM cursor ORDER BY name")


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_a_copy_is_of_one_moment_while_others_write(tmp_path: Path) -> None:
    """Two rows that are always written together are both in the copy, or neither is."""
    archive = make(tmp_path / "a.db")
    stop, begun = threading.Event(), threading.Event()

    def write() -> None:
        with open_for_writing(archive) as db:
            for number in range(100_000):
                with transaction(db):
                    for half in "ab":
                        db.execute("INSERT INTO cursor VALUES (?, 1)", [f"{number}{half}"])
                if number == 20:
                    begun.set()
                if stop.is_set():
                    return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(30)
        copies = [back_up(archive, tmp_path / f"copy{number}.db").path for number in range(5)]
    finally:
        stop.set()
        writer.join()

    for copy in copies:
        assert len(cursors(copy)) >= 40
        assert len(cursors(copy)) % 2 == 0
        assert check(copy) == []
        assert not copy.with_name(copy.name + "-wal").exists()


def test_a_file_that_is_there_is_not_overwritten_by_chance(tmp_path: Path) -> None:
    """It may be the only other copy."""
    archive, target = make(tmp_path / "a.db", "x"), tmp_path / "copy.db"
    target.write_text("mine")

    with pytest.raises(BackupFailed, match="here already"):
        back_up(archive, target)
    assert target.read_text() == "mine"

    back_up(archive, target, replace=True)
    assert cursors(target) == ["x"]


def test_the_archive_is_never_replaced_by_its_own_copy(tmp_path: Path) -> None:
    """The service would go on writing to a file that has no name any more."""
    archive, link = make(tmp_path / "a.db", "x"), tmp_path / "link.db"
    link.symlink_to(archive)
    inode = archive.stat().st_ino

    for target in (archive, link):
        with pytest.raises(BackupFailed, match="the archive itself"):
            back_up(archive, target, replace=True)

    assert archive.stat().st_ino == inode


def test_a_copy_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    """Neither half a file nor a good name on a bad one."""
    archive = make(tmp_path / "a.db", "x")

    with pytest.raises(BackupFailed):
        back_up(archive, tmp_path / "no" / "such" / "folder.db")
    with pytest.raises(ArchiveMissing):
        back_up(tmp_path / "b.db", tmp_path / "copy.db")
    assert names(tmp_path) - {"a.db-wal", "a.db-shm"} == {"a.db"}


def test_an_archive_that_is_not_sound_is_not_copied(tmp_path: Path) -> None:
    """A backup of a broken archive over the last good one is no backup."""
    archive = make(tmp_path / "a.db", *(f"{n:0200}" for n in range(2000)))
    with archive.open("r+b") as file:
        file.seek(archive.stat().st_size // 2)
        file.write(b"\xff" * 20_000)

    with pytest.raises(ArchiveError):
        back_up(archive, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_restoring_keeps_what_was_there(tmp_path: Path) -> None:
    """Whoever restores the wrong copy can go back."""
    archive = make(tmp_path / "a.db", "old")
    copy = back_up(archive, tmp_path / "copy.db").path
    with open_for_writing(archive) as db, transaction(db):
        db.execute("INSERT INTO cursor VALUES ('new', 1)")

    restored = restore(copy, archive, NOW)

    assert cursors(archive) == ["old"]
    assert restored.aside is not None
    assert cursors(restored.aside) == ["new", "old"]
    assert cursors(copy) == ["old"]


def test_the_journal_of_the_old_archive_does_not_spoil_the_new_one(tmp_path: Path) -> None:
    """A service that was killed leaves a journal with commits in it: they go aside as well."""
    archive = make(tmp_path / "a.db", "old")
    copy = back_up(archive, tmp_path / "copy.db").path
    with closing(sqlite3.connect(archive, isolation_level=None)) as killed:
        killed.execute("PRAGMA wal_autocheckpoint = 0")
        killed.execute("BEGIN")
        killed.execute("INSERT INTO cursor VALUES ('late', 1)")
        killed.execute("COMMIT")
        assert archive.with_name("a.db-wal").stat().st_size > 0

        restored = restore(copy, archive, NOW)

    assert cursors(archive) == ["old"]
    assert restored.aside is not None
    assert cursors(restored.aside) == ["late", "old"]


def test_nothing_is_restored_under_a_running_service(tmp_path: Path) -> None:
    """Its open file would go on living without a name."""
    archive = make(tmp_path / "a.db", "old")
    copy = back_up(archive, tmp_path / "copy.db").path

    with ServiceLock(archive), pytest.raises(ArchiveBusy):
        restore(copy, archive, NOW)
    assert cursors(archive) == ["old"]


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ("PRAGMA user_version = 999", ArchiveNewer),
        ("DROP TABLE _sqlite_migrations", ArchiveError),
    ],
)
def test_what_this_presswatch_cannot_use_is_not_restored(
    tmp_path: Path, damage: str, error: type[Exception]
) -> None:
    archive = make(tmp_path / "a.db", "old")
    copy = back_up(archive, tmp_path / "copy.db").path
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        db.execute(damage)

    with pytest.raises(error):
        restore(copy, archive, NOW)
    assert cursors(archive) == ["old"]
    assert not [name for name in names(tmp_path) if "before" in name or "part" in name]


@pytest.mark.parametrize("of", ["copy.db", "a.db.before-upgrade-20260101T000000"])
def test_what_a_killed_process_left_of_a_copy_is_removed(tmp_path: Path, of: str) -> None:
    """It is as large as the archive; what another process is at is left alone."""
    archive = make(tmp_path / "a.db", "old")
    left = tmp_path / f".{of}.4194305.part"
    for suffix in ("", "-journal"):
        left.with_name(left.name + suffix).write_bytes(b"half of it")
    other = tmp_path / f".{of}.4194306.part"

    with other.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        back_up(archive, tmp_path / "copy.db")
        before_upgrade(archive, NOW)

    assert {name for name in names(tmp_path) if "part" in name} == {other.name}


def make_old(path: Path) -> None:
    with first_version(path) as db:
        db.execute("INSERT INTO cursor VALUES ('old', 1)")


@pytest.mark.skipif(len(NAMES) == 1, reason="there is no other version yet")
def test_an_older_archive_is_copied_before_it_is_upgraded(tmp_path: Path) -> None:
    """Whoever must go back to the older presswatch has an archive that it can read."""
    archive = tmp_path / "a.db"
    make_old(archive)

    told: list[tuple[int, int]] = []

    def upgrading(size: int) -> None:
        told.append((size, len(copies(archive))))

    before = archive.stat().st_size
    with open_for_writing(archive, upgrading=upgrading) as db:
        assert column(db, "PRAGMA user_version") == [len(NAMES)]
        copy = read_note(db, "upgrade")["copy"]
    open_for_writing(archive, upgrading=upgrading).close()

    assert told == [(before, 0)], "once, and before the copy"
    (kept,) = (file for file in tmp_path.iterdir() if "before-upgrade" in file.name)
    assert str(kept) == copy
    with closing(sqlite3.connect(kept)) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (1,)
        assert old.execute("SELECT name FROM cursor").fetchall() == [("old",)]


@pytest.mark.skipif(len(NAMES) == 1, reason="there is no other version yet")
def test_of_the_copies_before_upgrades_two_are_kept(tmp_path: Path) -> None:
    """An archive of gigabytes must not fill its disk with the past; other files stay."""
    archive = tmp_path / "a.db"
    old = [f"a.db.before-upgrade-2025010{day}T000000" for day in (1, 2, 3)]
    others = ["b.db.before-upgrade-20250101T000000", "a.db.before-upgrade-mine"]
    for name in (*old, *others):
        (tmp_path / name).write_bytes(b"")
    make_old(archive)

    open_for_writing(archive).close()

    kept = copies(archive)
    assert [one.name for one in kept[1:]] == [old[2]]
    assert set(others) <= names(tmp_path)
    assert not {*old[:2]} & names(tmp_path)


def test_a_compact_copy_has_nothing_free_and_gives_back_what_becomes_free(tmp_path: Path) -> None:
    """The way for an archive of an older presswatch, which was made without a list of its pages."""
    archive, smaller = tmp_path / "a.db", tmp_path / "smaller.db"
    with closing(sqlite3.connect(archive)) as db:
        db.execute("VACUUM")  # a file without auto_vacuum
    with open_for_writing(make(archive, "kept")) as db:
        grow_and_free(db)
        before = size(db)
        with transaction(db):
            assert shrink(db, reserve=0) == 0

    back_up(archive, smaller, compact=True)

    assert not before.shrinks
    assert before.free > 1_000_000
    with open_for_writing(smaller) as db:
        assert (size(db).free, size(db).shrinks) == (0, True)
        grow_and_free(db)
        with transaction(db):
            assert shrink(db, reserve=100, most=10_000) > 200
        assert size(db).free // 4096 == max(100, size(db).used // 4096 // 9)
    assert cursors(smaller) == ["kept"]
    assert check(smaller) == []


def grow_and_free(db: Database) -> None:
    """Two megabytes that come and go."""
    with transaction(db):
        leave(db, "much", {"much": "0" * 2_000_000})
    with transaction(db):
        drop(db, "much")


def test_a_command_beside_the_service_upgrades_nothing(tmp_path: Path) -> None:
    """An older presswatch may run on it, whose tables must not change under it."""
    archive = tmp_path / "a.db"
    make_old(archive)

    with pytest.raises(ArchiveError, match="`presswatch run` brings it up to date"):
        open_for_writing(archive, create=False)

    assert not [file for file in tmp_path.iterdir() if "before-upgrade" in file.name]
    with closing(sqlite3.connect(archive)) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    """`restore` of something else is no mystery."""
    archive, other = make(tmp_path / "a.db", "old"), tmp_path / "other.db"
    other.write_bytes(b"this is no database at all" * 100)

    with pytest.raises(RestoreFailed, match="not a database") as caught:
        restore(other, archive, NOW)

    assert caught.value.which == str(other)  # and not the archive, which is as it was


def test_a_copy_under_way_is_left_alone_by_one_of_the_same_number(tmp_path: Path) -> None:
    """In a container every process is number 1: the second of two emptied the first one's file."""
    archive, target = make(tmp_path / "a.db"), tmp_path / "copy.db"
    part = tmp_path / f".{target.name}.{os.getpid()}.part"

    with part.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write(b"half of a copy")
        held.flush()
        with pytest.raises(BackupFailed, match=r"another process makes it"):
            back_up(archive, target)
        assert part.read_bytes() == b"half of a copy"

    back_up(archive, target)
    assert names(tmp_path) >= {"a.db", "copy.db"} and not part.exists()


def test_a_copy_is_locked_by_the_name_that_others_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever tidies up may take the new file away in the moment before it is locked."""
    archive, target = make(tmp_path / "a.db"), tmp_path / "copy.db"
    real = fcntl.flock
    taken: list[Path] = []

    def flock(file: IO[bytes], how: int) -> None:
        if not taken:
            taken.append(next(one for one in tmp_path.iterdir() if one.name.endswith(".part")))
            taken[0].unlink()
        real(file, how)

    def copy(origin: Path, part: Path, *, compact: bool) -> int:
        with part.open("rb") as seen, pytest.raises(BlockingIOError):
            real(seen, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return made(origin, part, compact=compact)

    made = backup._copy
    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr(backup, "_copy", copy)
    back_up(archive, target)

    assert taken and check(target) == []
