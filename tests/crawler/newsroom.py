"""A source on a real site, polled through the real transport, spiders and archive."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from archive.store import Archive, find_article
from crawler.engine import Engine
from crawler.extract import Extracted, extract
from crawler.fetch.transport import Transport
from crawler.settings import FetchOptions
from crawler.source import PollReport, Source
from spiders.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from archive.article import Article
    from crawler.extract import Page as HtmlPage
    from crawler.extract.lanes import Extracts
    from tests.support.site import Site

OPTIONS = FetchOptions(
    delay=timedelta(0),
    allow_networks=("127.0.0.0/8",),
    timeout=timedelta(seconds=5),
    poll_limit=timedelta(seconds=20),
)
TEXT = (
    "The provincial office published new rules on patent examination this week. "
    "Applicants in Lanzhou will be heard within thirty days, an official said. "
    "The rules enter into force on the first day of the coming month. "
)


_WORDS = (
    "council harbour tariff vineyard bridge orchestra reservoir ferry museum railway bakery "
    "glacier parliament laboratory village carpenter election theatre lighthouse factory garden "
    "telescope archive peninsula merchant festival hospital engineer quarry senate orchard"
).split()


def prose(name: str, sentences: int = 12) -> str:
    """A text that belongs to this name and resembles no other."""
    chance = random.Random(name)
    return " ".join(
        " ".join(chance.choices(_WORDS, k=9)).capitalize() + "." for _ in range(sentences)
    )


class InProcess:
    """Extraction without the pool: the seam that the engine knows."""

    async def extract(self, page: HtmlPage) -> Extracted:
        return extract(page)


class Newsroom:
    """A source on a real site, polled by a real engine."""

    def __init__(self, site: Site, path: Path) -> None:
        self.site = site
        self.path = path
        self.source = Source(name="s", url=site.url("/feed.xml"), kind="feed")
        self.filed = 0
        self.workers: Extracts = InProcess()
        self.now: datetime | None = None  # None: the real time

    def clock(self) -> datetime:
        return self.now or datetime.now(UTC)

    def article(self, name: str, text: str = "", status: int = 200, *, etag: bool = False) -> str:
        text = text or prose(name)
        head = f"<title>{name} news</title>"
        body = f"<article><h1>{name} news</h1><p>{name}. {text}</p><p>{text}</p></article>"
        return self.site.page(
            f"/{name}.html", f"<html><head>{head}</head><body>{body}</body></html>", status=status,
            etag=etag,
        )  # fmt: skip

    def feed(
        self,
        *names: str,
        etag: bool = False,
        base: str = "",
        content: str = "",
        tag: str = "content:encoded",
    ) -> None:
        """List these; `content` is what the feed itself says of each, in an element `tag`."""
        now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
        ns = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        full = f"<{tag}><![CDATA[{content}]]></{tag}>" if content else ""
        items = "".join(
            f"<item><title>{name}</title><link>{base or self.site.url('')}/{name}.html</link>"
            f"<pubDate>{now}</pubDate>{full}</item>"
            for name in names
        )
        xml = f'<?xml version="1.0"?><rss version="2.0" {ns}><channel><title>n</title>{items}'
        self.site.page(
            "/feed.xml", xml + "</channel></rss>", content_type="application/xml", etag=etag
        )

    def run(self, job: Callable[[Engine, Archive], Awaitable[None]]) -> None:
        self.run_with(OPTIONS, job)

    def run_with(
        self, options: FetchOptions, job: Callable[[Engine, Archive], Awaitable[None]]
    ) -> None:
        async def main() -> None:
            archive = Archive.open(self.path)
            transport = Transport(options)
            await transport.start()
            engine = Engine(
                transport, self.workers, archive, KINDS, options, plan=plan,
                on_filed=self._count, clock=self.clock,
            )  # fmt: skip
            try:
                async with asyncio.timeout(60):
                    await job(engine, archive)
            finally:
                await transport.stop()
                archive.close()

        asyncio.run(main())

    def _count(self) -> None:
        self.filed += 1

    def polls(self, times: int = 1) -> list[PollReport]:
        reports: list[PollReport] = []

        async def job(engine: Engine, _: Archive) -> None:
            while len(reports) < times:
                reports.append(await engine.poll(self.source, owner="test"))

        self.run(job)
        return reports


def plan(
    source: Source, *, failures: int, started: datetime, not_before: datetime | None
) -> datetime:
    return not_before or started + source.every * (failures + 1)


def article(archive: Archive, url: str) -> Awaitable[Article | None]:
    return archive.read(lambda db: find_article(db, url))


def fates(report: PollReport) -> dict[str, str]:
    return {page.url.rsplit("/", 1)[1]: page.outcome or page.fate for page in report.pages}
