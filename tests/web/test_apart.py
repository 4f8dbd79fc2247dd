"""presswatch.web.apart: the process that reads for the page of a service."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from multiprocessing.context import SpawnProcess
from typing import TYPE_CHECKING

import httpx
import pytest
from httpx import AsyncClient

from presswatch.config.records import WebOptions
from presswatch.web.apart import Apart
from presswatch.web.app import make_app
from presswatch.web.book import Books
from presswatch.web.desk import Desk
from presswatch.web.errors import AnswerLost, NotFound
from presswatch.web.readers import Readers
from presswatch.web.replies import InThreads, Question, Reply, Shelf
from presswatch.web.trying import Trials
from tests.web.visitor import HERE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlite_utils import Database

    from presswatch.web.ask import Ask
    from tests.web.office import Office
    from tests.web.served import LentHands
    from tests.web.visitor import Visitor

PLACES = (
    "/", "/search?q=甘肃", "/search?q=AND", "/story/1", "/article/1", "/article/99999", "/rules",
    "/sources", "/alerts", "/api/v1/search?q=甘肃", "/api/v1/articles/99999", "/feed/search?q=甘肃",
)  # fmt: skip
QUESTION = Question(path="/", places={}, values={}, live=False, known=False)


def articles(db: Database, ask: Ask) -> Reply:
    """How many there are, and which process has counted them."""
    (number,) = db.execute("SELECT count(*) FROM article").fetchone()
    return Reply(body=f"{number} {os.getpid()} {ask.path}".encode())


def missing(_db: Database, _ask: Ask) -> Reply:
    raise NotFound("article 7", hint="look elsewhere")


def surprise(_db: Database, _ask: Ask) -> Reply:
    class Strange(Exception):
        """Nothing that another process knows."""

    raise Strange


class Picky(Exception):
    """Does not come back from another process by itself."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one + other)


def picky(_db: Database, _ask: Ask) -> Reply:
    raise Picky("too ", "much")


def stopping(_db: Database, _ask: Ask) -> Reply:
    os.kill(os.getpid(), signal.SIGSTOP)
    return Reply(body=b"")


@asynccontextmanager
async def reading(office: Office, *, interrupted: bool = False) -> AsyncIterator[Apart]:
    """The process, when it is there; `interrupted` by Ctrl-C as soon as it is begun."""
    readers, trials = Readers(office.archive), Trials(office.archive)
    threads = InThreads(readers, Shelf(Books(office.config, {}), trials))
    apart = Apart(office.archive, office.config, {}, threads)
    try:
        first = await apart.give(articles, QUESTION)
        assert first.body.split()[1] == b"%d" % os.getpid(), "threads answer until it is there"
        if interrupted and apart.pid is not None:
            os.kill(apart.pid, signal.SIGINT)
        await asyncio.wait_for(apart.ready.wait(), 30)
        yield apart
    finally:
        await apart.close()
        await readers.close()


@asynccontextmanager
async def browsing(office: Office, hands: LentHands | None = None) -> AsyncIterator[AsyncClient]:
    """A browser before the page of a service, for which the process reads."""
    async with reading(office) as apart:
        readers, trials = Readers(office.archive), Trials(office.archive)
        desk = Desk(
            config=office.config, environ={}, books=Books(office.config, {}), readers=readers,
            trials=trials, hands=hands, answers=apart,
        )  # fmt: skip
        transport = httpx.ASGITransport(make_app(desk, WebOptions()))
        async with AsyncClient(transport=transport, base_url=HERE) as client:
            yield client
        await readers.close()


async def again(apart: Apart) -> int:
    """The process is there once more; gives its pid."""
    await apart.give(articles, QUESTION)
    await asyncio.wait_for(apart.ready.wait(), 30)
    assert apart.pid is not None
    return apart.pid


async def killed(apart: Apart) -> None:
    """The process dies, and that has been heard."""
    assert apart.pid is not None
    os.kill(apart.pid, signal.SIGKILL)
    with pytest.raises(AnswerLost):
        await apart.give(stopping, QUESTION)


def test_pages_are_the_same_by_another_process(full_office: Office, reader: Visitor) -> None:
    """Status, kind, tag and length, errors among them."""
    here = {place: reader.get(place) for place in PLACES}

    async def ask() -> None:
        async with browsing(full_office) as client:
            for place, one in here.items():
                other = await client.get(place)
                assert one.status_code == other.status_code, place
                for name in ("content-type", "etag", "location"):
                    assert one.headers.get(name) == other.headers.get(name), place
                # Times are told from now, and time goes on.
                assert len(one.content) == pytest.approx(len(other.content), rel=0.05), place

    asyncio.run(ask())


def test_another_process_answers_and_its_errors_are_told(full_office: Office) -> None:
    async def ask() -> None:
        async with reading(full_office) as apart:
            asked = [apart.give(articles, QUESTION) for _ in range(5)]
            answers = [reply.body.split() for reply in await asyncio.gather(*asked)]
            assert {int(pid) for _, pid, _ in answers} == {apart.pid} != {os.getpid()}
            assert {int(number) for number, _, _ in answers} != {0}
            with pytest.raises(NotFound, match=r"article 7\. look elsewhere"):
                await apart.give(missing, QUESTION)
            with pytest.raises(RuntimeError, match="Strange"):
                await apart.give(surprise, QUESTION)
            with pytest.raises(RuntimeError, match="too much"):
                await apart.give(picky, QUESTION)

    asyncio.run(ask())


def test_a_process_that_dies_costs_its_answers_and_no_more(
    full_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits is told to ask again, and the next question starts another."""
    monkeypatch.setattr("presswatch.web.apart._BETWEEN", 0)

    async def ask() -> None:
        async with reading(full_office) as apart:
            first = apart.pid
            await killed(apart)
            assert await again(apart) != first

    asyncio.run(ask())


def test_ctrl_c_is_not_for_the_process_that_starts(full_office: Office) -> None:
    """The terminal sends it to all that run there; the service ends this one by its pipe."""

    async def ask() -> None:
        async with reading(full_office, interrupted=True) as apart:
            assert int((await apart.give(articles, QUESTION)).body.split()[1]) == apart.pid

    asyncio.run(ask())


def test_where_no_process_can_be_had_threads_go_on(
    full_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine without room for one shows its page all the same."""

    def refuse(_: object) -> None:
        raise BlockingIOError

    async def ask() -> None:
        async with reading(full_office) as apart:
            monkeypatch.setattr("presswatch.web.apart._BETWEEN", 0)
            monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refuse)
            await killed(apart)
            reply = await apart.give(articles, QUESTION)
            assert int(reply.body.split()[1]) == os.getpid() and apart.pid is None

    asyncio.run(ask())


def test_a_process_that_only_loads_is_not_waited_for(
    full_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hears of its end when it has loaded everything, and a stop has ten seconds."""
    waits: list[float | None] = []
    join = SpawnProcess.join

    def noted(process: SpawnProcess, timeout: float | None = None) -> None:
        waits.append(timeout)
        join(process, timeout)

    monkeypatch.setattr(SpawnProcess, "join", noted)

    async def ask() -> None:
        readers, trials = Readers(full_office.archive), Trials(full_office.archive)
        threads = InThreads(readers, Shelf(Books(full_office.config, {}), trials))
        apart = Apart(full_office.archive, full_office.config, {}, threads)
        await apart.give(articles, QUESTION)
        assert not apart.ready.is_set()
        await apart.close()
        await readers.close()

    asyncio.run(ask())
    assert waits == [None], "killed, and no grace before"


def test_the_process_ends_with_the_page(full_office: Office) -> None:
    async def ask() -> int:
        async with reading(full_office) as apart:
            return int((await apart.give(articles, QUESTION)).body.split()[1])

    with pytest.raises(ProcessLookupError):
        os.kill(asyncio.run(ask()), 0)


def test_what_is_done_on_the_page_is_seen_at_once(own_office: Office, hands: LentHands) -> None:
    """What stands at the head of a page is gathered every two seconds, and after each deed."""

    async def ask() -> None:
        async with browsing(own_office, hands) as client:
            before = (await client.get("/api/v1/status")).json()["attention"]
            headers = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
            assert (await client.post("/alerts/retry", headers=headers)).status_code == 303
            after = (await client.get("/api/v1/status")).json()["attention"]
            assert len(after) == len(before) - 1

    asyncio.run(ask())


def test_the_trial_of_a_rule_that_was_not_saved_is_not_the_services_work(
    own_office: Office, hands: LentHands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trial takes a core for as long as it lasts: in the service, the crawl would wait for it."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    async def ask() -> None:
        async with browsing(own_office, hands) as client:
            monkeypatch.setattr(Trials, "look", refuse)  # in this process alone
            form = {"q": "专利 OR patent*", "name": "gansu", "channel": "desk"}
            headers = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
            answer = await client.post("/rules", data=form, headers=headers)
            assert answer.status_code == 400 and "Nothing was saved" in answer.text
            assert "6 alerts" in answer.text and "to look at" in answer.text

    asyncio.run(ask())


def test_a_config_that_breaks_leaves_the_one_that_was_sound(
    own_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for a process that is started after it broke."""
    monkeypatch.setattr("presswatch.web.apart._BETWEEN", 0)

    async def ask() -> None:
        async with reading(own_office) as apart:
            own_office.config.write_text("[[rule]]\nname = 1\n")
            await killed(apart)
            pid = await again(apart)
            reply = await apart.give(articles, QUESTION)
            assert int(reply.body.split()[1]) == pid

    asyncio.run(ask())
