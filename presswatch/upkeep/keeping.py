"""Retention: what the config keeps for a time only is let go of, a little at a time.

What has become free in the file by that is given back to the disk, but for a reserve.

Each turn is one small transaction of each kind, so that nobody waits for it; a backlog of years
goes in many turns, and afterwards there is a look an hour.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from alerts.outbox import prune
from archive import retention
from archive.sizes import shrink
from crawler import ledger

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from archive.store import Archive
    from presswatch.config.records import ArchiveOptions

log = structlog.get_logger()

#: To the next turn while there is more to let go of, and when there is not.
SOON, LATER = timedelta(seconds=0.25), timedelta(hours=1)


class Retention:
    """Call `turn` again and again; it says when."""

    def __init__(self, archive: Archive, options: ArchiveOptions) -> None:
        self._archive = archive
        self._options = options
        self._raws = self._articles = self._alerts = 0  # let go of since it was told last

    async def turn(self, now: datetime) -> timedelta:
        """Let go of a little of what is due; how long until the next turn."""
        raws = await self._forget_raws(now)
        articles = await self._forget_articles(now)
        alerts = await self._forget_alerts(now)
        self._raws += raws
        self._articles += articles
        self._alerts += alerts
        if raws or articles or alerts:
            return SOON
        if self._raws or self._articles or self._alerts:
            log.info(
                "retention.done",
                responses=self._raws, articles=self._articles, alerts=self._alerts,
            )  # fmt: skip
            self._raws = self._articles = self._alerts = 0
        return SOON if await self._archive.write(shrink) else LATER

    async def _forget_raws(self, now: datetime) -> int:
        keep = self._options.keep_raw
        if keep is None:
            return 0
        return await self._archive.write(lambda db: retention.forget_raws(db, now - keep, now))

    async def _forget_articles(self, now: datetime) -> int:
        keep = self._options.keep_articles
        if keep is None:
            return 0

        def job(db: Database) -> int:
            # A watched page is read again and again: without its article it would be news.
            spared = ledger.watched_articles(db)
            return len(retention.forget_articles(db, now - keep, now, spared=spared))

        return await self._archive.write(job)

    async def _forget_alerts(self, now: datetime) -> int:
        keep = self._options.keep_alerts
        if keep is None:
            return 0
        return await self._archive.write(lambda db: prune.forget(db, now - keep))
