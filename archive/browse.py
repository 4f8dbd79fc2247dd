"""The archive as people leaf through it: the newest stories and articles, and how many an hour.

Nothing here looks at more rows than it shows, but for `STRETCH`: a page must come as quickly from
a million articles as from ten. Stories and articles have ids in the order in which they came, and
an id is the cursor to what came before.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from archive.article import from_ms, to_ms
from archive.halving import last_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlite_utils import Database

#: Stories among which a page of them is looked for: a new source's backlog is passed over.
STRETCH: Final = 3_000

_HOUR = 60 * 60 * 1000  # milliseconds
_LEAD = 600  # characters of a text that are read for a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An article as a list shows it, with the beginning of its newest text."""

    article: int
    story: int  # the root
    url: str
    title: str
    source: str
    language: str
    published: datetime | None
    precise: bool
    first_seen: datetime
    lead: str  # the first characters of the text, cut anywhere
    texts: int  # that it has had
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story as a list shows it: the article that was archived first, and where else it stands."""

    id: int
    first: Listed
    outlets: tuple[str, ...]  # names of sources, the first one's first
    articles: tuple[int, ...]  # all of it, in the order in which they came


_LISTED = f"""
    SELECT article.id, story.root, article.url, revision.title, article.source, revision.language,
           revision.published, revision.published_precise, article.first_seen,
           substr(revision.text, 1, {_LEAD}), revision.number, article.withdrawn_at
    FROM article JOIN revision ON revision.id = article.newest
    JOIN story ON story.id = article.story
"""  # noqa: S608 - a constant


def newest_stories(
    db: Database, *, before: int | None = None, limit: int = 30, backlog: bool = False
) -> tuple[list[Story], int | None]:
    """Stories in the order in which they came, the newest first, and the cursor to those before.

    Without `backlog` a story counts only if it was news when it was archived. None: nothing is
    left. There may be fewer than `limit` and more behind the cursor: it gives up after `STRETCH`.
    """
    top = before if before is not None else _last_story(db) + 1
    low = max(0, top - STRETCH)
    news = (
        "1"
        if backlog
        else "EXISTS (SELECT 1 FROM article JOIN revision ON revision.id = article.newest"
        " WHERE article.story = story.id AND NOT revision.quiet)"
    )
    rows = db.execute(
        f"SELECT id FROM story WHERE id = root AND id < ? AND id >= ? AND {news}"  # noqa: S608
        " ORDER BY id DESC LIMIT ?",
        [top, low, limit],
    ).fetchall()
    roots = [root for (root,) in rows]
    cursor = roots[-1] if len(roots) == limit else low
    return stories(db, roots), cursor if cursor > 1 else None


def _last_story(db: Database) -> int:
    return int(db.execute("SELECT coalesce(max(id), 0) FROM story").fetchone()[0])


def stories(db: Database, roots: Sequence[int]) -> list[Story]:
    """The stories with these roots, in this order; a root that is none is left out."""
    members: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for root, article, source in db.execute(
        "SELECT story.root, article.id, article.source FROM json_each(?) AS wanted"
        " JOIN story ON story.root = wanted.value JOIN article ON article.story = story.id"
        " ORDER BY article.id",
        [json.dumps(list(roots))],
    ).fetchall():
        members[root].append((article, source))
    firsts = listed(db, [found[0][0] for found in members.values()])
    return [
        Story(
            id=root,
            first=firsts[members[root][0][0]],
            outlets=tuple(dict.fromkeys(source for _, source in members[root])),
            articles=tuple(article for article, _ in members[root]),
        )
        for root in roots
        if root in members
    ]


def listed(db: Database, articles: Iterable[int]) -> dict[int, Listed]:
    """The articles of these ids, in this order."""
    asked = list(articles)
    where = "WHERE article.id IN (SELECT value FROM json_each(?))"
    rows = db.execute(_LISTED + where, [json.dumps(asked)]).fetchall()
    found = {row[0]: _listed(row) for row in rows}
    return {article: found[article] for article in asked if article in found}


def newest_articles(db: Database, *, before: int | None = None, limit: int = 50) -> list[Listed]:
    """Articles in the order in which they came, the newest first."""
    where = "WHERE (:before IS NULL OR article.id < :before) ORDER BY article.id DESC LIMIT :limit"
    rows = db.execute(_LISTED + where, {"before": before, "limit": limit}).fetchall()
    return [_listed(row) for row in rows]


def per_hour(db: Database, since: datetime) -> Counter[datetime]:
    """Beginning of the hour (UTC) → articles that came in it; only hours with articles."""
    rows = db.execute(
        f"SELECT first_seen / {_HOUR}, count(*) FROM article"  # noqa: S608 - a constant
        " WHERE id > ? AND first_seen >= ? GROUP BY 1",
        [last_before(db, "article", to_ms(since)), to_ms(since)],
    ).fetchall()
    return Counter({from_ms(hour * _HOUR): articles for hour, articles in rows})


def _listed(row: tuple[Any, ...]) -> Listed:
    article, root, url, title, source, language, published, precise, seen, lead, texts, gone = row
    return Listed(
        article=article,
        story=root,
        url=url,
        title=title,
        source=source,
        language=language,
        published=None if published is None else from_ms(published),
        precise=bool(precise),
        first_seen=from_ms(seen),
        lead=lead,
        texts=texts,
        withdrawn=gone is not None,
    )


def texts(db: Database, articles: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Article → the title and the whole of its newest text."""
    rows = db.execute(
        "SELECT article.id, revision.title, revision.text FROM json_each(?) AS wanted"
        " JOIN article ON article.id = wanted.value"
        " JOIN revision ON revision.id = article.newest",
        [json.dumps(list(articles))],
    ).fetchall()
    return {article: (title, text) for article, title, text in rows}


def totals(db: Database) -> tuple[int, int]:
    """Articles and texts that were ever archived: the last ids given."""
    row = db.execute(
        "SELECT (SELECT coalesce(max(id), 0) FROM article),"
        " (SELECT coalesce(max(id), 0) FROM revision)"
    ).fetchone()
    return int(row[0]), int(row[1])
