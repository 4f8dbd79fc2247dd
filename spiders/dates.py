"""What looks like a date, in running text and in URLs. Reading it is not done here."""

from __future__ import annotations

import re

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]{0,6}\.?"
_CLOCK = r"(?:,?[ T]{1,2}\d{1,2}:\d{2}(?::\d{2})?)?"
_FULL = re.compile(
    r"(?<!\d)(?:"
    rf"(?:19|20)\d\d ?[-/.年] ?\d{{1,2}} ?[-/.月] ?\d{{1,2}}(?!\d)(?: ?日)?{_CLOCK}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d{_CLOCK}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? (?:19|20)\d\d{_CLOCK}"
    r"|\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d(?!\d)"
    r")",
    re.IGNORECASE | re.ASCII,
)
_HINT = re.compile(
    r"(?<![\d/.-])(?:\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}|\d{1,2}月\d{1,2}日)(?![\d/.%-])"
    r"|\d+ ?(?:分钟|小时|天|分鐘|小時)前|昨天|前天"
    r"|\b(?:\d+|an?) (?:minute|hour|day)s? ago\b|\byesterday\b"
    rf"|\b{_MONTH} \d{{1,2}}\b",
    re.IGNORECASE | re.ASCII,
)
_BRACKETS = re.compile(r"^[\s\[(（【〔|·•/-]+|[\s\])）】〕|·•/-]+$")
_IN_PATH = re.compile(
    r"/(?:19|20)\d\d/(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*/"
    r"|/(?:19|20)\d\d[/_-]?(?:0?[1-9]|1[0-2])(?:[/_-]?(?:0?[1-9]|[12]\d|3[01]))?(?=[/_.-]|$)"
    r"|(?<!\d)(?:19|20)\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?!\d)",
    re.IGNORECASE | re.ASCII,
)


def date_beside(text: str) -> str:
    """The date in what stands beside a link, as it is written; ``""`` if there is none.

    A date without a year, or an age, counts only where nothing else stands there: in running text
    "5-3" is as often a score.
    """
    if found := _FULL.search(text):
        return found.group().strip()
    alone = _BRACKETS.sub("", text)
    return alone if _HINT.fullmatch(alone) else ""


def hints_at_date(text: str) -> bool:
    """True where a date or an age stands, be it without a year."""
    return bool(_FULL.search(text) or _HINT.search(text))


def date_in_path(path: str) -> bool:
    """True for /2026/5/20/…, /202605/t20260520_1.html and their like."""
    return _IN_PATH.search(path) is not None
