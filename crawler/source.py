"""The records that pass between a source's spider, the engine and the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

PART, DROPPED, IGNORED = "part", "dropped", "ignored"  # evidence of what `Parts` did to a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What of a page counts, as the operator says it; without any it is what extractors find."""

    text: str = ""  # CSS selector of the article's text
    drop: tuple[str, ...] = ()  # CSS selectors of what is taken out before anything is read
    ignore_lines: tuple[str, ...] = ()  # regular expressions of lines that are no part of the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source as the operator configured it."""

    name: str
    url: str
    kind: str = "auto"  # feed | sitemap | listing | watch | auto, or the name of a spider
    every: timedelta = timedelta(minutes=15)
    #: Both set: between these by its own rhythm, and `every` is their larger one.
    every_min: timedelta | None = None
    every_max: timedelta | None = None
    cron: str = ""  # takes the place of `every`
    timezone: str = "UTC"  # for dates without a zone, and for cron
    enabled: bool = True
    select: str = ""  # CSS selector of the links (listing) or of the part to watch (watch)
    text: str = ""  # these three: see Parts
    drop: tuple[str, ...] = ()
    ignore_lines: tuple[str, ...] = ()
    pages: int = 5  # of a listing: turned while what they list is new
    delay: timedelta | None = None  # between two requests to one origin; None: the default
    backlog: timedelta = timedelta(days=3)
    headers: tuple[tuple[str, str], ...] = ()
    #: After these an article is looked at again; None: as for all sources.
    revisit: tuple[timedelta, ...] | None = None

    @property
    def parts(self) -> Parts | None:
        """What of its pages counts, if it says so; the text of a watched page is its `select`."""
        watched = self.kind == "watch"
        parts = Parts(
            text="" if watched else self.text,
            drop=self.drop,
            ignore_lines=self.ignore_lines if watched else (),
        )
        return parts if parts != Parts() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An article that a source lists: what spiders yield (a Scrapy dataclass item)."""

    url: str
    title: str = ""
    published: str = ""  # the raw date string; read with the source's time zone by crawler.evidence
    summary: str = ""
    author: str = ""
    #: The whole article as HTML, where the listing brings it: for a page that cannot be had.
    content: str = ""
    #: The page itself where the spider has it already (watch); spares a second request.
    page: Any = None  # scrapy.http.Response | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a URL answered last, for a conditional request."""

    etag: str = ""
    last_modified: str = ""


class Fate:
    """What became of a page; values of `page.fate`."""

    FOUND = "found"  # listed, not fetched yet
    FILED = "filed"  # in the archive (new, revised, copy or same: see reason)
    DROPPED = "dropped"  # final: not an article, disallowed, gone, beyond the backlog
    FAILED = "failed"  # could not look: tried again at retry_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A listed page as the ledger keeps it: `Link` plus what became of it."""

    source: str
    url: str  # tidy
    found: datetime
    poll: str  # id of the poll that found it
    title: str = ""
    published: str = ""
    summary: str = ""
    author: str = ""
    quiet: bool = False  # found by the first poll of a source: its date decides about alerts
    fate: str = Fate.FOUND
    reason: str = ""
    attempts: int = 0
    retry: datetime | None = None
    settled: datetime | None = None
    article: int | None = None
    content: str = ""  # as `Link.content`, until the page is settled
    validators: Validators = field(default=Validators())  # what the page itself answered
    looked: datetime | None = None  # read or asked last
    look: datetime | None = None  # to be looked at again


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReport:
    """What became of one listed page in one poll."""

    url: str
    fate: str
    reason: str
    #: archive.article.Outcome where filed; withdrawn, restored where it was looked at again
    outcome: str = ""
    article: int | None = None
    title: str = ""
    error: str = ""  # class name of the error that left it without a text, for machines
    length: int = 0  # characters of its text
    dated: bool = False


#: Errors of the way to a site, not of what it gave.
UNREACHED = frozenset({"Unreachable", "TimedOut", "RobotsUnknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well the pages of one poll could be read."""

    read: int  # pages that were looked at
    textless: int  # of them without a text
    untitled: int  # of those with a text
    undated: int
    length: int  # median of their texts, in characters


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one poll found and did."""

    id: str
    source: str
    started: datetime
    took: timedelta
    outcome: str  # ok | unchanged | partial | failed
    reason: str = ""  # why it failed or stayed partial
    error: str = ""  # class name of the error, for machines
    not_before: datetime | None = None  # Retry-After of the origin
    next_poll: datetime | None = None  # as settled
    found: int | None = 0  # links that were listed; None: as many as before, says the listing
    pages: tuple[PageReport, ...] = ()
    requests: int = 0
    hint: timedelta | None = None  # how old the listing says that it may become
    #: Sent back with the next listing requests: (url, validators); empty keeps the old ones.
    validators: tuple[tuple[str, Validators], ...] = field(default=())

    def count(self, outcome: str) -> int:
        """How many pages had this outcome (new, revised, copy, same) or fate (dropped, failed)."""
        return sum(outcome in (page.outcome, page.fate) for page in self.pages)

    def quality(self) -> Quality:
        """How the pages read that were looked at; a site that could not be reached says nothing."""
        with_text = [page for page in self.pages if page.length]
        textless = sum(bool(page.error) and page.error not in UNREACHED for page in self.pages)
        return Quality(
            read=len(with_text) + textless,
            textless=textless,
            untitled=sum(not page.title.strip() for page in with_text),
            undated=sum(not page.dated for page in with_text),
            length=round(median(page.length for page in with_text)) if with_text else 0,
        )
