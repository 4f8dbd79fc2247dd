"""When a page was published: everything that it says about that, and one verdict.

Trust goes by how deliberately a place was filled in: JSON-LD and metadata for machines, then the
first full date between title and body, which is the one that a reader takes for the date, then
the URL, scripts, and the listing that led here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crawler.evidence import dates
from crawler.evidence.numerals import plain
from crawler.markup import Line, key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from crawler.markup import Markup

_META = (
    "article:published_time", "article:published", "og:published_time", "og:article:published_time",
    "datepublished", "date_published", "publishdate", "publish-date", "publish_date", "publishtime",
    "pubdate", "pub_date", "weibo:article:create_at", "bytedance:published_time",
    "weibo: article:create_at", "published_at", "publication_date", "publicationdate",
    "sailthru.date", "parsely-pub-date", "article.published", "dc.date.issued",
    "dcterms.issued", "dc.date.created", "dcterms.created", "citation_publication_date",
    "cxenseparse:recs:publishtime", "rnews:datepublished", "firstpublished", "apub:time",
    "dcterms.date", "dc.date", "og:release_date", "release_date", "created", "createdate", "date",
)  # fmt: skip
_IN_SCRIPT = re.compile(
    r"""["']?\b(?:date_?published|pub(?:lish)?(?:ed)?_?(?:date|time|at)|p_?time|news_?time"""
    r"""|create_?time|release_?(?:date|time))["']?\s*[:=]\s*["']?(\d[\dT :/+.Z-]{7,28})""",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(r"发布|發布|发表|發表|刊登|时间|時間|日期|published|posted", re.IGNORECASE)
_OTHER_DATE = re.compile(
    r"更新|修改|截至|updated|modified|last edited|copyright|©|版权", re.IGNORECASE
)
_BYLINE_LENGTH = 160  # characters from the start of a line in which its date must stand
_ABOVE_TITLE = 4  # lines; some pages set the date over the title
_PROSE = 20  # letters from which a paragraph is one
_DIGITS = re.compile(r"\d|[〇○零一二三四五六七八九]{4}")
_NEAR_TOP = 60
_BYLINE_LINES = 12
_SHORT_LINE = 40  # characters
_BELOW_TITLE = 80


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and where it stood."""

    moment: dates.Moment
    where: str

    @property
    def value(self) -> str:
        """In the zone in which it was written; only the day where only that is known."""
        local = self.moment.local
        return local.isoformat() if self.moment.precise else local.date().isoformat()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a page before its date is looked for."""

    title: str
    text: str
    url: str
    listed: str  # the listing's date string
    timezone: str
    fetched_at: datetime
    chinese: bool


def candidates(markup: Markup, known: Known) -> list[Dated]:
    """Every date of publication that the page names, the most trusted place first."""

    def read(text: str) -> dates.Moment | None:
        return dates.read(
            text, timezone=known.timezone, now=known.fetched_at, chinese=known.chinese
        )

    found = [*_structured(markup, read), *_between(markup, known), *_marked_up(markup, read)]
    if moment := dates.in_url(known.url, timezone=known.timezone, now=known.fetched_at):
        found.append(Dated(moment, "url"))
    known_already = {one.moment.when for one in found}
    found += [one for one in _scripted(markup, read) if one.moment.when not in known_already]
    if moment := read(known.listed):
        found.append(Dated(moment, "listing"))
    return found or list(_short_forms(markup, known, read))


def choose(found: list[Dated]) -> Dated | None:
    """The first of the most trusted, with the time of day from another place if it has none."""
    if not found:
        return None
    first = found[0]
    if first.moment.precise:
        return first
    same_day = (one for one in found if one.moment.precise and one.moment.day == first.moment.day)
    return next(same_day, first)


def _structured(markup: Markup, read: Callable[[str], dates.Moment | None]) -> Iterator[Dated]:
    for thing in markup.articles:
        if moment := read(str(thing.get("datePublished") or "")):
            yield Dated(moment, "json-ld datePublished")
            break
    for name in _META:
        for content in markup.meta.get(name, ())[:1]:
            if moment := read(content):
                yield Dated(moment, f"meta {name}")


def _marked_up(markup: Markup, read: Callable[[str], dates.Moment | None]) -> Iterator[Dated]:
    """<time datetime>, and whatever carries itemprop=datePublished."""
    for number, element in enumerate(markup.tree.iter("time", "span", "abbr", "p", "div")):
        if number > 5000:
            return
        published = element.get("itemprop") == "datePublished"
        if element.tag != "time" and not published:
            continue
        text = element.get("datetime") or element.get("content") or element.text_content()
        if moment := read(text or ""):
            yield Dated(moment, "itemprop datePublished" if published else "time")
            return


def _between(markup: Markup, known: Known) -> Iterator[Dated]:
    """The date of the byline, between title and body; else one that is called so elsewhere."""
    above, below = _neighbourhood(markup.lines, known)
    nearby = [one for line in (*below, *above) for one in _in_line(line, known)]
    found = next((one for one, labelled in nearby if labelled), None)
    found = found or next((one for one, _ in nearby), None)
    if found is None:
        elsewhere = (one for line in markup.lines for one in _in_line(line, known))
        found = next((one for one, labelled in elsewhere if labelled), None)
    if found:
        yield Dated(found, "text")


def _short_forms(
    markup: Markup, known: Known, read: Callable[[str], dates.Moment | None]
) -> Iterator[Dated]:
    """10月22日, yesterday, 3小时前: a line of its own below the title, where all else is silent."""
    _, below = _neighbourhood(markup.lines, known)
    for line in below[:_BYLINE_LINES]:
        if len(line.text) <= _SHORT_LINE and (moment := read(line.text)):
            yield Dated(moment, "text")
            return


def _in_line(line: Line, known: Known) -> Iterator[tuple[dates.Moment, bool]]:
    """(date, whether it is labelled as that of publication) near the start of a line."""
    if len(line.text) > _BYLINE_LENGTH * 4 or not _DIGITS.search(line.text):
        return
    text = plain(line.text[:_BYLINE_LENGTH])
    for found in dates.find(
        text, timezone=known.timezone, now=known.fetched_at, chinese=known.chinese
    ):
        label = text[max(0, found.start - 14) : found.start]
        labelled = bool(_PUBLISHED.search(label))
        if labelled or not _OTHER_DATE.search(label):
            yield found.moment, labelled


def _neighbourhood(
    lines: tuple[Line, ...], known: Known
) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """(lines just above the title, lines from the title to the body's first paragraph)."""
    wanted = key(known.title)
    at = [number for number, line in enumerate(lines) if wanted and key(line.text) == wanted]
    headings = [number for number in at if lines[number].tag in {"h1", "h2", "h3"}]
    title = (headings or at or [0])[0]
    body = _start_of_body(lines, known, title + 1)
    if not at and body is None:
        return (), lines[:_NEAR_TOP]
    end = body if body is not None else title + _BELOW_TITLE
    return lines[max(0, title - _ABOVE_TITLE) : title], lines[title : max(end, title + 1)]


def _start_of_body(lines: tuple[Line, ...], known: Known, after: int) -> int | None:
    """Where the first paragraph stands that is long enough and no byline."""
    starts = {key(part[:120])[:24] for part in known.text.split("\n") if _is_prose(part, known)}
    for number in range(after, len(lines)):
        if key(lines[number].text[:120])[:24] in starts:
            return number
    return None


def _is_prose(paragraph: str, known: Known) -> bool:
    own = key(paragraph[:120])
    title = key(known.title)
    if len(own) < _PROSE or (title and own.startswith(title)):
        return False
    return not any(_in_line(Line(paragraph[:60], ""), known))


def _scripted(markup: Markup, read: Callable[[str], dates.Moment | None]) -> Iterator[Dated]:
    """Pages built in the browser have their date in a script only."""
    for match in _IN_SCRIPT.finditer(markup.source):
        if moment := read(match[1].strip()):
            yield Dated(moment, "script")
            return
