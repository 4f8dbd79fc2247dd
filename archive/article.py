"""What an article is: one frozen record for each stage on its way into the archive and out.

Incoming (what was read) → Verdict (what it is to the archive) → Filed (what was written);
Article and Revision (what is kept, as read back). Times are UTC and aware everywhere in Python,
and INTEGER milliseconds since 1970 in the database (`to_ms`, `from_ms`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_SURROGATE = re.compile("[\ud800-\udfff]")


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970; raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        message = f"a time without a zone: {moment.isoformat()}"
        raise ValueError(message)
    return (moment - _EPOCH) // _MS


def from_ms(value: int) -> datetime:
    """The UTC time that `to_ms` stored."""
    return _EPOCH + value * _MS


def storable(text: str) -> str:
    """The text as SQLite and the wire can hold it, which know UTF-8 alone.

    Halves of surrogate pairs come out of JSON: a script that cut a text cut a smiley in two.
    """
    try:
        text.encode()  # a tenth of the time
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that a page said about itself, and where: all is kept, one wins."""

    #: title | published | authors | language | canonical | credited_source | text | doubt
    #: | part | dropped | ignored (crawler.extract.parts)
    field: str
    value: str  # as ISO 8601 for dates, else as it stood
    where: str  # "json-ld datePublished", "meta og:title", "h1", "text", "url", "feed", …
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A response as it came over the wire, after content decoding."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFacts:
    """What is known of a response, also where the response itself is no longer kept."""

    url: str
    status: int
    size: int  # bytes, of the body
    sha256: str
    fetched_at: datetime
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An article as it was read, before the archive has an opinion on it."""

    source: str
    url: str  # canonical: where the article lives, tracking parameters gone
    aliases: tuple[
        str, ...
    ] = ()  # other URLs that led here (listed, redirected, rel=canonical elsewhere)
    title: str
    text: str  # paragraphs separated by one line break; never empty
    published: datetime | None = None
    published_precise: bool = True  # False: the day is known, the time is not
    authors: tuple[str, ...] = ()
    language: str = ""  # ISO 639-1, zh-Hans/zh-Hant not distinguished; "" unknown
    evidence: tuple[Evidence, ...] = ()
    captions: tuple[str, ...] = ()  # of pictures; no part of the text
    credited_source: str = ""  # whom the page names as the origin of its text
    raw: Raw
    quiet: bool = False  # from a new source's backlog: archived, never alerted
    poll: str = ""  # id of the poll that found it


class Outcome(StrEnum):
    """What an incoming article is to the archive."""

    NEW = "new"  # a URL and a text not seen before
    SAME = "same"  # this URL with this text is here already
    REVISED = "revised"  # this URL is here with another text or title
    COPY = "copy"  # this text is here under another URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What was written, after the commit."""

    outcome: Outcome
    article: int
    revision: int | None  # None for SAME
    story: int
    reason: str  # for people: "same text as article 12 (https://…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One state of an article's text. Ids grow in the order of commit."""

    id: int
    article: int
    story: int
    source: str
    url: str
    title: str
    text: str
    published: datetime | None
    published_precise: bool
    first_seen: datetime  # of the article
    seen: datetime  # of this revision
    authors: tuple[str, ...]
    language: str
    content_hash: str
    number: int  # 1 for the first text of the article
    quiet: bool
    copy_of: int | None  # article whose text this one repeats
    merged: tuple[int, ...] = ()  # stories that became one with this one; their links live on


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Another place where the text of a story stands."""

    article: int
    url: str
    source: str
    title: str
    first_seen: datetime
    published: datetime | None = None  # as its newest revision says


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article with its newest text, its story's other places and its evidence."""

    newest: Revision
    revisions: int
    copies: tuple[Copy, ...]
    evidence: tuple[Evidence, ...]
    aliases: tuple[str, ...]
    raw_sha256: str
    captions: tuple[str, ...] = ()
    credited_source: str = ""
    withdrawn: datetime | None = None  # its page answers 404 or 410 since

    @property
    def id(self) -> int:
        return self.newest.article
