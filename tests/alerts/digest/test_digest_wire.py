"""Digest, summary and quiet hours end to end: a real receiver, a real SMTP server."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alerts import digest
from alerts.channel import MailChannel, WebhookChannel
from alerts.deliver import Deliverer
from alerts.digest import Facts, Trouble
from alerts.history import verify
from tests.alerts.planned import plan
from tests.alerts.schemas import refused
from tests.alerts.work import queue
from tests.support.receiver import SECRET, Receiver
from tests.support.site import Answer
from tests.support.smtp import MailServer

if TYPE_CHECKING:
    from sqlite_utils import Database

    from alerts.channel import Channel
    from alerts.digest.plan import Plan
    from tests.alerts.press import Press


def both(receiver: Receiver, server: MailServer, plan: Plan) -> list[Channel]:
    return [
        WebhookChannel(name="desk", url=receiver.hook, secrets=(SECRET,), plan=plan),
        MailChannel(
            name="mail", to=("law@firm.example",), sender="w@firm.example", smtp=server.url(),
            plan=plan,
        ),
    ]  # fmt: skip


def facts(_: Database, now: datetime) -> Facts:
    """One source of forty-two is silent since Tuesday, if today is no Tuesday."""
    back = timedelta(days=(now.weekday() - 1) % 7)
    silent = Trouble(source="cnipa-notices", kind="silence", words="silent", since=now - back)
    return Facts(total=42, healthy=41, troubles=(silent,))


def test_a_digest_arrives_signed_and_by_mail_once(press: Press) -> None:
    """The receiver refuses it first: the same bytes come again, under the same id."""

    async def go(receiver: Receiver, server: MailServer) -> None:
        receiver.answers.append(Answer(b"not now", 503, "text/plain"))
        clock = press.clock
        now = datetime.now(UTC)  # when it is sent: receivers refuse what is signed at other times
        clock.now = now.replace(minute=0) - timedelta(minutes=30)
        channels = both(receiver, server, plan(digest=now.hour))
        sending = Deliverer(press.archive, channels, clock=clock, facts=facts)
        alerts = await queue(press, "desk", "mail", count=3)
        await sending.drain()
        assert (receiver.received, server.post.accepted) == ([], [])
        clock.now = now
        await sending.drain()
        clock.move(seconds=6)
        await sending.drain()

        first, again = receiver.received
        assert again.valid
        assert (first.id, first.request.body) == (again.id, again.request.body)
        data = json.loads(again.request.body)
        assert refused(data) == []
        (mail,) = server.post.accepted
        text = mail.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "3 stories for 1 rule" in mail.message["Subject"]
        assert "41 of 42 sources healthy; cnipa-notices silent" in text
        assert "41 of 42 sources healthy" in data["sources"]["text"]
        assert len(set(digest.ids(data)) & set(alerts)) == 3
        assert await press.archive.read(lambda db: list(verify.problems(db))) == []

    with Receiver() as receiver, MailServer() as server:
        asyncio.run(go(receiver, server))


def test_beyond_the_throttle_a_summary_arrives_signed_and_by_mail(press: Press) -> None:
    async def go(receiver: Receiver, server: MailServer) -> None:
        clock = press.clock
        clock.now = datetime.now(UTC) - timedelta(hours=1)
        sending = Deliverer(
            press.archive, both(receiver, server, plan(throttle="2/h")), clock=clock
        )
        await queue(press, "desk", "mail", count=5)
        await sending.drain()
        assert [len(receiver.accepted()), len(server.post.accepted)] == [2, 2]
        clock.move(hours=1)
        await sending.drain()

        *_, last = receiver.accepted()
        assert last.valid
        assert (last.payload["kind"], last.payload["alerts"]) == ("summary", 3)
        assert refused(last.payload) == []
        subject = server.post.accepted[-1].message["Subject"]
        assert subject.endswith("3 more alerts for 1 rule")
        assert [len(receiver.accepted()), len(server.post.accepted)] == [3, 3]

    with Receiver() as receiver, MailServer() as server:
        asyncio.run(go(receiver, server))


def test_what_comes_in_quiet_hours_arrives_when_they_end(press: Press) -> None:
    async def go(receiver: Receiver, server: MailServer) -> None:
        clock = press.clock
        now = datetime.now(UTC)
        clock.now = now - timedelta(hours=2)
        quiet = plan(quiet=f"{now - timedelta(hours=3):%H:%M}-{now:%H:%M}")
        sending = Deliverer(press.archive, both(receiver, server, quiet), clock=clock)
        alerts = await queue(press, "desk", "mail", count=2)
        await sending.drain()
        assert (receiver.received, server.post.accepted) == ([], [])
        clock.now = now
        await sending.drain()

        assert [each.id for each in receiver.accepted() if each.valid] == alerts[::2]
        assert len(server.post.accepted) == 2

    with Receiver() as receiver, MailServer() as server:
        asyncio.run(go(receiver, server))
