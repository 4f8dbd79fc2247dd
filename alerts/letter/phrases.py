"""Parts of a payload as people read them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def published(article: Mapping[str, Any]) -> str:
    """When an article was published: a day alone where only that is known."""
    if article["published"] is None:
        return "unknown"
    if not article["published_precise"]:
        return str(article["published"][:10])
    return clock(article["published"])


def clock(time: str) -> str:
    """`2026-03-01T08:30:00+08:00` as people read it."""
    return f"{time[:10]} {time[11:16]} {time[19:]}"


def marked(snippet: Mapping[str, Any], before: str, after: str, safe: Callable[[str], str]) -> str:
    """The text of a snippet with its marks set; marks are in order and do not overlap."""
    text: str = snippet["text"]
    marks: Sequence[Sequence[int]] = snippet["marks"]
    parts: list[str] = []
    done = 0
    for start, end in marks:
        parts += [safe(text[done:start]), before, safe(text[start:end]), after]
        done = end
    return "".join([*parts, safe(text[done:])])
