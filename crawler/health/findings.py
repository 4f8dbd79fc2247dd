"""What a source is judged by, and what is found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from crawler.ledger import PollRow, SourceState

#: From when until when.
Span: TypeAlias = "tuple[datetime, datetime]"


class Kind(StrEnum):
    """What can be the matter; values of `trouble.kind`."""

    FAILING = "failing"  # polls fail: 3 in a row, or for 24 hours
    LINKS = "links"  # the listing gives none, or a tenth of what it gave
    TEXT = "text"  # articles without text
    TITLES = "titles"
    DATES = "dates"
    LENGTH = "length"  # texts of a quarter of the usual length
    PART = "part"  # the selector of the text, as the config has it, matches nothing
    SILENCE = "silence"  # no news
    # Of no source, but of presswatch itself:
    NETWORK = "network"  # nothing can be reached
    CONFIG = "config"  # config.toml was changed and is wrong: the old one is in force
    DISK = "disk"  # no room: nothing is fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is the matter since when. What the numbers mean: `crawler.health.words`."""

    kind: Kind
    since: datetime
    expected: float = 0.0
    seen: float = 0.0
    total: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A finding as it is kept; `source` is "" for presswatch itself."""

    id: int
    source: str
    finding: Finding
    told: bool  # somebody has been told that it began
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of one source."""

    state: SourceState
    reports: Sequence[PollRow] = ()  # newest first; unchanged polls leave none
    arrivals: Sequence[datetime] = ()  # when polls found new links, after the first; ascending
    links: int = 0  # how many they were in all
    text: str = ""  # the selector of the text, as the config has it
    #: The newest pages that were read by it, newest first: when found, whether it matched nothing.
    missed: Sequence[tuple[datetime, bool]] = ()
