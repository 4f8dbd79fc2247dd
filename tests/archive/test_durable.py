"""archive.writer: which commits wait for the disk, and jobs that share theirs with nobody."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from archive.store import Archive
from tests.archive.articles import column

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database

NORMAL, FULL = 1, 2  # what `PRAGMA synchronous` says


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    archive = Archive.open(tmp_path / "archive.db")
    yield archive
    archive.close()


def _waits(db: Database) -> int:
    """Whether the commit of this very transaction waits for the disk."""
    value: int = column(db, "PRAGMA synchronous")[0]
    return value


async def _together(archive: Archive, *, durable: tuple[bool, ...]) -> list[int]:
    """How jobs are committed that share a transaction."""
    reached, opened = threading.Event(), threading.Event()

    def gate(_: Database) -> None:
        reached.set()
        assert opened.wait(20)

    first = asyncio.create_task(archive.write(gate))
    assert await asyncio.to_thread(reached.wait, 20)
    tasks = [asyncio.create_task(archive.write(_waits, durable=each)) for each in durable]
    await asyncio.sleep(0)  # every task has put its job into the queue
    opened.set()
    await first
    return await asyncio.gather(*tasks)


def test_what_says_nothing_is_on_the_disk_when_it_is_committed(archive: Archive) -> None:
    """Also after one that was not: an alert must not be forgotten for what a poll does."""

    async def main() -> list[int]:
        return [
            await archive.write(_waits),
            await archive.write(_waits, durable=False),
            await archive.write(_waits),
            await archive.write(_waits, durable=False),
        ]

    assert asyncio.run(main()) == [FULL, NORMAL, FULL, NORMAL]


def test_one_durable_job_makes_its_whole_transaction_durable(archive: Archive) -> None:
    """Jobs that share a commit are safe as soon as one of them must be."""

    async def main() -> None:
        assert await _together(archive, durable=(False, False)) == [NORMAL, NORMAL]
        assert await _together(archive, durable=(False, True)) == [FULL, FULL]

    asyncio.run(main())


def test_a_job_that_fails_alone_undoes_what_it_wrote(archive: Archive) -> None:
    """It has no savepoint of its own then: its transaction is undone, and the next one is sound."""

    def half(db: Database) -> None:
        db.execute("INSERT INTO cursor VALUES ('half', 1)")
        raise KeyError("half")

    async def main() -> list[str]:
        with pytest.raises(KeyError):
            await archive.write(half)
        await archive.write(lambda db: db.execute("INSERT INTO cursor VALUES ('whole', 1)").close())
        return await archive.read(lambda db: column(db, "SELECT name FROM cursor"))

    assert asyncio.run(main()) == ["whole"]
