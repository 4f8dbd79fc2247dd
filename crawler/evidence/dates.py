"""Dates as the press writes them, Chinese and English, read without guessing.

`read` takes one string that is, or holds, a date; `find` takes running text and returns only full
dates (year, month and day), since half a date on a page is as often a menu as a date. What is
ambiguous (05/06/2019), impossible or in the future is no date: a wrong one is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crawler.evidence.numerals import count, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)  # older on a web page is a default value, not a date
_AHEAD = timedelta(days=1)  # clocks and zones differ that much
_CHINA = timezone(timedelta(hours=8))
_MAX_LENGTH = 200  # of a string that is a date


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, and how it was written."""

    when: datetime  # UTC
    precise: bool  # False: only the day is known; `when` is its midnight in the source's zone
    local: datetime  # the same moment in the zone that the string named, else the source's

    @property
    def day(self) -> date:
        """The day as it was written."""
        return self.local.date()


@dataclass(frozen=True, slots=True)
class Found:
    """A date in running text and where it stands."""

    moment: Moment
    start: int
    end: int


def read(text: str, *, timezone: str, now: datetime, chinese: bool = False) -> Moment | None:
    """The date that a string is or holds; None for anything that is not surely one.

    `timezone` is the source's, for times that name none; relative dates count from `now`, which
    also bounds the future. `chinese` makes CST mean China whatever the source's zone.
    """
    text = plain(text[:_MAX_LENGTH]).strip()
    context = _Context(zone(timezone), now, chinese=chinese)
    return (
        _epoch(text, context)
        or next((found.moment for found in _full_dates(text, context)), None)
        or _compact(text, context)
        or _relative(text, context)
        or _without_year(text, context)
    )


def find(text: str, *, timezone: str, now: datetime, chinese: bool = False) -> list[Found]:
    """The full dates of a text, in order; offsets are those of `plain(text)`."""
    return list(_full_dates(plain(text), _Context(zone(timezone), now, chinese=chinese)))


def in_url(url: str, *, timezone: str, now: datetime) -> Moment | None:
    """The day that a URL's path names: /2026/5/20/, /20260520/, t20260520_…, /26/0520/."""
    path = re.sub(r"^[a-z]+://[^/]*", "", url.partition("?")[0])
    context = _Context(zone(timezone), now)
    for pattern in _IN_PATH:
        for match in pattern.finditer(path):
            year, month, day = match["y"], match["m"].lower(), match["d"]
            moment = context.moment(_year(year), _MONTHS.get(month[:3]) or int(month), int(day))
            if moment:
                return moment
    return None


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """The time zone of an IANA name; UTC for one that does not exist."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


# ---------------------------------------------------------------- patterns

_MONTHS = {
    name: number + 1
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    )
}
_MONTH = (
    r"(?P<m>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_SOME_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
_WEEKDAY = rf"(?:{_SOME_WEEKDAY},?\s*)?"
_CLOCK = (
    r"(?P<half>上午|下午|晚上|凌晨|中午|早上|傍晚)?\s*(?P<H>[0-2]?\d)\s?[:.时時點点]\s?(?P<M>[0-5]\d)?"
    r"(?:\s?[:分]\s?(?P<S>[0-5]\d)?)?(?:[.,]\d{1,9})?\s?秒?(?:\s?(?P<ap>[ap])\.?m\b\.?)?"
)
_ZONE = (
    r"(?:\s*\(?(?:(?P<z>z)\b|(?P<off>(?:gmt|utc)?\s?[+-]\d{1,2}:?(?:\d\d)?)\b"
    r"|(?P<abbr>gmt|utc|bst|cst|cdt|est|edt|et|mst|mdt|pst|pdt|pt|cet|cest|jst|kst|hkt|sgt|ist"
    r"|aest|aedt)\b)\)?)?"
)
_BETWEEN = r"(?:t|[\s,|·•/-]*(?:\(?(?:星期|周|週)[一二三四五六日天]\)?)?[\s,|·•/-]*(?:at\s+)?)"
_TIME = rf"(?:{_BETWEEN}{_CLOCK}{_ZONE})?"
_YEAR = r"(?P<y>(?:19|20)\d\d)"
_MONTH_NUMBER = r"(?P<m>1[0-2]|0?[1-9])"
_DAY = r"(?P<d>3[01]|[12]\d|0?[1-9])"
_ORDINAL = _DAY + r"(?:st|nd|rd|th)?"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_FULL = (
    _pattern(rf"(?<!\d){_YEAR}\s?年\s?{_MONTH_NUMBER}\s?月\s?{_DAY}\s?[日号號]?{_TIME}"),
    _pattern(
        rf"(?<![\d/.-]){_YEAR}\s?(?P<s>[-/.])\s?{_MONTH_NUMBER}\s?(?P=s)\s?{_DAY}(?!\d){_TIME}"
    ),
    _pattern(rf"\b{_MONTH}\s*{_ORDINAL}\b,?\s*(?:,|of)?\s*{_YEAR}(?!\d){_TIME}"),
    _pattern(rf"(?<!\d){_ORDINAL}\s?[\s-](?:of\s)?{_MONTH},?[\s-]?{_YEAR}(?!\d){_TIME}"),
    # Date.toString() of Java and C: Tue Oct 22 10:15:00 CST 2019
    _pattern(rf"\b{_MONTH}\s+{_DAY}\s+{_CLOCK}{_ZONE}\s+{_YEAR}(?!\d)"),
    # RFC 822 as it was before RFC 1123: Tue, 22 Oct 19 10:15:00 GMT
    _pattern(rf"\b{_SOME_WEEKDAY},?\s+{_DAY}\s{_MONTH}\s(?P<y>\d\d)\s{_CLOCK}{_ZONE}"),
    # 10:15 AM EST, Tue October 22, 2019
    _pattern(rf"\b{_CLOCK}{_ZONE}[\s,|on·•]+{_WEEKDAY}{_MONTH}\s*{_ORDINAL}\b,?\s*{_YEAR}(?!\d)"),
    # unambiguous only: see _day_and_month
    _pattern(rf"(?<![\d/.-])(?P<a>\d\d?)(?P<s>[/.])(?P<b>\d\d?)(?P=s){_YEAR}(?!\d){_TIME}"),
)
_SHORT_YEAR = _pattern(rf"(?<![\d/.-])(?P<y>\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?!\d){_TIME}")
_DIGITS = re.compile(
    rf"{_YEAR}(?P<m>\d\d)(?P<d>\d\d)(?:[T ]?(?P<H>\d\d):?(?P<M>\d\d):?(?P<S>\d\d)?(?P<z>Z)?)?",
    re.IGNORECASE,
)
_YEARS_BACK = 5
_LABEL = _pattern(
    r"^(?:on\b|published\b|posted\b|(?:发布|發布|发表|發表)?(?:时间|時間|日期|于|於)|发布|發布)"
    r"\s*(?:on\b)?\s*:?\s*"
)
_SHORT = (
    _pattern(rf"{_MONTH_NUMBER}\s?月\s?{_DAY}\s?[日号號]?{_TIME}"),
    _pattern(rf"{_MONTH_NUMBER}[-/]{_DAY}{_TIME}"),
    _pattern(rf"{_WEEKDAY}{_MONTH}\s*{_ORDINAL}{_TIME}"),
    _pattern(rf"{_WEEKDAY}{_ORDINAL}\s{_MONTH}{_TIME}"),
)
_IN_PATH = tuple(
    _pattern(text)
    for text in (
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<s>[/_.-])(?P<m>1[0-2]|0?[1-9])(?P=s)(?P<d>3[01]|[12]\d|0?[1-9])(?!\d)",
        r"/(?P<y>20\d\d)[/-](?P<m>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[/-](?P<d>\d\d?)(?!\d)",
        r"(?<!\d)(?P<y>20\d\d)[/-]?(?P<m>0[1-9]|1[0-2])[/-]?(?P<d>0[1-9]|[12]\d|3[01])(?!\d)",
        r"(?<=/t|_t)(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)",
        r"/(?P<y>[12]\d)/(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])/",
    )
)
_AGO_UNITS = {
    "秒": "second", "分": "minute", "时": "hour", "時": "hour", "天": "day", "日": "day",
    "周": "week", "週": "week", "月": "month", "年": "year", "星": "week",
}  # fmt: skip
_AGO = _pattern(
    r"(?P<n>\d{1,4}|an?|one|[一二两兩三四五六七八九十半])\s*(?:个|個)?\s*"
    r"(?P<u>seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|秒|分|小时|小時|时|時|天|日|周|週|星期|月|年)"
    r"(?:钟|鐘)?\s*(?:ago|以?前)"
)
_NAMED_DAY = _pattern(rf"(?P<day>今天|今日|昨天|昨日|前天|today|yesterday){_BETWEEN}(?:{_CLOCK})?$")
_JUST_NOW = _pattern(r"刚刚|剛剛|just now|moments ago")
_DAYS_BACK = {"今天": 0, "今日": 0, "today": 0, "昨天": 1, "昨日": 1, "yesterday": 1, "前天": 2}
_OFFSETS = {
    "gmt": 0, "utc": 0, "bst": 1, "cet": 1, "cest": 2, "jst": 9, "kst": 9, "hkt": 8, "sgt": 8,
    "ist": 5.5, "aest": 10, "aedt": 11, "cst": -6, "cdt": -5, "est": -5, "edt": -4, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
_REGIONS = {"et": "America/New_York", "pt": "America/Los_Angeles"}
_EVENING = frozenset(("下午", "晚上", "傍晚"))


# ---------------------------------------------------------------- readings


class _Context:
    """What a string alone does not say: the source's zone, now, and what CST is."""

    def __init__(self, local: tzinfo, now: datetime, *, chinese: bool = False) -> None:
        self.local = local
        self.now = now.astimezone(UTC)
        self.chinese = chinese

    def moment(self, year: int, month: int, day: int, clock: time | None = None) -> Moment | None:
        """A checked moment; a clock without a zone is in the source's."""
        try:
            naive = datetime.combine(date(year, month, day), clock or time())
            return self.checked(naive.replace(tzinfo=naive.tzinfo or self.local), clock is not None)
        except (ValueError, OverflowError):
            return None

    def checked(self, local: datetime, precise: bool) -> Moment | None:
        when = local.astimezone(UTC)
        return Moment(when, precise, local) if _OLDEST <= when <= self.now + _AHEAD else None

    def of_match(self, match: re.Match[str]) -> Moment | None:
        groups = match.groupdict()
        if "a" in groups:
            month, day = _day_and_month(int(groups["a"]), int(groups["b"]))
        else:
            name = groups["m"].lower()
            month, day = _MONTHS.get(name[:3]) or int(name), int(groups["d"])
        return self.moment(_year(groups["y"]), month, day, self.clock(groups))

    def clock(self, groups: dict[str, str | None]) -> time | None:
        """The time of day with its zone, if the string names one; None if it tells no time."""
        if not groups.get("H") or not (groups.get("M") or groups.get("half") or groups.get("ap")):
            return None
        hour = int(groups["H"] or 0)
        half, late = groups.get("half"), (groups.get("ap") or "").lower()
        if (half in _EVENING or late == "p" or (half == "中午" and hour < 3)) and hour < 12:
            hour += 12
        if (late == "a" or half == "凌晨") and hour == 12:
            hour = 0
        minute, second = int(groups.get("M") or 0), int(groups.get("S") or 0)
        if hour > 23 or minute > 59 or second > 59:
            return None
        return time(hour, minute, second, tzinfo=self.named_zone(groups))

    def named_zone(self, groups: dict[str, str | None]) -> tzinfo | None:
        if groups.get("z"):
            return UTC
        if offset := groups.get("off"):
            return _offset(offset)
        name = (groups.get("abbr") or "").lower()
        if name in _REGIONS:
            return zone(_REGIONS[name])
        if name == "cst" and (
            self.chinese or self.now.astimezone(self.local).utcoffset() == timedelta(hours=8)
        ):
            return _CHINA
        return timezone(timedelta(hours=_OFFSETS[name])) if name else None


def _full_dates(text: str, context: _Context) -> Iterator[Found]:
    """Readings by position; where two begin together or overlap, the longer."""
    matches = [match for pattern in (*_FULL, _SHORT_YEAR) for match in pattern.finditer(text)]
    matches.sort(key=lambda match: (match.start(), -match.end()))
    beyond = 0
    for match in matches:
        if match.start() < beyond:
            continue
        if match.re is _SHORT_YEAR and not match["H"] and match[0] != text:
            continue  # 19-10-22 amid a text is as often a number of something
        if moment := context.of_match(match):
            beyond = match.end()
            yield Found(moment, match.start(), match.end())


def _epoch(text: str, context: _Context) -> Moment | None:
    if not re.fullmatch(r"\d{10}|\d{13}|\d{10}\.\d+", text):
        return None
    seconds = float(text) / (1000 if len(text) == 13 and "." not in text else 1)
    local = datetime.fromtimestamp(seconds, UTC).astimezone(context.local)
    return context.checked(local, precise=True)


def _compact(text: str, context: _Context) -> Moment | None:
    match = _DIGITS.fullmatch(text)
    return context.of_match(match) if match else None


def _relative(text: str, context: _Context) -> Moment | None:
    local = context.now.astimezone(context.local)
    if _JUST_NOW.fullmatch(text):
        return context.checked(local, precise=True)
    if match := _AGO.search(text):
        return _ago(match, local, context)
    if match := _NAMED_DAY.search(text):
        day = local.date() - timedelta(days=_DAYS_BACK[match["day"].lower()])
        return context.moment(day.year, day.month, day.day, context.clock(match.groupdict()))
    return None


def _ago(match: re.Match[str], local: datetime, context: _Context) -> Moment | None:
    """Hours and more are rounded on the page: the moment stands, but is not precise."""
    word = match["u"].lower().lstrip("小").rstrip("s")
    unit = _AGO_UNITS.get(word[0]) or {"sec": "second", "min": "minute", "hr": "hour"}.get(
        word, word
    )
    digits = match["n"].lower()
    number = float(digits) if digits.isdigit() else 0.5 if digits == "半" else _small(digits)
    days = {"month": 30.0, "year": 365.0}.get(unit)
    if days:
        return None  # "3 months ago" does not even name a day
    moment = local - timedelta(**{unit + "s": number})
    if unit in {"day", "week"}:
        return context.moment(moment.year, moment.month, moment.day)
    return context.checked(moment, precise=unit != "hour")


def _small(word: str) -> int:
    if word in {"a", "an", "one"}:
        return 1
    return 2 if word in "两兩" else count(word)


def _without_year(text: str, context: _Context) -> Moment | None:
    """10月22日 08:15, where nothing else is said: this year's, or last year's if still to come.

    29 February is that of the last leap year.
    """
    text = _LABEL.sub("", text)
    for pattern in _SHORT:
        if match := pattern.fullmatch(text):
            groups = match.groupdict()
            name = groups["m"].lower()
            month, day = _MONTHS.get(name[:3]) or int(name), int(groups["d"])
            year = context.now.astimezone(context.local).year
            clock = context.clock(groups)
            tried = (context.moment(year - back, month, day, clock) for back in range(_YEARS_BACK))
            return next((moment for moment in tried if moment), None)
    return None


def _year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _day_and_month(first: int, second: int) -> tuple[int, int]:
    """(month, day) of two numbers that leave no choice; (0, 0), no date, of others."""
    if first == second or (first <= 12 < second):
        return first, second
    return (second, first) if second <= 12 < first else (0, 0)


def _offset(text: str) -> tzinfo | None:
    match = re.search(r"([+-])(\d{1,2}):?(\d\d)?", text)
    if not match or int(match[2]) > 14:
        return None
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return timezone(-size if match[1] == "-" else size)
