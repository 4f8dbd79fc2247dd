"""What the tests of matching and delivery share: a clock, articles, rules, a fake receiver."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alerts import match, outbox
from alerts.channel import NOBODY, Outcome, Result, WebhookChannel
from alerts.rule import Rule
from archive.article import Incoming, Raw
from archive.query import parse
from archive.store import Archive, file_article

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from pathlib import Path

    import pytest
    from sqlite_utils import Database

    from alerts.channel import Channel, Sender
    from archive.article import Filed

START = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)

PATENT = "patent reform"
TEXT = "The council has passed the patent reform. It begins in May."
LONGER = f"{TEXT} Filing fees will fall by half, says the bureau in Lanzhou."


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class Press:
    """An archive, and articles that come into it."""

    def __init__(self, path: Path) -> None:
        self.archive = Archive.open(path)
        self.clock = Clock()

    async def publish(
        self,
        url: str,
        text: str,
        *,
        title: str = "Title",
        source: str = "Daily",
        quiet: bool = False,
        published: datetime | None = START,
    ) -> Filed:
        """File an article, or another text of it."""
        now = self.clock()
        raw = Raw(url=url, status=200, headers=(), body=text.encode(), fetched_at=now)
        incoming = Incoming(
            source=source,
            url=f"https://{source.lower()}.example/{url}",
            title=title,
            text=text,
            published=published,
            quiet=quiet,
            raw=raw,
        )
        return await self.archive.write(lambda db: file_article(db, incoming, now))

    async def match(self, *rules: Rule) -> list[dict[str, Any]]:
        """Match all that is new; the alerts that this queued."""
        before = {row["id"] for row in await self.rows("alert")}
        while await match.match_pending(self.archive, match.build(rules), self.clock()):
            pass
        return [row for row in await self.rows("alert") if row["id"] not in before]

    async def rows(self, table: str) -> list[dict[str, Any]]:
        order = {"cursor": "name", "channel": "name", "recipient": "who"}.get(table, "rowid")
        sql = f"SELECT * FROM {table} ORDER BY {order}"
        return await self.archive.read(lambda db: list(db.query(sql)))


def rule(
    query: str,
    *channels: str,
    name: str = "rule",
    on: str = "story",
    sources: tuple[str, ...] = ("*",),
    urgent: bool = False,
) -> Rule:
    return Rule(
        name=name, query=parse(query), channels=channels or ("desk",), on=on, sources=sources,
        urgent=urgent,
    )  # fmt: skip


def about(alerts: Iterable[dict[str, Any]]) -> list[int]:
    """The articles of these alerts."""
    return [json.loads(alert["payload"])["article"]["id"] for alert in alerts]


def power_cut(monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    """Queueing an alert fails at the `call`-th call, counted from 0, and works again after it."""
    real, calls = outbox.queue, itertools.count()

    def breaks(db: Database, alert: str, **values: Any) -> None:
        if next(calls) == call:
            message = "power cut"
            raise OSError(message)
        real(db, alert, **values)

    monkeypatch.setattr(outbox, "queue", breaks)


def channels(*names: str) -> list[WebhookChannel]:
    """Channels of which only the names matter."""
    return [
        WebhookChannel(name=name, url="http://unused.example", secrets=("s",)) for name in names
    ]


DELIVERED = Result(outcome=Outcome.DELIVERED, status=204)


class FakeReceiver:
    """Stands where webhooks and mail stand: notes every try, answers as it is told."""

    def __init__(self) -> None:
        self.tries: list[tuple[str, str]] = []  # (channel, alert)
        self.times: list[datetime] = []
        self.settled: list[dict[str, str]] = []  # of each try: who was to be left out
        self.bodies: dict[str, set[str]] = defaultdict(set)  # by alert
        self.accepted: list[str] = []
        self.answers: dict[str, list[Result]] = defaultdict(list)  # by channel, used up
        self.before: dict[str, Callable[[str], Awaitable[None]]] = {}  # by channel; may wait
        self.closed = 0

    def sender(self, channel: Channel) -> Sender:
        return _FakeSender(self, channel.name)


class _FakeSender:
    def __init__(self, receiver: FakeReceiver, channel: str) -> None:
        self._receiver = receiver
        self._channel = channel

    async def send(
        self, alert: str, body: str, now: datetime, settled: Mapping[str, str] = NOBODY
    ) -> Result:
        receiver = self._receiver
        receiver.settled.append(dict(settled))
        receiver.tries.append((self._channel, alert))
        receiver.times.append(now)
        receiver.bodies[alert].add(body)
        if self._channel in receiver.before:
            await receiver.before[self._channel](alert)
        answers = receiver.answers[self._channel]
        result = answers.pop(0) if answers else DELIVERED
        if result.outcome is Outcome.DELIVERED:
            receiver.accepted.append(alert)
        return result

    async def test(self, now: datetime) -> Result:
        return DELIVERED

    async def close(self) -> None:
        self._receiver.closed += 1


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop run until it holds; fails after 5 s."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110  # what it waits for has no event
            await asyncio.sleep(0.001)
