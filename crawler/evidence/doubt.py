"""What speaks against the date that a page was given: pure decisions, each with its reason.

A repost carries the day of its reposting. It is given away by the day that the text itself opens
with, by the URL, by the listing, or by a copy that was there before. A doubt never changes a date;
it is told beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from crawler.evidence import dates
from crawler.evidence.numerals import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from archive.article import Article
    from crawler.evidence.published import Dated

_A_DAY = timedelta(days=1)  # zones and midnight differ that much
_LISTED = timedelta(days=3)  # feeds give the day of the last change
_PAST = timedelta(days=30)  # news opens with a day younger than this,
_COMING = timedelta(days=60)  # or names one that comes soon
_LEAD = 320  # characters of the text in which its day is named
_OPENING = 16  # characters before a full date that opens a text
_LATEST = datetime(2999, 1, 1, tzinfo=UTC)  # what a text says of the future is not our business
_SIGNED = 30  # characters of a last line that is a date and little else

_MONTHS = "january february march april may june july august september october november december"
_SPOKEN = re.compile(
    r"(?P<c>(?<![\d年])(?P<cm>1[0-2]|0?[1-9])月(?P<cd>3[01]|[12]\d|0?[1-9])[日号號])"
    rf"|\b(?:(?P<d1>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\s+(?:of\s+)?)?"
    rf"(?P<m>(?:{'|'.join(_MONTHS.split())})|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?)"
    r"(?:\s+(?P<d2>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\b)?(?!,?\s*\d{4}|\s*\d)",
    re.IGNORECASE,
)
#: The sentence looks ahead, or far back by its own word: its day is not that of the news.
_ELSEWHEN = re.compile(
    r"\bwill\b|\bnext\b|\blast year\b|\b(?:19|20)\d\d\b|\banniversary\b"
    r"|将|將|拟|起施行|起实施|去年|上年|截至|截止|至今|以前|之前|周年|[12]\d{3}年",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"(?:\b(?:since|until|from|by|before|between|after|to|and)|自|从|從|到|至)\s*$", re.IGNORECASE
)
_SENTENCE = re.compile(r"\n|(?<=[。！？])|(?<=[.!?])\s+(?=[A-Z“\"'])")


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a date may be wrong, and what says so: text | url | listing."""

    value: str
    where: str


def doubts(chosen: Dated | None, seen: Sequence[Dated], text: str) -> list[Doubt]:
    """What the page's own evidence and its text say against the date that was chosen."""
    if chosen is None:
        return []
    return [*_disagreeing(chosen, seen), *_of_text(chosen.moment.day, text)]


def elsewhere(
    published: datetime | None, copies: Iterable[tuple[datetime | None, datetime]]
) -> date | None:
    """The day on which the text stood elsewhere, if that is before it is said to be published.

    `copies` are (published, first seen) of the articles with the same text.
    """
    if published is None:
        return None
    days = [min(said or seen, seen).date() for said, seen in copies]
    first = min(days, default=None)
    return first if first is not None and first < published.date() - _A_DAY else None


def against(article: Article) -> list[str]:
    """What its page, and the copies in the archive, say against the date of a filed article."""
    found = [one.value for one in article.evidence if one.field == "doubt"]
    copies = [(copy.published, copy.first_seen) for copy in article.copies]
    first = elsewhere(article.newest.published, copies)
    return found + ([f"first seen elsewhere {first.isoformat()}"] if first else [])


def place(where: str) -> str:
    """Whose word a date is, for people: page | URL | listing."""
    return {"url": "URL", "listing": "listing", "feed": "listing"}.get(where, "page")


def _disagreeing(chosen: Dated, seen: Sequence[Dated]) -> Iterator[Doubt]:
    """Each other place that names another day, once."""
    own = chosen.moment.day
    told: set[str] = set()
    for one in seen:
        limit = _LISTED if one.where == "listing" else _A_DAY
        named = {"url": "URL", "listing": "listing"}.get(one.where)
        if named is None or named in told or one.where == chosen.where:
            continue
        told.add(named)
        if abs(one.moment.day - own) > limit:
            yield Doubt(f"{named} says {one.moment.day.isoformat()}", one.where)


def _of_text(own: date, text: str) -> Iterator[Doubt]:
    """The day that the text opens with, or that it is signed with."""
    paragraphs = text.split("\n")
    lead = plain("\n".join(paragraphs)[:_LEAD])
    if opened := _opening(own, lead):
        yield Doubt(f"text speaks of {opened}", "text")
    elif signed := _signature(own, paragraphs[-2:]):
        yield Doubt(f"text is signed {signed}", "text")


def _opening(own: date, lead: str) -> str:
    """The days of a text's lead if none of them is near its own; "" where all is well."""
    full = _full_dates(lead)
    if full and full[0][0] <= _OPENING and own - full[0][1] > _PAST:
        return full[0][1].isoformat()
    spoken = [
        (day, month)
        for sentence in _SENTENCE.split(lead)
        if not _ELSEWHEN.search(sentence)
        for match in _SPOKEN.finditer(sentence)
        if not _BOUND.search(sentence[: match.start()]) and (found := _day_and_month(match))
        for day, month in [found]
    ]
    if not spoken or any(_near(own, day, month) for day, month in spoken):
        return ""
    day, month = spoken[0]
    return f"{day} {_MONTHS.split()[month - 1].capitalize()}"


def _signature(own: date, lines: Sequence[str]) -> str:
    for line in lines:
        found = _full_dates(plain(line)) if len(line) <= _SIGNED else []
        if found and own - found[-1][1] > _PAST:
            return found[-1][1].isoformat()
    return ""


def _full_dates(text: str) -> list[tuple[int, date]]:
    """(where it stands, day) of the full dates of a text."""
    return [(one.start, one.moment.day) for one in dates.find(text, timezone="UTC", now=_LATEST)]


def _day_and_month(match: re.Match[str]) -> tuple[int, int] | None:
    if match["c"]:
        return int(match["cd"]), int(match["cm"])
    day = match["d1"] or match["d2"]
    if not day or match["m"].islower():  # may and march are verbs
        return None
    months = [name[:3] for name in _MONTHS.split()]
    return int(day), months.index(match["m"][:3].lower()) + 1


def _near(own: date, day: int, month: int) -> bool:
    """Whether a day without a year can be one that news of the day `own` speaks of."""
    for year in (own.year - 1, own.year, own.year + 1):
        try:
            meant = date(year, month, day)
        except ValueError:
            continue
        if -_PAST <= meant - own <= _COMING:
            return True
    return False
