"""Which of the listed links are to be read: decided here, once, when they are first seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from archive.article import storable
from archive.retention import removed
from archive.store import known
from archive.urls import tidy
from crawler import ledger
from crawler.evidence.dates import read
from crawler.source import Fate, Page, PageReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from crawler.source import Link, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Triaged:
    """What a listing came to: how many links, and those that need no reading."""

    listed: int
    settled: tuple[PageReport, ...]


def triage(
    db: Database, source: Source, links: Sequence[Link], *, poll: str, now: datetime, first: bool,
    limit: int,
) -> Triaged:  # fmt: skip
    """Write the links that are new to this source into the ledger, each with its fate.

    On the first poll of a source only the newest `limit` are to be read: a new source must not
    flood (the rest is kept as dropped, so that it is not taken for news next time).
    """
    pages = _tidied(source, links, poll=poll, now=now, first=first)
    if source.kind == "watch":
        return _watched(db, source, pages, now=now, first=first)
    seen = ledger.seen(db, source.name, pages)
    fresh = [page for url, page in pages.items() if url not in seen]
    archived = known(db, [page.url for page in fresh])
    fresh = [_already(db, page, archived.get(page.url)) for page in fresh]
    if first:
        fresh = _without_flood(source, fresh, now=now, limit=limit)
    ledger.note_links(db, source, fresh, now=now)
    settled = tuple(_report(page) for page in fresh if page.fate != Fate.FOUND)
    return Triaged(listed=len(pages), settled=settled)


def goes_on(db: Database, source: Source, links: Sequence[Link]) -> bool:
    """Whether what comes after these links in a listing is likely to be new to the source.

    By their later half, most of which must be new: what is pinned to the top says nothing, and
    beside the list a few links always change.
    """
    urls = [url for link in links[len(links) // 2 :] if (url := _tidy(link.url))]
    return 2 * len(ledger.seen(db, source.name, urls)) < len(urls)


def _tidied(
    source: Source, links: Iterable[Link], *, poll: str, now: datetime, first: bool
) -> dict[str, Page]:
    """One page a URL, in the order of the listing; links that are no web address are left out."""
    pages: dict[str, Page] = {}
    for link in links:
        url = _tidy(link.url)
        if not url:
            continue
        pages.setdefault(
            url,
            Page(
                source=source.name, url=url, found=now, poll=poll, title=storable(link.title),
                published=storable(link.published), summary=storable(link.summary),
                author=storable(link.author), quiet=first, content=storable(link.content),
            ),
        )  # fmt: skip
    return pages


def _tidy(url: str) -> str:
    """The tidy URL, "" for what is no web address."""
    try:
        return tidy(url)
    except ValueError:
        return ""


def _watched(
    db: Database, source: Source, pages: dict[str, Page], *, now: datetime, first: bool
) -> Triaged:
    """A watched page is read at every poll: after the first, whatever has changed is news."""
    ledger.note_links(db, source, list(pages.values()), now=now)
    for url in pages:
        ledger.look_again(db, source.name, url, quiet=first)
    return Triaged(listed=len(pages), settled=())


def _already(db: Database, page: Page, article: int | None) -> Page:
    """As filed, where it is archived or was; what was let go of for its age is no news."""
    reason = "archived already, through another source or address"
    if article is None:
        gone = removed(db, page.url)
        if gone is None:
            return page
        article, reason = gone.article, "archived before, and let go of since (keep_articles)"
    return replace(page, fate=Fate.FILED, article=article, reason=reason)


def _without_flood(
    source: Source, pages: Sequence[Page], *, now: datetime, limit: int
) -> list[Page]:
    """The newest `limit` stay; undated ones count by their place in the listing."""
    dates = {page.url: read(page.published, timezone=source.timezone, now=now) for page in pages}
    dated = [(found.when, page) for page in pages if (found := dates[page.url]) is not None]
    newest_first = [page for _, page in sorted(dated, key=itemgetter(0), reverse=True)]
    undated = [page for page in pages if dates[page.url] is None]
    stay = {page.url for page in [*newest_first, *undated][:limit]}
    reason = f"beyond the newest {limit} on the first poll of the source"
    return [
        page if page.url in stay else replace(page, fate=Fate.DROPPED, reason=reason)
        for page in pages
    ]


def _report(page: Page) -> PageReport:
    outcome = "same" if page.fate == Fate.FILED else ""
    return PageReport(
        url=page.url, fate=page.fate, reason=page.reason, outcome=outcome, article=page.article,
        title=page.title,
    )  # fmt: skip
