"""Looking at filed pages again: what is unchanged costs a mark, what has changed is a revision.

    304, or the bytes that are here ─▶ a mark              404, 410 ─▶ the article is withdrawn
    another text or title           ─▶ a revision          no answer, any other ─▶ next time
    another article                 ─▶ a mark

Which visit is next says `crawler.engine.revisits`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from archive.article import Outcome
from archive.lookup import known, newest_raw_sha256, url_of
from archive.withdrawal import restore, withdraw
from crawler import ledger
from crawler.engine.revisits import moved_only, next_look
from crawler.errors import BadStatus
from crawler.fetch.request import validators_of
from crawler.intake.habits import file_clean
from crawler.source import Fate, PageReport

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from scrapy.http import Response
    from sqlite_utils import Database

    from archive.article import Filed, Incoming
    from archive.store import Archive
    from crawler.errors import CrawlError
    from crawler.source import Page, Validators

log = structlog.get_logger()

_GONE = frozenset({404, 410})
_BACK = "the page is back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refiled:
    """What came of a page that was read again: `report` None where nothing did."""

    filed: Filed | None
    report: PageReport | None


class Again:
    """The archive's side of looking at filed pages again."""

    def __init__(self, archive: Archive, clock: Callable[[], datetime]) -> None:
        self._archive = archive
        self._clock = clock

    async def is_same(self, page: Page, response: Response) -> bool:
        """Whether the server says so, or its bytes are those that the newest text was read from."""
        if response.status == 304:
            return True
        article = _article(page)
        kept = await self._archive.read(lambda db: newest_raw_sha256(db, article))
        return kept == hashlib.sha256(response.body).hexdigest()

    async def unchanged(
        self, page: Page, response: Response, schedule: tuple[timedelta, ...]
    ) -> PageReport | None:
        """Mark that the page was looked at; a report only where it had been withdrawn."""
        answered = validators_of(response)
        if response.status == 304:  # which need not repeat them
            known_before = page.validators
            answered = replace(
                answered,
                etag=answered.etag or known_before.etag,
                last_modified=answered.last_modified or known_before.last_modified,
            )
        now = self._clock()

        def job(db: Database) -> bool:
            self._looked(db, page, now, answered, schedule)
            return restore(db, _article(page))

        # Undone by a power failure, it would be done again by the next look.
        return _told_back(page) if await self._archive.write(job, durable=False) else None

    async def refile(
        self,
        page: Page,
        offered: Incoming,
        answered: Validators,
        schedule: tuple[timedelta, ...],
        *,
        quiet: bool = False,
    ) -> Refiled:
        """File what the page says now, if it is still this article; `quiet` where it is no news."""
        now = self._clock()

        def job(db: Database) -> tuple[Filed | None, bool]:
            self._looked(db, page, now, answered, schedule)
            ours = _as_before(db, page, offered)
            if ours is None:
                return None, False
            # What changes on an article from a source's backlog is news, as on a watched page.
            return file_clean(db, replace(ours, quiet=quiet), now), restore(db, _article(page))

        filed, back = await self._archive.write(job)
        if filed is not None and filed.outcome is not Outcome.SAME:
            return Refiled(filed=filed, report=_revised(page, offered, filed))
        if filed is None:
            log.info("page.elsewhere", source=page.source, url=page.url, now=offered.url)
        return Refiled(filed=filed, report=_told_back(page) if back else None)

    async def missed(
        self, page: Page, error: CrawlError, schedule: tuple[timedelta, ...]
    ) -> PageReport | None:
        """The page did not come. Only 404 and 410 say something about the article."""
        now, article = self._clock(), _article(page)
        gone = isinstance(error, BadStatus) and error.status in _GONE

        def job(db: Database) -> bool:
            look = next_look(page.settled or now, now, schedule, seen=False)
            ledger.looked(db, page.source, page.url, now=now, validators=None, look=look)
            return gone and withdraw(db, article, now)

        if await self._archive.write(job):
            log.info(
                "article.withdrawn", source=page.source, article=article, url=page.url,
                reason=error.cause,
            )  # fmt: skip
            return _report(page, "withdrawn", f"withdrawn: the page answered {error.cause}")
        if not gone:
            log.debug("page.not_seen_again", source=page.source, url=page.url, reason=str(error))
        return None

    def _looked(
        self,
        db: Database,
        page: Page,
        now: datetime,
        answered: Validators,
        schedule: tuple[timedelta, ...],
    ) -> None:
        look = next_look(page.settled or now, now, schedule)
        ledger.looked(db, page.source, page.url, now=now, validators=answered, look=look)


def _as_before(db: Database, page: Page, offered: Incoming) -> Incoming | None:
    """As a text of the article that the page was; None where the page is another article now."""
    article = _article(page)
    if known(db, (offered.url,)).get(offered.url) == article:
        return offered
    own = url_of(db, article)
    if own is None or not moved_only(own, offered.url):
        return None
    aliases = {*offered.aliases, offered.url} - {own}
    return replace(offered, url=own, aliases=tuple(sorted(aliases)))


def _article(page: Page) -> int:
    assert page.article is not None, "only filed pages are looked at again"
    return page.article


def _revised(page: Page, offered: Incoming, filed: Filed) -> PageReport:
    report = _report(page, str(filed.outcome), filed.reason)
    return replace(report, title=offered.title)


def _told_back(page: Page) -> PageReport:
    log.info("article.restored", source=page.source, article=page.article, url=page.url)
    return _report(page, "restored", _BACK)


def _report(page: Page, outcome: str, reason: str) -> PageReport:
    return PageReport(
        url=page.url, fate=Fate.FILED, reason=reason, outcome=outcome, article=page.article,
        title=page.title,
    )  # fmt: skip
