"""Durations and sizes as people write them, and back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s?(ms|s|m|h|d|w)", re.ASCII)
_SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s?([KMG]?i?B)", re.ASCII | re.IGNORECASE)
_LONGEST = timedelta(days=36_500)


def parse_duration(text: str) -> timedelta:
    """Read "5s", "15m", "2h", "3d" (also "500ms", "1w"); raises ValueError saying what to write."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        message = f'not a duration: "{text}"; write for example "5s", "15m", "2h" or "3d"'
        raise ValueError(message)
    number, unit = found.groups()
    if float(number) * _UNITS[unit].total_seconds() > _LONGEST.total_seconds():
        message = f'longer than a century: "{text}"'
        raise ValueError(message)
    return float(number) * _UNITS[unit]


def parse_since(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """So long before now ("7d"), or a date of a zone ("2026-05-01"; None: this machine's).

    Raises ValueError saying what to write.
    """
    text = text.strip()
    try:
        if not (text[:4].isdigit() and "-" in text):
            return now - parse_duration(text)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.astimezone() if zone is None else moment.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        message = f'{text!r} is neither a time span such as "7d" nor a date'
        raise ValueError(message) from None
    return moment


def parse_size(text: str) -> int:
    """Bytes of "10MB", "512KiB", …; raises ValueError saying what to write."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        message = f'not a size: "{text}"; write for example "500KB" or "10MB"'
        raise ValueError(message)
    number, unit = found.groups()
    return int(float(number) * _SIZES[unit.upper()])


def say_duration(span: timedelta) -> str:
    """The largest unit that fits, without decimals that nobody needs: "3d", "2h", "45s", "0.3s"."""
    seconds = span.total_seconds()
    if abs(seconds) < 10:
        return f"{seconds:.1f}".rstrip("0").rstrip(".") + "s"
    for unit in ("d", "h", "m"):
        size = _UNITS[unit].total_seconds()
        if abs(seconds) >= 2 * size or (abs(seconds) >= size and seconds % size == 0):
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.0f}s"


def say_size(size: int) -> str:
    """Bytes for people: "812 B", "1.2 MB", "48 GB"."""
    number, unit = float(size), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if number < 1000:
            break
        number, unit = number / 1000, larger
    return f"{number:.1f} {unit}" if number < 10 and unit != "B" else f"{number:.0f} {unit}"
