"""What becomes of a mail that a server refuses: to some recipients, to all, to us."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from alerts.channel import NOBODY, Outcome, Result
from alerts.mail import MailSender
from tests.alerts.sample import PAYLOAD
from tests.alerts.test_mail import NOW, TO, channel, send

if TYPE_CHECKING:
    from tests.support.smtp import MailServer


def tries(url: str, count: int, *, to: tuple[str, ...] = TO) -> list[Result]:
    """What comes of one alert, tried again by senders that know what the books do."""

    async def run() -> list[Result]:
        results: list[Result] = []
        for _ in range(count):
            known = results[-1].settled if results else NOBODY
            sender = MailSender(channel(url, to))
            results.append(await sender.send("msg_1", PAYLOAD, NOW, known))
        return results

    return asyncio.run(run())


def test_who_was_refused_is_named_and_the_others_have_it(server: MailServer) -> None:
    server.post.rcpt = {TO[0]: "550 no such mailbox"}
    result = send(server.url())

    assert result.outcome is Outcome.DELIVERED
    assert server.post.accepted[0].to == (TO[1],)
    assert result.reason == f"refused: {TO[0]}: 550 no such mailbox"
    assert result.answer.startswith("accepted for 1 of 2 recipients")


@pytest.mark.parametrize(
    ("replies", "outcome", "status"),
    [
        ({TO[0]: "550 unknown", TO[1]: "551 gone"}, Outcome.DEAD, 550),
        ({TO[0]: "550 unknown", TO[1]: "450 mailbox busy"}, Outcome.LATER, 450),
        ({TO[0]: "452 full", TO[1]: "452 full"}, Outcome.LATER, 452),
    ],
)
def test_when_all_are_refused_one_that_may_be_accepted_later_decides(
    server: MailServer, replies: dict[str, str], outcome: Outcome, status: int
) -> None:
    server.post.rcpt = replies
    result = send(server.url())

    assert (result.outcome, result.status) == (outcome, status)
    assert TO[0] in result.reason
    assert server.post.accepted == []


def test_who_is_put_off_gets_it_later_and_nobody_gets_it_twice(server: MailServer) -> None:
    """A full mailbox loses nothing, and costs the others no second copy."""
    server.post.rcpt = {TO[1]: "452 mailbox full"}
    first = asyncio.run(MailSender(channel(server.url())).send("msg_1", PAYLOAD, NOW))
    server.post.rcpt = {}
    another = MailSender(channel(server.url()))
    second = asyncio.run(another.send("msg_1", PAYLOAD, NOW, first.settled))

    assert (first.outcome, first.status, first.partly) == (Outcome.LATER, 452, True)
    assert first.reason == (f"accepted for 1 of 2 recipients; refused: {TO[1]}: 452 mailbox full")
    assert (second.outcome, second.answer) == (
        Outcome.DELIVERED, "accepted for 2 of 2 recipients",
    )  # fmt: skip
    assert [mail.to for mail in server.post.accepted] == [(TO[0],), (TO[1],)]
    assert len({mail.message["Message-ID"] for mail in server.post.accepted}) == 1
    assert {mail.message["To"] for mail in server.post.accepted} == {", ".join(TO)}


def test_who_is_refused_for_ever_is_not_asked_again(server: MailServer) -> None:
    """One has it, one never will, one later: each is told once, and all of it is in the books."""
    third = "late@firm.example"
    server.post.rcpt = {TO[1]: "550 no such mailbox", third: "451 greylisted"}
    results = tries(server.url(), 2, to=(*TO, third))

    assert [result.outcome for result in results] == [Outcome.LATER, Outcome.LATER]
    assert results[1].answer == (
        f"accepted for 1 of 3 recipients; refused: {TO[1]}: 550 no such mailbox; "
        f"{third}: 451 greylisted"
    )
    assert [mail.to for mail in server.post.accepted] == [(TO[0],)]


def test_too_many_recipients_at_once_are_told_in_turn(server: MailServer) -> None:
    """552 to a recipient means what 452 does, RFC 5321 says: no more in this mail."""
    server.post.rcpt = {TO[1]: "552 too many recipients"}
    result = send(server.url())

    assert (result.outcome, result.settled) == (Outcome.LATER, {TO[0]: ""})


def test_who_is_named_twice_gets_one_mail(server: MailServer) -> None:
    """Under two names, as lists of teams have it."""
    result = send(server.url(), to=(TO[0], f"Ma Lan <{TO[0]}>"))

    assert [mail.to for mail in server.post.accepted] == [(TO[0],)]
    assert result.answer == "accepted for 1 of 1 recipients"


def test_a_server_that_leaves_among_the_recipients_has_accepted_nobody(
    server: MailServer,
) -> None:
    """421 to the second says nothing of the first: no message was sent, so both are open."""
    server.post.rcpt = {TO[1]: "421 shutting down"}
    results = tries(server.url(), 1)

    assert (results[0].outcome, results[0].status) == (Outcome.LATER, 421)
    assert results[0].reason.startswith("no recipient accepted")
    assert server.post.accepted == []


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [("451 greylisted", Outcome.LATER), ("554 5.7.1 looks like spam", Outcome.DEAD)],
)
def test_a_message_is_refused_for_now_or_for_ever(
    server: MailServer, reply: str, outcome: Outcome
) -> None:
    server.post.data = [reply]
    result = send(server.url())

    assert result.outcome is outcome
    assert result.reason == f"refused: {reply}"
    assert result.status == int(reply[:3])


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("450 not now", Outcome.LATER),
        ("553 not your address", Outcome.LATER),
        ("530 5.7.0 log in first", Outcome.LATER),
        ("552 5.3.4 message too big", Outcome.DEAD),
    ],
)
def test_a_sender_that_is_refused_is_the_operators_to_mend(
    server: MailServer, reply: str, outcome: Outcome
) -> None:
    """It concerns every mail of the channel: dead, a wrong address would cost all of its alerts."""
    server.post.mail = reply

    assert send(server.url()).outcome is outcome


@pytest.mark.parametrize(
    "reply",
    ["554 5.7.1 Relay access denied", "530 log in first", "550 5.4.5 daily limit exceeded"],
)
def test_a_server_that_relays_nothing_for_us_refuses_no_recipient(
    server: MailServer, reply: str
) -> None:
    """The same for all of them, and gone when somebody has mended it or the day is over."""
    server.post.rcpt = dict.fromkeys(TO, reply)
    result = send(server.url())

    assert (result.outcome, result.settled) == (Outcome.LATER, {})
    assert "no recipient accepted" in result.reason


def test_one_whose_own_server_refuses_us_by_policy_is_told_of_and_no_more(
    server: MailServer,
) -> None:
    server.post.rcpt = {TO[1]: "550 5.7.1 not from you"}

    assert send(server.url()).outcome is Outcome.DELIVERED
