"""Whether a page has changed, or only the way in which the config has it read.

    other text than is filed, read by other parts than these ─▶ read by the old parts once more
      the filed text comes out ─▶ the page is as it was: a quiet revision, which alerts nobody
      another one              ─▶ the page has changed: news

A changed `text`, `drop` or `ignore_lines` would else make news of every article that is looked at
again. What an article was read by is in its evidence, so nothing but the page at hand is needed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from archive.fold import stream
from archive.lookup import find_article
from crawler.errors import CrawlError
from crawler.extract.parts import parts_in
from crawler.intake import incoming
from crawler.intake.habits import clean_text
from crawler.source import Parts

if TYPE_CHECKING:
    from archive.article import Incoming, Revision
    from archive.store import Archive
    from crawler.extract import Page as HtmlPage
    from crawler.extract.lanes import Lanes
    from crawler.source import Page, Source

log = structlog.get_logger()


class Manners:
    """The ways in which articles were read, and are read now."""

    def __init__(self, archive: Archive, lanes: Lanes) -> None:
        self._archive = archive
        self._lanes = lanes

    async def alone_changed(
        self, source: Source, page: Page, html: HtmlPage, offered: Incoming
    ) -> bool:
        """Whether `offered` differs from what is filed of the page by the source's parts alone."""
        article = page.article
        if article is None:
            return False
        kept = await self._archive.read(lambda db: find_article(db, article))
        if kept is None:
            return False
        before = parts_in(kept.evidence)
        if before == (source.parts or Parts()) or _same(kept.newest, offered):
            return False
        try:
            extracted = await self._lanes.extract(source.name, replace(html, parts=before))
        except CrawlError:
            return False
        again = incoming(source, page, offered.raw, extracted)
        text = await self._archive.read(lambda db: clean_text(db, again))
        alone = _same(kept.newest, replace(again, text=text))
        if alone:
            log.info("page.read_otherwise", source=source.name, url=page.url, article=article)
        return alone


def _same(kept: Revision, offered: Incoming) -> bool:
    pairs = ((kept.text, offered.text), (kept.title, offered.title))
    return all(one == other or stream(one) == stream(other) for one, other in pairs)
