"""A source made of the ``-a name=value`` arguments of `scrapy crawl`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from archive.errors import PresswatchError
from crawler.source import Source

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d+)([smhd])")


class BadArgument(PresswatchError, ValueError):
    """An argument of the spider is missing or wrong."""


def source_from(kind: str, *, url: str = "", **arguments: Any) -> Source:
    """The source that the arguments describe; raises BadArgument naming what is wrong."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise BadArgument("url", hint="give the address of the source: -a url=https://…")
    fields: dict[str, Any] = {}
    for name in ("delay", "backlog"):
        if value := arguments.pop(name, ""):
            fields[name] = _duration(name, value)
    for name in ("name", "timezone", "select"):
        if value := arguments.pop(name, ""):
            fields[name] = str(value)
    if value := arguments.pop("pages", ""):
        fields["pages"] = _count("pages", value)
    if arguments:
        known = "url, select, pages, timezone, name, delay, backlog"
        raise BadArgument(", ".join(arguments), hint=f"known are {known}")
    fields.setdefault("name", urlsplit(url).hostname or kind)
    return Source(url=url, kind=kind, **fields)


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value[:9])):
        raise BadArgument(f"{name}={value}", hint="write a whole number from 1 on")
    return int(value[:9])


def _duration(name: str, value: str) -> timedelta:
    found = _DURATION.fullmatch(value)
    if not found:
        raise BadArgument(f"{name}={value}", hint="write a duration as 5s, 15m, 2h or 3d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
