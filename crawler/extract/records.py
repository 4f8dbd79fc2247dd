"""What extraction takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from archive.article import Evidence
    from crawler.source import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as it was fetched, and what the listing that led to it said."""

    html: bytes
    url: str
    content_type: str = ""
    timezone: str = "UTC"  # of the source, for dates that name none
    fetched_at: datetime
    title: str = ""
    published: str = ""
    author: str = ""
    parts: Parts | None = None  # what of it counts; None: whatever the extractors find


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What a page says. `text` has a paragraph a line and is never empty."""

    title: str
    text: str
    published: datetime | None
    published_precise: bool  # False: only the day is known
    authors: tuple[str, ...]
    language: str  # ISO 639-1, "" unknown
    canonical: str  # absolute, as the page names it; may be on another site
    evidence: tuple[Evidence, ...]
    captions: tuple[str, ...] = ()  # of pictures, never part of the text
    credited_source: str = ""  # whom the page names as its text's origin: "Reuters"
