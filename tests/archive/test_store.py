"""archive.writer: writes that share a commit and fail alone; reads beside them."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from archive import writer
from archive.errors import ArchiveBusy, ArchiveError, ArchiveFull
from archive.store import (
    Archive,
    Heartbeat,
    beat,
    file_article,
    find_article,
    heartbeat,
    open_for_reading,
    open_for_writing,
    revisions_after,
    transaction,
)
from tests.archive.articles import NOW, check, column, incoming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlite_utils import Database

    from archive.article import Filed, Incoming


class Stop(Exception):
    pass


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.db"


@pytest.fixture
def archive(path: Path) -> Iterator[Archive]:
    archive = Archive.open(path)
    yield archive
    archive.close()


def _put(name: str) -> Callable[[Database], str]:
    def job(db: Database) -> str:
        db.execute("INSERT INTO cursor VALUES (?, 1)", (name,))
        return name

    return job


def _file(article: Incoming) -> Callable[[Database], Filed]:
    return lambda db: file_article(db, article, NOW)


def _names(db: Database) -> list[str]:
    return column(db, "SELECT name FROM cursor ORDER BY name")


def _stop(db: Database) -> None:
    db.execute("INSERT INTO cursor VALUES ('stopped', 1)")
    raise Stop


class Gate:
    """A job that keeps the writer busy until it is opened, so that others gather behind it."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._open = threading.Event()

    def __call__(self, _: Database) -> None:
        self._reached.set()
        assert self._open.wait(20)

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, 20)

    def open(self) -> None:
        self._open.set()


async def _behind(archive: Archive, jobs: list[Callable[[Database], Any]]) -> list[Any]:
    """Carry out the jobs in one batch; their values or exceptions."""
    gate = Gate()
    first = asyncio.create_task(archive.write(gate))
    await gate.reached()
    tasks = [asyncio.create_task(archive.write(job)) for job in jobs]
    await asyncio.sleep(0)  # every task has put its job into the queue
    gate.open()
    await first
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_what_was_written_is_there_for_every_reader_at_once(archive: Archive, path: Path) -> None:
    async def main() -> None:
        assert await archive.write(_put("a")) == "a"
        assert await archive.read(_names) == ["a"]

    asyncio.run(main())
    with open_for_reading(path) as db:
        assert _names(db) == ["a"]


def test_jobs_that_wait_together_share_one_commit(archive: Archive) -> None:
    commits: list[str] = []

    def count(sql: str) -> None:
        if sql == "COMMIT":
            commits.append(sql)

    async def main() -> None:
        await archive.write(lambda db: db.conn.set_trace_callback(count))
        commits.clear()
        names = [f"{number:03}" for number in range(100)]
        assert await _behind(archive, [_put(name) for name in names]) == names
        assert await archive.read(_names) == names

    asyncio.run(main())
    assert len(commits) == 3, "the gate, 64 jobs, 36 jobs"


def test_patient_jobs_wait_for_company_and_no_longer(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is not patient ends the wait, and all of them share its commit."""
    monkeypatch.setattr(writer, "LINGER", 60)
    commits: list[int] = []
    carry_out = writer._carry_out

    def counted(db: Database, batch: list[Any]) -> None:
        commits.append(len(batch))
        carry_out(db, batch)

    monkeypatch.setattr(writer, "_carry_out", counted)

    async def run() -> None:
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(archive.write(lambda _: None, patient=True))
            group.create_task(archive.write(lambda _: None))

    asyncio.run(run())

    assert commits == [4]


def test_a_failing_job_undoes_itself_alone(archive: Archive) -> None:
    async def main() -> None:
        a, stopped, b = await _behind(archive, [_put("a"), _stop, _put("b")])
        assert (a, b) == ("a", "b")
        assert isinstance(stopped, Stop)
        assert await archive.read(_names) == ["a", "b"]

    asyncio.run(main())


def test_where_the_commit_fails_all_are_told_and_nothing_is_kept(archive: Archive) -> None:
    def orphan(db: Database) -> None:
        db.execute("PRAGMA defer_foreign_keys = ON")
        db.execute("INSERT INTO alias VALUES ('https://a.example/', 99)")

    async def main() -> None:
        results = await _behind(archive, [_put("a"), orphan, _stop, _put("b")])
        kinds = [type(result) for result in results]
        refused = sqlite3.IntegrityError
        assert kinds == [refused, refused, Stop, refused]
        assert await archive.read(_names) == []
        assert await archive.write(_put("c")) == "c"

    asyncio.run(main())


def test_where_sqlite_undoes_everything_all_are_told(archive: Archive) -> None:
    """A full disk or an I/O error takes the whole transaction with it."""

    def arm(db: Database) -> None:
        db.execute(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON cursor WHEN new.name = 'last'"
            " BEGIN SELECT raise(ROLLBACK, 'disk is full'); END"
        )

    async def main() -> None:
        await archive.write(arm)
        results = await _behind(archive, [_put("a"), _put("last"), _put("b")])
        assert [str(result) for result in results] == ["disk is full"] * 3
        assert await archive.write(_put("c")) == "c"
        assert await archive.read(_names) == ["c"]

    asyncio.run(main())


def test_a_full_disk_is_an_error_and_not_the_end(archive: Archive) -> None:
    def limit(pages: int) -> Callable[[Database], None]:
        return lambda db: db.execute(f"PRAGMA max_page_count = {pages}").close()

    async def main() -> None:
        used = await archive.read(lambda db: column(db, "PRAGMA page_count")[0])
        await archive.write(limit(used + 10))
        big = incoming(text="long " * 100_000)
        with pytest.raises(ArchiveFull, match="full"):
            await archive.write(_file(big))
        await archive.write(limit(1_000_000))
        filed = await archive.write(_file(big))
        assert filed.revision == 1
        await archive.write(check)

    asyncio.run(main())


def test_another_process_that_keeps_writing_is_named_as_such(archive: Archive, path: Path) -> None:
    async def main() -> None:
        await archive.write(lambda db: db.execute("PRAGMA busy_timeout = 1").close())
        with open_for_writing(path) as other:
            with transaction(other), pytest.raises(ArchiveBusy):
                await archive.write(_put("a"))
            assert await archive.write(_put("b")) == "b"

    asyncio.run(main())


def test_a_caller_that_gave_up_before_its_turn_has_written_nothing(archive: Archive) -> None:
    async def main() -> None:
        gate = Gate()
        first = asyncio.create_task(archive.write(gate))
        await gate.reached()
        task = asyncio.create_task(archive.write(_put("a")))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        gate.open()
        await first
        assert await archive.write(_put("b")) == "b"
        assert await archive.read(_names) == ["b"]

    asyncio.run(main())


def test_a_loop_that_has_gone_does_not_stop_the_writer(archive: Archive) -> None:
    gate = Gate()

    async def leave() -> None:
        tasks = [asyncio.create_task(archive.write(job)) for job in (gate, _put("a"))]
        await gate.reached()
        assert len(tasks) == 2

    asyncio.run(leave())  # cancels what it leaves behind
    gate.open()
    assert asyncio.run(archive.write(_put("b"))) == "b"
    assert asyncio.run(archive.read(_names)) == ["b"]


def test_several_loops_write_at_the_same_time(archive: Archive) -> None:
    def loop(letter: str) -> None:
        async def main() -> None:
            await asyncio.gather(*(archive.write(_put(f"{letter}{n:02}")) for n in range(50)))

        asyncio.run(main())

    threads = [threading.Thread(target=loop, args=(letter,)) for letter in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    names = asyncio.run(archive.read(_names))
    assert names == [f"{letter}{n:02}" for letter in "abc" for n in range(50)]


def test_a_read_sees_one_moment(archive: Archive, path: Path) -> None:
    def twice(db: Database) -> tuple[list[str], list[str]]:
        before = _names(db)
        with open_for_writing(path) as other, transaction(other):
            _put("b")(other)
        return before, _names(db)

    async def main() -> None:
        await archive.write(_put("a"))
        assert await archive.read(twice) == (["a"], ["a"])
        assert await archive.read(_names) == ["a", "b"]

    asyncio.run(main())


def test_reads_go_on_beside_each_other_and_beside_a_write(archive: Archive) -> None:
    async def main() -> None:
        gate = Gate()
        writing = asyncio.create_task(archive.write(gate))
        await gate.reached()
        meeting = threading.Barrier(4)

        def meet(db: Database) -> int:
            meeting.wait(20)
            return len(_names(db))

        assert await asyncio.gather(*(archive.read(meet) for _ in range(4))) == [0] * 4
        gate.open()
        await writing

    asyncio.run(main())


def test_a_read_cannot_write_and_its_error_arrives(archive: Archive) -> None:
    async def main() -> None:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await archive.read(_put("a"))
        assert await archive.read(_names) == []

    asyncio.run(main())


def test_closing_carries_out_what_is_queued(path: Path) -> None:
    archive = Archive.open(path)

    async def main() -> list[str]:
        tasks = [asyncio.create_task(archive.write(_put(str(n)))) for n in range(200)]
        await asyncio.sleep(0)
        await asyncio.to_thread(archive.close)
        return await asyncio.gather(*tasks)

    written = asyncio.run(main())
    archive.close()
    with open_for_reading(path) as db:
        assert _names(db) == sorted(written)
    assert len(written) == 200


def test_a_closed_archive_says_so(path: Path) -> None:
    archive = Archive.open(path)
    archive.close()
    for call in (archive.write, archive.read):
        with pytest.raises(ArchiveError, match="closed"):
            asyncio.run(call(_names))


def test_articles_filed_at_once_are_each_filed_once(archive: Archive) -> None:
    articles = [
        incoming(f"https://a.example/{n % 10}", f"text {n % 5}", title=str(n % 2))
        for n in range(60)
    ]

    async def main() -> None:
        await asyncio.gather(*(archive.write(_file(article)) for article in articles))
        await archive.write(check)
        revisions = await archive.read(lambda db: revisions_after(db, 0, 100))
        assert len(revisions) == 10
        assert len({revision.story for revision in revisions}) == 5
        found = await archive.read(lambda db: find_article(db, "https://a.example/7"))
        assert found is not None
        assert [copy.url for copy in found.copies] == ["https://a.example/2"]

    asyncio.run(main())


def test_the_heart_beats(archive: Archive) -> None:
    async def main() -> None:
        assert await archive.read(heartbeat) is None
        for pid in (41, 42):
            await archive.write(partial(beat, pid=pid, started=NOW, now=NOW, version="1.2"))
        expected = Heartbeat(ended=None, pid=42, started=NOW, at=NOW, version="1.2")
        assert await archive.read(heartbeat) == expected

    asyncio.run(main())
