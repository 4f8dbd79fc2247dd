"""A desk in the middle of its work: the sample press archived over days, alerts sent and stuck.

Everything is made by the code that makes it in the service: filed, matched, queued, settled.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from alerts import outbox
from alerts.channel import Outcome, Result
from alerts.match import build, match_pending
from alerts.retry import Verdict
from archive.article import Evidence, Incoming, Raw
from archive.connection import open_for_writing
from archive.heartbeat import beat
from archive.store import Archive, file_article
from archive.transaction import transaction
from crawler import ledger
from crawler.health import Finding, Kind, troubles
from crawler.source import Page, PageReport, PollReport, Source
from presswatch.config.load import rulebook
from presswatch.demo.press import EMBEDDED, load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from sqlite_utils import Database

    from archive.article import Filed
    from presswatch.demo.press import Article, Text

T = TypeVar("T")

SITES = {
    "silkroad-review": ("https://www.silkroad-review.example/rss.xml", "feed"),
    "longshang": ("https://www.longshang.example/news/", "listing"),
    "hexi-times": ("https://hexi-times.example/sitemap.xml", "sitemap"),
    "xibu-digest": ("https://xibu.example/atom.xml", "feed"),
    "jiayu-office": ("https://jiayu.example/notices/subsidies.html", "watch"),
    "quiet-gazette": ("https://gazette.example/feed", "feed"),
}
CONFIG = """[service]
timezone = "Asia/Shanghai"
[archive]
path = "presswatch.db"
[fetch]
contact = "mailto:desk@example.org"
allow_networks = ["127.0.0.0/8"]
"""
CHANNELS = """
[[channel]]
name = "desk"
type = "webhook"
url = "http://127.0.0.1:9/hook"
secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"

[[channel]]
name = "bot"
type = "webhook"
url = "http://127.0.0.1:9/bot"
secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
"""
RULES = {
    "gansu": ("知识产权 AND 甘肃", "desk"),
    "shenzhen": ("(Shenzhen OR 深圳) AND (patent* OR 专利)", "desk"),
    "cnipa": ("CNIPA OR 国家知识产权局", "bot"),
    "corrections": ('"correction" AND subsid*', "desk"),
}


class Office:
    """A folder with config.toml and the archive; `now` is when everything was made."""

    def __init__(self, folder: Path, web: str = "") -> None:
        self.config = folder / "config.toml"
        self.archive = folder / "presswatch.db"
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.config.write_text(_config(web), encoding="utf-8")

    def fill(self) -> Office:
        """The whole of the sample press, its alerts, its polls and its troubles."""
        for article in sorted(load(EMBEDDED).articles.values(), key=lambda a: -a.age):
            self._publish(article)
        self.write(self.poll_sources)
        self.beat()
        self.deliver()
        return self

    def _publish(self, article: Article) -> None:
        seen = self.now - article.age / 3
        self.file(article.site, article.path, article.text, seen)
        self.match(seen + timedelta(seconds=2))
        if article.corrected is not None:
            later = seen + timedelta(minutes=40)
            self.file(article.site, article.path, article.corrected, later, published=seen)
            self.match(later + timedelta(seconds=2))

    def file(
        self, site: str, path: str, text: Text, seen: datetime, **changes: Any
    ) -> Filed | None:
        """Archive a text as a poll would; a page without paragraphs is dropped."""
        if not text.paragraphs:
            return None
        url = f"https://www.{site}.example/{path.replace('%', '').lstrip('/')}"
        body = f"<title>{text.title}</title>".encode() + b"".join(
            f"<p>{part}</p>".encode() for part in text.paragraphs
        )
        header = (("Content-Type", "text/html; charset=utf-8"),)
        published = seen - timedelta(minutes=20)
        values: dict[str, Any] = {
            "language": "zh" if any("\u4e00" <= c <= "\u9fff" for c in text.title) else "en",
            "published": published,
            "evidence": (
                Evidence(field="title", value=text.title, where="h1", chosen=True),
                Evidence(
                    field="published", value=published.isoformat(), where="meta date", chosen=True
                ),
            ),
        }
        if site == "longshang":
            values["evidence"] += (
                Evidence(field="published", value="2026-01-02", where="url"),
                Evidence(field="doubt", value="URL says 2026-01-02", where="url"),
            )
        incoming = Incoming(
            source=site, url=url, title=text.title, text="\n".join(text.paragraphs),
            raw=Raw(url=url, status=200, headers=header, body=body, fetched_at=seen),
            **(values | changes),
        )  # fmt: skip
        return self.write(lambda db: file_article(db, incoming, seen))

    def match(self, now: datetime | None = None) -> None:
        """Let the rules of the config look at what is new."""
        matcher = build(rulebook(self.config, {}).rules)

        async def job(archive: Archive) -> None:
            while await match_pending(archive, matcher, now or self.now):
                pass

        self._with(job)

    def deliver(self) -> None:
        """The desk gets its alerts; the bot refuses the first of its own for good."""
        self.write(lambda db: _settle_all(db, "desk", Outcome.DELIVERED, self.now))
        self.write(lambda db: _settle_all(db, "bot", Outcome.DEAD, self.now, most=1))

    def poll_sources(self, db: Database) -> None:
        """Twelve polls of each source; one of them in trouble, one silent."""
        for name, (url, kind) in SITES.items():
            source = Source(name=name, url=url, kind=kind)
            for number in range(12, 0, -1):
                failed = name == "xibu-digest" and number <= 4
                at = self.now - timedelta(minutes=17 * number + len(name))
                _poll(db, source, at, number=number, failed=failed)
        since = self.now - timedelta(hours=2)
        failing = Finding(kind=Kind.FAILING, since=since, seen=4, note="HTTP 503 from xibu.example")
        silent = Finding(kind=Kind.SILENCE, since=since - timedelta(days=2), expected=9.4, seen=2.1)
        troubles.begin(db, "xibu-digest", failing, now=self.now, told=self.now)
        troubles.begin(db, "quiet-gazette", silent, now=self.now, told=self.now)

    def beat(self) -> None:
        """Let a service give a sign of life now."""
        started, now = self.now - timedelta(days=3), datetime.now(UTC)
        with open_for_writing(self.archive) as db, transaction(db):  # a browser may hold the loop
            beat(db, pid=1, started=started, now=now, version="0.1.0")

    def write(self, job: Callable[[Database], T]) -> T:
        async def inside(archive: Archive) -> T:
            return await archive.write(job)

        return self._with(inside)

    def _with(self, job: Callable[[Archive], Awaitable[T]]) -> T:
        async def run() -> T:
            archive = Archive.open(self.archive)
            try:
                return await job(archive)
            finally:
                await asyncio.to_thread(archive.close)

        return asyncio.run(run())


def _config(web: str) -> str:
    blocks = [CONFIG, f"[web]\n{web}\n", CHANNELS]
    for name, (url, kind) in SITES.items():
        blocks.append(f'[[source]]\nname = "{name}"\nurl = "{url}"\nkind = "{kind}"\n')
    for name, (query, channel) in RULES.items():
        blocks.append(f'[[rule]]\nname = "{name}"\nquery = \'{query}\'\nchannels = ["{channel}"]\n')
    return "\n".join(blocks)


def _settle_all(
    db: Database, channel: str, outcome: Outcome, now: datetime, most: int = 100
) -> None:
    state = "dead" if outcome is Outcome.DEAD else "delivered"
    reason = "410 Gone: the address is not in use any more" if state == "dead" else ""
    status = 410 if state == "dead" else 204
    for claimed in _claims(db, channel, now, most):
        result = Result(outcome=outcome, status=status, reason=reason)
        verdict = Verdict(state=state, due=None, attempts=1, reason=reason)
        outbox.settle(db, claimed, result, verdict, at=now - timedelta(milliseconds=180), now=now)


def _claims(db: Database, channel: str, now: datetime, most: int) -> Iterator[outbox.Claim]:
    for _ in range(most):
        lease = timedelta(minutes=1)
        claimed = outbox.claim(db, channel, owner="office", now=now, lease=lease)
        if claimed is None:
            return
        yield claimed


def _poll(db: Database, source: Source, at: datetime, *, number: int, failed: bool) -> None:
    found = [
        Page(source=source.name, url=f"{source.url}#{number}-{day}", found=at, poll="")
        for day in range((len(source.name) * number) % 17)
    ]
    for day, page in enumerate(found):
        ledger.note_links(db, source, [page], now=at - timedelta(days=day * 1.7))
    until = at + timedelta(minutes=10)
    lease = ledger.lease(db, source, owner="office", now=at, until=until)
    pages = tuple(
        PageReport(
            url=f"{source.url}#{number}-{page}", fate="filed", reason="", outcome="new",
            title="T", length=900, dated=True,
        )
        for page in range(0 if failed or source.kind == "watch" else number % 4)
    )  # fmt: skip
    report = PollReport(
        id=f"{source.name}-{number}",
        source=source.name,
        started=at,
        took=timedelta(milliseconds=640 + 31 * number),
        outcome="failed" if failed else "ok",
        reason="HTTP 503 from xibu.example" if failed else "",
        error="HttpError" if failed else "",
        found=0 if failed else 20,
        pages=pages,
        requests=1 + len(pages),
    )
    ledger.settle(db, report, lease, next_poll=at + timedelta(minutes=45))
