"""presswatch.web.readers: the page reads the archive that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.backup import back_up, restore
from presswatch.demo.press import Text
from tests.web.office import Office
from tests.web.visitor import Visitor

if TYPE_CHECKING:
    from pathlib import Path


def test_an_archive_that_was_restored_is_the_one_that_is_shown(tmp_path: Path) -> None:
    """`presswatch web` went on with the one that was put aside, thread by thread."""
    office = Office(tmp_path)
    office.file("longshang", "one", Text("Of before", ("Patent office. " * 9,)), office.now)
    back_up(office.archive, tmp_path / "copy.db")
    office.file("longshang", "two", Text("Of after", ("Trade marks. " * 9,)), office.now)

    with Visitor(office) as visitor:
        first = [visitor.text("/") for _ in range(6)]
        restore(tmp_path / "copy.db", office.archive, office.now)
        then = [visitor.text("/") for _ in range(6)]
        office.archive.unlink()
        gone = visitor.get("/").status_code

    assert all("Of after" in page for page in first)
    assert not any("Of after" in page for page in then)
    assert all("Of before" in page for page in then)
    assert gone == 503
