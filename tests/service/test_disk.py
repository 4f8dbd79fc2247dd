"""A disk without room: fetching stops, nothing is damaged, the operator hears, and it goes on."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from archive.connection import open_for_writing
from archive.errors import ArchiveFull
from tests.support.news import article, feed
from tests.support.receiver import SECRET, Receiver
from tests.support.service import Running, rows, rule, source, until, webhook, write_config
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]

PAGES = 40
HEAVY = "<!-- " + os.urandom(60_000).hex() + " -->"  # does not compress well: fills an archive


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        for number in range(PAGES):
            site.page(f"/n/{number}.html", article(number) + HEAVY)
        listing = feed(site.url(""), range(PAGES))
        site.page("/feed.xml", listing, content_type="application/rss+xml")
        yield site


def config_for(folder: Path, site: Site, receiver: Receiver, archive: str = "a.db") -> Path:
    text = (
        '[service]\noperator = "ops"\n'
        + source("news", site.url("/feed.xml"))
        + webhook("ops", receiver.hook, SECRET)
        + rule("cases", "case", "ops", on="article")
    )
    config = write_config(folder, text)
    said = config.read_text("utf-8").replace('"a.db"', f'"{archive}"\nmin_free = "0B"')
    config.write_text(said, "utf-8")
    return config


def notices(receiver: Receiver) -> list[str]:
    payloads = [one.payload for one in receiver.accepted()]
    return [p["state"] for p in payloads if p["type"] == "presswatch.notice.v1"]


def whole(archive: Path) -> bool:
    with closing(sqlite3.connect(f"file:{archive}?mode=ro", uri=True)) as db:
        return db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def articles(archive: Path) -> tuple[int, int]:
    """How many there are, and how many addresses they have."""
    (found,) = rows(archive, "SELECT count(*), count(DISTINCT url) FROM article")
    return found[0], found[1]


def limit(pid: int, size: int) -> None:
    """No file of that process may grow beyond this: what a full disk is to the archive."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.slow
def test_a_file_that_must_not_grow(tmp_path: Path, site: Site, receiver: Receiver) -> None:
    """The service notices by its writes, goes on when it may, and every page is filed once."""
    archive = tmp_path / "a.db"
    with Running(config_for(tmp_path, site, receiver)) as service:
        limit(service.pid, 1_500_000)
        service.wait_for("disk.full")
        until(lambda: notices(receiver) == ["begun"], what="the notice")

        assert articles(archive) < (PAGES, PAGES)
        assert whole(archive)

        limit(service.pid, resource.RLIM_INFINITY)
        service.wait_for("disk.room", timeout=60)
        until(lambda: articles(archive) == (PAGES, PAGES), what="all pages")
        until(lambda: notices(receiver) == ["begun", "ended"], what="the all-clear")
        assert service.stop() == 0

    assert whole(archive)
    assert articles(archive) == (PAGES, PAGES)
    states = rows(archive, "SELECT DISTINCT fate FROM page")
    assert states == [("filed",)]


def test_an_archive_that_is_moved_away_and_put_back(
    tmp_path: Path, site: Site, receiver: Receiver
) -> None:
    """Nothing is fetched into a file without a name, nobody calls it a fault of presswatch."""
    archive = tmp_path / "a.db"
    with Running(config_for(tmp_path, site, receiver)) as service:
        service.wait_for("article.filed", count=2)
        away = archive.rename(tmp_path / "away.db")
        service.wait_for("disk.full")
        until(lambda: notices(receiver) == ["begun"], what="the notice")

        away.rename(archive)
        service.wait_for("disk.room", timeout=60)
        until(lambda: articles(archive) == (PAGES, PAGES), what="all pages")
        until(lambda: notices(receiver) == ["begun", "ended"], what="the all-clear")
        assert service.stop() == 0

    assert whole(archive)
    assert not [one for one in service.events if one["event"] == "loop.failed"]


@pytest.mark.slow
def test_a_config_that_changes_while_there_is_no_room(
    tmp_path: Path, site: Site, receiver: Receiver
) -> None:
    """It counts when there is, and the log says then what has changed, not that nothing has."""
    config = config_for(tmp_path, site, receiver)
    with Running(config) as service:
        service.wait_for("service.started")
        limit(service.pid, 4096)  # not one page of the journal
        service.wait_for("disk.full")
        text = config.read_text("utf-8") + source("another", site.url("/feed.xml"))
        config.write_text(text, "utf-8")
        service.wait_for("loop.stalled", loop="config")

        limit(service.pid, resource.RLIM_INFINITY)
        (changed,) = service.wait_for("config.changed")
        service.wait_for("poll.done", source="another")

        assert changed["sources"] == "1 added (another)"
        assert service.logged("config.unchanged") == []
        assert service.stop() == 0


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of its own, where this process may mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("may not mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
def test_a_small_disk(tmp_path: Path, site: Site, receiver: Receiver) -> None:
    """A real file system that is full, down to the last byte, and made larger then."""
    with small_disk(tmp_path / "disk", "2m") as disk:
        archive = disk / "a.db"
        with Running(config_for(tmp_path, site, receiver, "disk/a.db")) as service:
            service.wait_for("disk.full")
            until(lambda: notices(receiver) == ["begun"], what="the notice")

            assert whole(archive)
            assert service.logged("service.stopping") == []

            grow = ["mount", "-o", "remount,size=64m", str(disk)]
            subprocess.run(grow, check=True)
            service.wait_for("disk.room", timeout=60)
            until(lambda: articles(archive) == (PAGES, PAGES), what="all pages")
            until(lambda: notices(receiver) == ["begun", "ended"], what="the all-clear")
            assert service.stop() == 0

        assert whole(archive)
        assert articles(archive) == (PAGES, PAGES)


def test_it_stops_before_the_disk_is_full(tmp_path: Path, site: Site, receiver: Receiver) -> None:
    """`min_free` leaves room for what is told, and for other programs; changed, it goes on."""
    config = config_for(tmp_path, site, receiver)
    text = config.read_text("utf-8")
    config.write_text(text.replace('"0B"', '"900000GB"'), "utf-8")
    with Running(config) as service:
        (full,) = service.wait_for("disk.full")
        until(lambda: notices(receiver) == ["begun"], what="the notice")
        asked = len(site.requests)
        service.wait_for("service.started")

        assert "min_free" in full["reason"]
        assert asked <= 2 + len(site.asked("/robots.txt"))

        config.write_text(text, "utf-8")
        service.wait_for("disk.room")
        service.wait_for("poll.done")
        assert service.stop() == 0


def fill(folder: Path) -> Path:
    """Take the last byte of a disk; whoever removes the file makes room."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(65_536)):
            pass
        while file.write(b"0"):
            pass
    assert os.statvfs(folder).f_bavail == 0
    return ballast


def left_by(how: str, folder: Path) -> None:
    """An archive as a service leaves it that has ended in order, or that was killed."""
    if how == "nobody":
        return
    config = write_config(folder, source("nothing", "http://127.0.0.1:9/feed.xml"))
    text = config.read_text("utf-8")
    config.write_text(text.replace('"a.db"', '"a.db"\nmin_free = "0B"'), "utf-8")
    with Running(config) as service:
        service.wait_for("poll.failed")
        if how == "a stop":
            assert service.stop() == 0
    assert (folder / "a.db-shm").exists() == (how == "a kill")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["nobody", "a stop", "a kill"])
def test_a_start_on_a_full_disk(tmp_path: Path, site: Site, receiver: Receiver, how: str) -> None:
    """It waits, fetches nothing, tells the operator once, and begins when there is room."""
    with small_disk(tmp_path / "disk", "64m") as disk:
        archive, config = disk / "a.db", config_for(tmp_path, site, receiver, "disk/a.db")
        left_by(how, disk)
        ballast = fill(disk)
        with Running(config) as service:
            service.wait_for("disk.full")
            until(lambda: notices(receiver) == ["begun"], what="the notice")
            assert site.requests == []
            assert service.logged("service.started") == []

            ballast.unlink()
            service.wait_for("disk.room", timeout=60)
            until(lambda: articles(archive) == (PAGES, PAGES), what="all pages")
            until(lambda: notices(receiver) == ["begun", "ended"], what="the all-clear")
            assert service.logged("loop.failed") == []
            assert service.stop() == 0
        assert whole(archive)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["a stop", "a kill"])
def test_a_stop_on_a_full_disk(tmp_path: Path, site: Site, receiver: Receiver, how: str) -> None:
    """Who gives up waiting for room stops the service in order, with an archive that is whole."""
    with small_disk(tmp_path / "disk", "64m") as disk:
        config = config_for(tmp_path, site, receiver, "disk/a.db")
        left_by(how, disk)
        ballast = fill(disk)
        with Running(config) as service:
            service.wait_for("disk.full")
            until(lambda: "begun" in notices(receiver), what="the notice")
            assert service.stop() == 0
        ballast.unlink()
        assert whole(disk / "a.db")


def test_a_disk_that_takes_no_other_file_is_full(tmp_path: Path) -> None:
    """Room for bytes and none for a name: SQLite says only that it cannot open its journal."""
    with small_disk(tmp_path / "disk", "8m,nr_inodes=3") as disk:
        (disk / "one").touch()  # the folder, this, and the archive itself
        with pytest.raises(ArchiveFull):
            open_for_writing(disk / "a.db")
        (disk / "one").unlink()
        assert os.statvfs(disk).f_bavail > 0
