"""/api/v1: what the archive holds, for programs. Lists come with the place of what follows.

docs/api.md describes it; its examples are run by a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from alerts import history
from alerts.history import overview
from archive import browse
from archive.lookup import find_article
from archive.retold import tellings
from archive.search import read_hits
from archive.survey import MOST as MOST_HITS
from crawler import ledger
from crawler.evidence.doubt import against
from presswatch.views import rows, standing
from presswatch.web.ask import MOST_ID
from presswatch.web.errors import NotFound
from presswatch.web.ledger import say_cursor, wanted
from presswatch.web.searching import ranks, surveyed

if TYPE_CHECKING:
    from sqlite_utils import Database

    from alerts.history import AlertRow
    from presswatch.web.ask import Ask

LIMIT: Final = 50
MOST: Final = 200
HITS: Final = 20  # of a search, each with its passages


def articles(db: Database, ask: Ask) -> dict[str, Any]:
    """The articles that came last."""
    limit = _limit(ask)
    found = browse.newest_articles(db, before=ask.number("before"), limit=limit)
    last = found[-1].article if len(found) == limit else None
    return {"articles": [rows.listed(one) for one in found], "next": _next(ask, before=last)}


def article(db: Database, ask: Ask) -> dict[str, Any]:
    """One article with its newest text and all its evidence."""
    number = ask.places["article"]
    found = find_article(db, number) if number < MOST_ID else None
    if found is None:
        raise NotFound(f"article {number}")
    return rows.article(found, against(found))


def stories(db: Database, ask: Ask) -> dict[str, Any]:
    """The stories that came last, a new source's backlog among them with backlog=1."""
    found, cursor = browse.newest_stories(
        db,
        before=ask.number("before"),
        limit=_limit(ask),
        backlog=ask.value("backlog") == "1",
    )
    matches = overview.of_articles(db, [article for story in found for article in story.articles])
    made = []
    for story in found:
        matched = [match for article in story.articles for match in matches.get(article, ())]
        made.append(rows.story(story, matched))
    return {"stories": made, "next": _next(ask, before=cursor)}


def story(db: Database, ask: Ask) -> dict[str, Any]:
    """One story: its first article, then the others and how they stand to it."""
    number = ask.places["story"]
    try:
        told = tellings(db, min(number, MOST_ID))
    except LookupError:
        raise NotFound(f"story {number}") from None
    first = find_article(db, told[0].article)
    assert first is not None
    return {"id": first.newest.story, "articles": [rows.telling(one) for one in told]}


def search(db: Database, ask: Ask) -> dict[str, Any]:
    """What a query finds, the newest first or the best. Raises QueryError, and Nonsense."""
    query = ask.book.read(ask.value("q"))
    limit, at = _limit(ask, HITS), ask.number("from") or 0
    ranked = ranks(ask, query)
    found = surveyed(db, ask, query, MOST_HITS if ranked else limit)
    shown = found.found[at : at + limit] if ranked else found.found
    cursor = {"from": at + limit if at + limit < len(found.found) else None}
    return {
        "query": query.text,
        "sort": "relevance" if ranked else "newest",
        "notes": list(query.notes),
        "articles": [rows.hit(one) for one in read_hits(db, query, [hit.article for hit in shown])],
        "next": _next(ask, **(cursor if ranked else {"before": found.cursor})),
    }


def status(db: Database, ask: Ask) -> dict[str, Any]:
    """How everything stands: what `presswatch status --json` prints."""
    found = ask.standing(db, sums=True)
    return rows.status(found, standing.attention(found))


def sources(db: Database, ask: Ask) -> dict[str, Any]:
    """The sources of the config, in its order; `after` is the number of those before."""
    limit, at = _limit(ask), ask.number("after") or 0
    known = ask.standing(db).sources
    return {
        "sources": [rows.source(one) for one in known[at : at + limit]],
        "next": _next(ask, after=at + limit if at + limit < len(known) else None),
    }


def source(db: Database, ask: Ask) -> dict[str, Any]:
    """One source with its last ten polls that left a report."""
    found = standing.source(db, ask.places["name"], enabled=ask.book.enabled(ask.places["name"]))
    if found.enabled is None and found.state is None:
        raise NotFound(f"source {found.name}")
    polls = ledger.polls(db, found.name, limit=10)
    return rows.source(found) | {"last_polls": [rows.poll(one) for one in polls]}


def alerts(db: Database, ask: Ask) -> dict[str, Any]:
    """The ledger, the alert queued last first; or as much as is asked for. Raises Nonsense."""
    limit = _limit(ask)
    found = history.latest_alerts(db, **wanted(ask), limit=limit)
    about = overview.subjects(db, [one.id for one in found])
    last = say_cursor(found[-1]) if len(found) == limit else None
    return {
        "alerts": [_alert(one, *about[one.id]) for one in found],
        "next": _next(ask, before=last),
    }


def alert(db: Database, ask: Ask) -> dict[str, Any]:
    """One alert with every try and its payload. Raises AlertUnknown."""
    number = ask.places["alert"]
    row = history.find_alert(db, number)
    about, article = overview.subjects(db, [number])[number]
    return _alert(row, about, article) | {
        "attempts": [rows.attempt(one) for one in history.attempts(db, number)],
        "payload": history.payload_of(db, number),
    }


def _alert(row: AlertRow, about: str, article: int | None) -> dict[str, Any]:
    return rows.alert(row) | {"title": about, "article": article}


def _limit(ask: Ask, usual: int = LIMIT) -> int:
    return max(1, min(ask.number("limit") or usual, MOST))


def _next(ask: Ask, **cursor: object) -> str | None:
    """The place of what follows; null where nothing does."""
    if all(value is None for value in cursor.values()):
        return None
    return f"{ask.path}?{urlencode({**ask.values, **cursor})}"
