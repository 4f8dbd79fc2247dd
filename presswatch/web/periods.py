"""A count a day as the bars of a plot: days, weeks, months or years, so that they can be read."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections import Counter

MOST_BARS: Final = 62

#: Span → days in it at the least; the shortest span that makes few enough bars is taken.
_SPANS: Final = {"day": 1, "week": 7, "month": 28, "year": 365}


def spans(days: Counter[date]) -> tuple[str, list[tuple[date, date, int]]]:
    """The name of the span, and (first day, last day, count) for each from the first to the last.

    Spans without any are there as well; of very long times, only the last `MOST_BARS`.
    """
    if not days:
        return "day", []
    first, last = min(days), max(days)
    width = (last - first).days + 1
    name = next((name for name, size in _SPANS.items() if width / size <= MOST_BARS), "year")
    edges = [start_of(name, first)]
    while (following := after(name, edges[-1])) <= last:
        edges.append(following)
    counts = dict.fromkeys(edges, 0)
    for day, count in days.items():
        counts[start_of(name, day)] += count
    made = [(begin, after(name, begin) - timedelta(days=1), counts[begin]) for begin in edges]
    return name, made[-MOST_BARS:]


def start_of(span: str, day: date) -> date:
    """The first day of the span that a day is in; weeks begin on Monday."""
    if span == "week":
        return day - timedelta(days=day.weekday())
    return {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[span]


def after(span: str, begin: date) -> date:
    """The first day of the next span."""
    if span in {"day", "week"}:
        return begin + timedelta(days=_SPANS[span])
    if span == "month" and begin.month < 12:
        return begin.replace(month=begin.month + 1)
    return date(begin.year + 1, 1, 1)


def say(span: str, begin: date) -> str:
    """A span for people: "12 May 2026", "week of 11 May 2026", "May 2026", "2026"."""
    forms = {"day": "%-d %b %Y", "week": "week of %-d %b %Y", "month": "%b %Y", "year": "%Y"}
    return begin.strftime(forms[span])


def label(span: str, begin: date, *, number: int, of: int) -> str:
    """What stands below a bar: as much as there is room for."""
    every = max(1, -(-of // 6))
    if number % every or of - number < every / 2:
        return ""
    return begin.strftime({"year": "%Y", "month": "%b %y"}.get(span, "%-d %b"))
