"""presswatch backup and restore, as an operator calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.store import ServiceLock
from presswatch.units import say_size

if TYPE_CHECKING:
    from pathlib import Path

    from tests.presswatch.desk import Desk

URL = "https://cnipa.example/a"
TEXT = "专利局公布新规。" * 20


def test_there_and_back(desk: Desk, tmp_path: Path) -> None:
    """What is lost after a backup comes back with it, and the loss is kept too."""
    desk.file(URL, TEXT)
    made = desk.run("backup", str(tmp_path / "copy.db"))
    desk.archive.unlink()
    restored = desk.run("restore", str(tmp_path / "copy.db"))

    assert made.exit_code == restored.exit_code == 0, made.output + restored.output
    assert "1 article" in made.output
    assert desk.run("search", "专利").exit_code == 0


def test_into_a_folder_under_a_name_with_the_time(desk: Desk, tmp_path: Path) -> None:
    """A line in a crontab needs no date arithmetic."""
    desk.file(URL, TEXT)
    folder = tmp_path / "backups"
    folder.mkdir()

    assert desk.run("backup", str(folder)).exit_code == 0
    (file,) = folder.iterdir()
    assert file.name.startswith("archive-2")


def test_a_folder_that_is_not_there_is_no_file(desk: Desk, tmp_path: Path) -> None:
    """A disk that is not mounted: the copy must not lie on the disk that it is to outlive."""
    desk.file(URL, TEXT)

    result = desk.run("backup", f"{tmp_path}/unmounted/")

    assert (result.exit_code, list(tmp_path.glob("unmounted*"))) == (3, [])
    assert "there is no such folder" in result.stderr


def test_refusals_are_a_sentence_and_status_3(desk: Desk, tmp_path: Path) -> None:
    """No archive, a file in the way, a running service: nothing has changed then."""
    copy = str(tmp_path / "copy.db")
    assert desk.run("backup", copy).exit_code == 3
    desk.file(URL, TEXT)
    assert desk.run("backup", copy).exit_code == 0
    again = desk.run("backup", copy)
    assert (again.exit_code, "already" in again.stderr) == (3, True)
    assert desk.run("backup", copy, "--force").exit_code == 0
    with ServiceLock(desk.archive):
        held = desk.run("restore", copy)
    assert (held.exit_code, "another service" in held.stderr) == (3, True)


def test_sizes_are_for_people() -> None:
    """Three figures are enough."""
    sizes = (0, 812, 1234, 48_300_000, 999_999_999_999)
    assert [say_size(size) for size in sizes] == ["0 B", "812 B", "1.2 KB", "48 MB", "1000 GB"]
