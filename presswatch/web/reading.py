"""A story and an article, read: what stands where, what differs, what changed, what it caused."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from alerts import history
from archive.browse import listed
from archive.diff import diff, line_diff, near_changes
from archive.lookup import find_article, raw_facts, revision
from archive.query.spans import Automaton
from archive.retold import tellings
from crawler.evidence.doubt import against
from presswatch.web import muting
from presswatch.web.ask import MOST_ID, Moved, Shown
from presswatch.web.errors import NotFound
from presswatch.web.passages import places
from presswatch.web.render import mark
from presswatch.web.today import united

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markupsafe import Markup
    from sqlite_utils import Database

    from alerts.history import MatchRow
    from archive.article import Article, Evidence, Revision
    from archive.diff import Paragraph, Piece
    from archive.query.spans import Span
    from archive.retold import Telling
    from presswatch.web.ask import Ask

REVISIONS: Final = 10  # of an article whose changes are shown, the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became another text: the two texts, and their difference with gaps as None."""

    old: Revision
    new: Revision
    title: tuple[Piece, ...]
    paragraphs: tuple[Paragraph | None, ...]


def article(db: Database, ask: Ask) -> Shown:
    """The newest text with its words marked: those of a query, else those of the rules."""
    found = _article(db, ask.places["article"])
    matches = history.matches_of_article(db, found.id)
    return Shown(
        template="article.html",
        values=_read(found, _spans(found, matches, ask))
        | {
            "matches": matches,
            "changes": changes(db, found),
            "others": [copy for copy in found.copies if copy.article != found.id][:20],
            "raw": raw_facts(db, found.id),
            "q": ask.value("q"),
        },
    )


def story(db: Database, ask: Ask) -> Shown | Moved:
    """The first article of a story in full, and how all the others stand to it."""
    number = min(ask.places["story"], MOST_ID)
    try:
        told = tellings(db, number)
    except LookupError:
        raise NotFound(f"story {number}", hint="the archive has no story of that number") from None
    first = _article(db, told[0].article)
    if first.newest.story != number:
        return Moved(place=f"/story/{first.newest.story}", status=308)
    ids = [telling.article for telling in told]
    matches = [match for one in ids for match in history.matches_of_article(db, one)]
    return Shown(
        template="story.html",
        values=_read(first, _found(first, matches))
        | {
            "story": number,
            "told": told,
            "more": len(first.copies) + 1 - len(told),
            "matches": sorted(matches, key=lambda match: match.id),
            "titles": {telling.article: telling.title for telling in told},
            "changed": _changed(db, told),
            "mute": muting.values(db, ask, "story", str(number)),
        },
    )


def _read(found: Article, spans: Sequence[Span]) -> dict[str, Any]:
    """What a page shows of an article: its newest text with these places marked, and its date."""
    newest = found.newest
    return {
        "article": found,
        "title": marked_title(newest, [span for span in spans if span.field == "title"]),
        "paragraphs": marked_paragraphs(newest.text, [s for s in spans if s.field == "body"]),
        "dates": evidence_of_date(found),
        "doubts": against(found),
    }


def _changed(db: Database, told: Sequence[Telling]) -> list[tuple[Telling, tuple[Change, ...]]]:
    """The articles of a story that have had several texts, and what changed."""
    several = listed(db, [telling.article for telling in told])
    return [
        (telling, changes(db, _article(db, telling.article)))
        for telling in told
        if several[telling.article].texts > 1
    ]


def changes(db: Database, found: Article) -> tuple[Change, ...]:
    """What changed from each text to the next, the newest first."""
    last = found.revisions
    texts = [revision(db, found.id, n) for n in range(max(1, last - REVISIONS), last + 1)]
    known = [text for text in texts if text is not None]
    return tuple(_change(old, new) for old, new in pairwise(known))[::-1]


def _change(old: Revision, new: Revision) -> Change:
    return Change(
        old=old,
        new=new,
        title=line_diff(old.title, new.title) if old.title != new.title else (),
        paragraphs=tuple(near_changes(diff(old.text, new.text))),
    )


def evidence_of_date(found: Article) -> list[Evidence]:
    """What the page, its URL and its listing say of its date, the chosen word first."""
    said = [one for one in found.evidence if one.field == "published"]
    return sorted(said, key=lambda one: not one.chosen)


def marked_title(newest: Revision, spans: Iterable[Span]) -> Markup:
    """The title, or the address of what has none."""
    return mark(newest.title or newest.url, united((s.start, s.end) for s in spans))


def marked_paragraphs(text: str, spans: Iterable[Span]) -> list[Markup]:
    """The paragraphs of a text with the places in them marked.

    Blanks before and behind are left out: the page sets paragraphs apart in its own way.
    """
    ranges = united((span.start, span.end) for span in spans)
    starts, ends = [low for low, _ in ranges], [high for _, high in ranges]
    made, begin = [], 0
    for line in text.split("\n"):
        start = begin + len(line) - len(line.lstrip())
        end = begin + len(line.rstrip())
        begin += len(line) + 1
        if start < end:
            inside = ranges[bisect_right(ends, start) : bisect_left(starts, end)]
            here = [(max(low, start) - start, min(high, end) - start) for low, high in inside]
            made.append(mark(text[start:end], here))
    return made


def _spans(found: Article, matches: Iterable[MatchRow], ask: Ask) -> list[Span]:
    if text := ask.value("q"):
        from alerts.match import document_of

        automaton = Automaton({"": ask.book.read(text)})
        return list(automaton.match(document_of(found.newest)).get("", ()))
    return _found(found, matches)


def _found(article: Article, matches: Iterable[MatchRow]) -> list[Span]:
    """Where the words stand that the rules found in it."""
    words = [word for match in matches if match.article == article.id for word in match.words]
    return list(places(article.newest.title, article.newest.text, words))


def _article(db: Database, number: int) -> Article:
    found = find_article(db, number) if number < MOST_ID else None
    if found is None:
        raise NotFound(f"article {number}", hint="the archive has no article of that number")
    return found
