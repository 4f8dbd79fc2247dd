"""What a receiver is told: the JSON that docs/payload.md documents. Pure.

The text is made once, when the alert is queued, and sent as it is on every try.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from alerts.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from alerts.rule import Rule
    from archive.article import Revision
    from archive.query.spans import Span
    from archive.snippet import Snippet

ALERT = "presswatch.alert.v1"
TEST = "presswatch.test.v1"
TITLE = 500  # characters of a title at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A term of the rule where it was found, as it stands there the first time."""

    text: str
    term: str  # as typed in the rule
    field: str  # title | body | author | source | site | lang
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySoFar:
    """A story as of the moment when an alert is queued."""

    id: int  # its root
    outlets: int  # sources that carry it
    first_url: str


def new_id() -> str:
    """An id that cannot be guessed: whoever knows one has been told."""
    return f"msg_{secrets.token_urlsafe(18)}"


def count_words(spans: Iterable[Span]) -> tuple[Word, ...]:
    """One `Word` for each term and field, in the order in which they come."""
    first: dict[tuple[str, str], str] = {}
    counts: dict[tuple[str, str], int] = {}
    for span in spans:
        place = span.term.text, span.field
        first.setdefault(place, span.words)
        counts[place] = counts.get(place, 0) + 1
    return tuple(
        Word(text=one_line(text, 100), term=term, field=field, count=counts[term, field])
        for (term, field), text in first.items()
    )


def build(
    *,
    alert: str,
    queued: datetime,
    rule: Rule,
    revision: Revision,
    story: StorySoFar,
    words: Sequence[Word],
    snippets: Sequence[Snippet],
    replayed: bool = False,
    zone: tzinfo = UTC,
) -> str:
    """The frozen JSON of one alert; its times are written with the offset of `zone`."""
    return _dump(
        {
            "type": ALERT,
            "id": alert,
            "timestamp": _time(queued, zone),
            "replayed": replayed,
            "rule": {"name": rule.name, "query": rule.query.text, "on": rule.on},
            "words": word_rows(words),
            "snippets": [
                {"field": s.field, "text": s.text, "marks": [list(mark) for mark in s.marks]}
                for s in snippets
            ],
            "article": _article(revision, zone),
            "story": {"id": story.id, "outlets": story.outlets, "first_url": story.first_url},
        }
    )


def _article(revision: Revision, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": revision.article,
        "url": revision.url,
        "title": one_line(revision.title, TITLE),
        "source": revision.source,
        "published": revision.published and _time(revision.published, zone),
        "published_precise": revision.published_precise,
        "first_seen": _time(revision.first_seen, zone),
        "language": revision.language,
        "revision": revision.number,
    }


def test(alert: str, now: datetime) -> str:
    """What `presswatch check --online` sends: the same envelope and no article."""
    return _dump({"type": TEST, "id": alert, "timestamp": _time(now, UTC)})


def word_rows(words: Iterable[Word]) -> list[dict[str, Any]]:
    """The words as JSON has them."""
    return [
        {"text": word.text, "term": word.term, "field": word.field, "count": word.count}
        for word in words
    ]


def _time(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
