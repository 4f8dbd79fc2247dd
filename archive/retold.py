"""A story as people see it: its first article, and how each of the others stands to that.

First is what was published first. A date counts if nothing speaks against it: a day without a time
ends the day before it counts, and a date in doubt, or one later than when the page was seen, does
not count at all; then it is the time when the archive saw the article.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from archive.article import from_ms
from archive.fingerprint import take
from archive.fold import stream
from archive.near import compare, describe
from archive.stories import root_of

if TYPE_CHECKING:
    from sqlite_utils import Database

COMPARED: Final = 100  # articles of a story, the oldest, that are looked at
_MEMBERS = (
    "SELECT a.id, a.url, a.source, r.title, r.published, r.published_precise, a.first_seen,"
    " EXISTS (SELECT 1 FROM json_each(r.evidence) e WHERE e.value ->> 'field' = 'doubt'), r.text"
    " FROM story s JOIN article a ON a.story = s.id JOIN revision r ON r.id = a.newest"
    " WHERE s.root = ? ORDER BY a.id LIMIT ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An article of a story."""

    article: int
    url: str
    source: str
    title: str
    published: datetime | None
    precise: bool
    doubted: bool
    first_seen: datetime
    how: str = ""  # against the first one: "cut to 40 %, new title"; "" for the first itself

    @property
    def moment(self) -> datetime:
        """When it was out at the latest, as far as can be believed."""
        if self.published is None or self.doubted:
            return self.first_seen
        latest = self.published if self.precise else self.published + timedelta(days=1)
        return min(latest, self.first_seen)


def tellings(db: Database, story: int) -> tuple[Telling, ...]:
    """The articles of a story, the first of them at the head, then as the archive saw them.

    Any story of the group will do. Raises LookupError where there is none.
    """
    rows = db.execute(_MEMBERS, (root_of(db, story), COMPARED)).fetchall()
    texts = {row[0]: row[-1] for row in rows}
    found = [_telling(row) for row in rows]
    first = min(found, key=lambda telling: (telling.moment, telling.article))
    words = take(texts[first.article]).words
    others = []
    for telling in found:
        if telling is not first:
            how = differs(words, first.title, take(texts[telling.article]).words, telling.title)
            others.append(replace(telling, how=how))
    return (first, *others)


def differs(first: tuple[str, ...], first_title: str, words: tuple[str, ...], title: str) -> str:
    """How an article stands to the first of its story, in words; pure."""
    if words == first:
        how = "the same text"
    elif not words or not first:
        how = "another text"
    else:
        how = describe(compare(words, first))
    return how if stream(title) == stream(first_title) else f"{how}, new title"


def _telling(row: tuple[object, ...]) -> Telling:
    article, url, source, title, published, precise, seen, doubted, _ = row
    assert isinstance(article, int)
    assert isinstance(seen, int)
    return Telling(
        article=article,
        url=str(url),
        source=str(source),
        title=str(title),
        published=from_ms(published) if isinstance(published, int) else None,
        precise=bool(precise),
        doubted=bool(doubted),
        first_seen=from_ms(seen),
    )
