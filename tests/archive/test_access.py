"""An archive that this user may not use: the commonest mistake with containers and services."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archive.access import denied
from archive.connection import open_for_reading, open_for_writing
from archive.errors import ArchiveError
from archive.lock import ServiceLock

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may do everything; this makes it somebody else for a while."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def archive() -> Iterator[Path]:
    """An archive whose folder belongs to somebody else, and may be looked into."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_for_writing(folder / "archive.db").close()
        folder.chmod(0o555)
        yield folder / "archive.db"
        folder.chmod(0o755)


def test_a_folder_of_somebody_else_is_named_with_the_user(archive: Path) -> None:
    """`chown` is the cure: the message says whom, and which folder."""
    with as_nobody(), pytest.raises(ArchiveError) as caught:
        ServiceLock(archive).__enter__()

    user = os.geteuid() or NOBODY
    assert f"User {user}, who runs this, may not write to {archive.parent}" in str(caught.value)


def test_why_reading_wants_to_write_is_said(archive: Path) -> None:
    """SQLite's own words, "attempt to write a readonly database", help nobody who only reads."""
    with as_nobody(), pytest.raises(ArchiveError, match="also to read an archive that no service"):
        open_for_reading(archive)


def test_a_file_that_may_not_be_read_is_said(archive: Path) -> None:
    archive.chmod(0o000)

    with as_nobody(), pytest.raises(ArchiveError, match="may not read it"):
        open_for_reading(archive)


def test_a_disk_that_is_mounted_read_only_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the lock file and the system's three words: what it is, and what it is needed for."""

    def read_only(path: str, *_: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    monkeypatch.setattr(os, "open", read_only)

    with pytest.raises(ArchiveError, match=r"cannot be used: .*: Read-only file system"):
        ServiceLock(tmp_path / "archive.db").__enter__()


def test_a_folder_in_the_place_of_a_file_is_said(tmp_path: Path) -> None:
    """`path = "/var/lib/presswatch"`, and a file where a folder was meant."""
    (tmp_path / "file").touch()

    with pytest.raises(ArchiveError, match=r"It is a folder: .* names a file in it"):
        open_for_writing(tmp_path)
    with pytest.raises(ArchiveError, match="file is no folder"):
        ServiceLock(tmp_path / "file" / "archive.db").__enter__()


def test_nothing_is_said_where_all_is_allowed(tmp_path: Path) -> None:
    open_for_writing(tmp_path / "archive.db").close()

    assert denied(tmp_path / "archive.db") == ""
