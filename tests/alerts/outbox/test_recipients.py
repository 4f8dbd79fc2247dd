"""outbox.recipients: of several recipients each gets an alert once, whoever dies in between."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import outbox
from alerts.channel import MailChannel, Outcome
from alerts.deliver import Deliverer, sender_for
from alerts.mail import _Recipients
from alerts.outbox import prune
from archive.store import Archive
from tests.alerts.fuses import FusedSender
from tests.alerts.press import Press, rule
from tests.alerts.test_kill_steps import PROCESSES, Fuse, FusedArchive
from tests.support.smtp import MailServer

if TYPE_CHECKING:
    from pathlib import Path

    from sqlite_utils import Database

    from alerts.channel import Channel, Sender

ANA, FULL, NONE = TO = ("ana@firm.example", "full@firm.example", "none@firm.example")
LATER = "452 mailbox full"
NEVER = "550 no such mailbox"


def desk(url: str) -> MailChannel:
    return MailChannel(name="desk", to=TO, sender="watch@firm.example", smtp=url)


async def life(press: Press, server: MailServer) -> int:
    """One process: a deliverer that knows what the archive knows; how many it delivered."""
    channel = desk(server.url())
    return await Deliverer(press.archive, [channel], clock=press.clock, rng=Random(1)).drain()


async def alert(press: Press) -> str:
    await press.publish("1", "Patent reform.")
    (queued,) = await press.match(rule("patent"))
    return str(queued["id"])


def got(server: MailServer) -> Counter[str]:
    return Counter(to for mail in server.post.accepted for to in mail.to)


def test_a_restart_between_two_tries_sends_nobody_a_second_copy(
    press: Press, server: MailServer
) -> None:
    """What a process knew of its recipients, the next one knows; then nothing of it is left."""
    server.post.rcpt = {FULL: LATER, NONE: NEVER}

    async def go() -> None:
        await alert(press)
        assert await life(press, server) == 0
        rows = [(row["who"], row["refusal"]) for row in await press.rows("recipient")]
        assert rows == [(ANA, ""), (NONE, NEVER)]

        press.clock.move(seconds=6)
        assert await life(press, server) == 0
        server.post.rcpt = {NONE: NEVER}
        press.clock.move(minutes=2)
        assert await life(press, server) == 1
        assert got(server) == {ANA: 1, FULL: 1}
        assert await press.rows("recipient") == []

    asyncio.run(go())


def test_who_sends_a_dead_letter_again_asks_the_refused_and_spares_the_others(
    press: Press, server: MailServer
) -> None:
    """The mailbox that was unknown may exist by now; who has the mail has it."""
    server.post.rcpt = {FULL: LATER, NONE: NEVER}

    async def go() -> None:
        key = await alert(press)
        for _ in range(11):  # the whole schedule
            await life(press, server)
            press.clock.move(days=2)
        assert [row["state"] for row in await press.rows("alert")] == ["dead"]
        server.post.rcpt = {}
        await press.archive.write(lambda db: outbox.retry(db, key, press.clock()))
        assert await life(press, server) == 1
        assert got(server) == dict.fromkeys(TO, 1)

    asyncio.run(go())


def test_what_is_let_go_of_leaves_no_recipients(press: Press, server: MailServer) -> None:
    """The ledger does not grow for ever."""
    server.post.rcpt = {FULL: LATER}

    async def go() -> None:
        await alert(press)
        for _ in range(11):
            await life(press, server)
            press.clock.move(days=2)
        assert len(await press.rows("recipient")) == 2
        press.clock.move(days=366)
        before = press.clock() - timedelta(days=365)
        assert await press.archive.write(lambda db: prune.forget(db, before)) == 1
        assert await press.rows("recipient") == []

    asyncio.run(go())


def test_a_claim_that_was_lost_still_says_who_has_it(press: Press, server: MailServer) -> None:
    """A try that outlived its lease did reach somebody; whoever tries next leaves them out."""
    server.post.rcpt = {FULL: LATER}

    def rob(db: Database) -> None:
        db.execute("UPDATE alert SET claimed_by = 'another'")

    class Robbed:
        def __init__(self, real: Sender) -> None:
            self._real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

        async def send(self, *told: Any) -> Any:
            await press.archive.write(rob)
            return await self._real.send(*told)

    async def go() -> None:
        await alert(press)
        robbed: Any = lambda channel: Robbed(sender_for(channel))  # noqa: E731
        channel = desk(server.url())
        await Deliverer(press.archive, [channel], clock=press.clock, senders=robbed).drain()
        assert {row["who"] for row in await press.rows("recipient")} == {ANA, NONE}

    asyncio.run(go())


# ------------------------------------------------------------------ kill -9 at every step


def live(path: Path, url: str, fuse: Fuse, now: datetime) -> None:
    """One life of a process: deliver what is due."""

    def fused(channel: Channel) -> Sender:
        return FusedSender(sender_for(channel), fuse)

    async def go() -> None:
        archive = Archive.open(path)
        mortal: Any = FusedArchive(archive, fuse)
        channel = desk(url)
        await Deliverer(mortal, [channel], clock=lambda: now, senders=fused).drain()
        archive.close()

    asyncio.run(go())


def in_a_process(path: Path, url: str, fuse: Fuse, now: datetime) -> None:
    process = PROCESSES.Process(target=live, args=(path, url, fuse, now))
    process.start()
    process.join(120)
    assert process.exitcode in {0, -signal.SIGKILL}


def put_off(path: Path) -> datetime:
    """An archive with an alert that one recipient has and another has not; when that was."""

    async def go() -> datetime:
        press = Press(path)
        press.clock.now = datetime.now(UTC)
        await alert(press)
        with MailServer() as server:
            server.post.rcpt = {FULL: LATER, NONE: NEVER}
            assert await life(press, server) == 0
            assert got(server) == {ANA: 1}
        press.archive.close()
        return press.clock()

    return asyncio.run(go())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_kill_9_repeats_a_mail_only_between_the_word_of_the_server_and_the_commit(
    tmp_path: Path,
) -> None:
    """And then to those of that try alone: who was told before it is never asked again."""
    first = tmp_path / "first.db"
    now = put_off(first)
    times: dict[tuple[int, str], Counter[str]] = {}
    for step in range(1, 6):  # the claim, the mail, the books, what is given back
        for where in ("before", "inside", "after"):
            path = first.with_name(f"{step}-{where}.db")
            shutil.copy(first, path)
            times[step, where] = _killed(path, Fuse(step, where), now + timedelta(seconds=10))

    repeated = {place for place, counts in times.items() if counts == {FULL: 2}}
    assert repeated == {(2, "after"), (3, "before"), (3, "inside")}
    assert all(counts == {FULL: 1} for place, counts in times.items() if place not in repeated)


def _killed(path: Path, fuse: Fuse, now: datetime) -> Counter[str]:
    """How often who got the mail, from a process that is killed and one that goes on."""
    with MailServer() as server:
        server.post.rcpt = {NONE: NEVER}
        in_a_process(path, server.url(), fuse, now)
        live(path, server.url(), Fuse(-1, ""), now + timedelta(minutes=2))
        return got(server)


# ------------------------------------------------------------------ the decision alone

REPLIES = st.sampled_from([(250, b"ok"), (451, b"later"), (552, b"too many"), (550, b"never")])


@settings(max_examples=200)
@given(st.lists(st.lists(REPLIES, min_size=3, max_size=3), max_size=6))
def test_whatever_a_server_says_nobody_has_a_mail_twice_and_none_is_forgotten(
    rounds: list[list[tuple[int, bytes]]],
) -> None:
    """Each round is a process of its own, that knows the results of those before it."""
    known: dict[str, str] = {}
    times: Counter[str] = Counter()
    for replies in [*rounds, [(250, b"ok")] * 3]:
        recipients = _Recipients(TO, known)
        said = dict(zip(TO, replies, strict=True))
        asked = recipients.open
        refused = {who: said[who] for who in asked if said[who][0] != 250}
        times.update(set(asked) - refused.keys())
        result = recipients.judge(refused)
        if result.outcome is not Outcome.LATER:
            break
        known = dict(result.settled)

    never = {who for who in TO if known.get(who)}
    assert set(times.values()) <= {1}
    assert result.outcome is (Outcome.DELIVERED if times else Outcome.DEAD)
    if result.outcome is Outcome.DELIVERED and not refused:
        assert times.keys() == set(TO) - never
