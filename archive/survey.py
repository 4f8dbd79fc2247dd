"""What a query finds, as far as a page needs it: the first hits, and what they have in common.

A common word hits half of a large archive. A survey takes the hits from the index in the order in
which they came, the newest first, and stops at `MOST`: its cost depends on what is shown and not
on what is kept. Where it stopped it says so, and `before` goes on from there. Of a query that keeps
to a time it takes them in the order of time (`archive.order`): what came last is of no use there.

By relevance, `MOST` of the hits are the best ones, and nothing goes on behind them.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from archive.article import from_ms
from archive.lead import led
from archive.order import Wanted, most_relevant, newest
from archive.query.leaf import APPEARED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, tzinfo

    from sqlite_utils import Database

    from archive.query import Query
    from archive.query.sql import Plan

MOST: Final = 300

#: Articles that have the words and are held against the rest of the query: dates, say.
LOOKED_AT: Final = 10_000

#: All that is told of a hit, from the index that holds just that.
_OUTLINE: Final = f"article.id, {APPEARED}, article.source, article.language"
_OUTLINED: Final = "article INDEXED BY article_outline"
_AMONG: Final = "article.id IN (SELECT value FROM json_each(:among))"


@dataclass(frozen=True, slots=True)
class Found:
    """An article that a query finds, without its text."""

    article: int
    appeared: datetime  # published, else first seen
    source: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The hits that came last, by the time when they appeared; or the best, the best first."""

    found: tuple[Found, ...]
    cursor: int | None  # where there may be more: those that came before this article; else None
    ranked: bool = False
    complete: bool = True  # these are all

    def sources(self) -> Counter[str]:
        return Counter(hit.source for hit in self.found)

    def languages(self) -> Counter[str]:
        return Counter(hit.language for hit in self.found)

    def days(self, zone: tzinfo) -> Counter[date]:
        """Day of `zone` → hits."""
        return Counter(hit.appeared.astimezone(zone).date() for hit in self.found)


def survey(
    db: Database,
    query: Query | None,
    *,
    before: int | None = None,
    among: Sequence[int] | None = None,
    most: int = MOST,
) -> Survey:
    """The newest hits, `most` of them; `among` keeps to these articles, no query takes all.

    `before` is the cursor of a survey that came before.
    """
    plan = query.plan() if query is not None else None
    if among is None and plan is not None and plan.match is not None and plan.is_of_a_time:
        return _of_a_time(db, plan, before, most)
    values: dict[str, Any] = {"before": before, "looked": LOOKED_AT, "most": most}
    if plan is not None:
        values |= plan.values | {"match": led(db, plan) if among is None else plan.match}
    if among is not None:
        values["among"] = json.dumps(list(among))
    rows = db.execute(_sql(plan, among=among is not None), values).fetchall()
    found = [_found(row) for row in rows]
    cursor = min((hit.article for hit in found), default=None) if len(found) == most else None
    if cursor is None and among is None and plan is not None and plan.condition != "1":
        looked, lowest = db.execute(_bounds(plan), values).fetchone()
        cursor = lowest if looked == LOOKED_AT else None
    found.sort(key=lambda hit: (hit.appeared, hit.article), reverse=True)
    return Survey(found=tuple(found), cursor=cursor, complete=cursor is None)


def _of_a_time(db: Database, plan: Plan, before: int | None, most: int) -> Survey:
    """The newest hits by the time when they appeared; the last one of them is the cursor."""
    below = None
    if before is not None:
        # The very article, or where it is there no more, the one filed before it.
        row = db.execute(
            "SELECT appeared FROM article WHERE id <= ? ORDER BY id DESC LIMIT 1", [before]
        ).fetchone()
        below = (row[0] if row else 0, before)
    found = _read(db, newest(db, Wanted(plan, below=below), most))
    cursor = found[-1].article if len(found) == most else None
    return Survey(found=found, cursor=cursor, complete=cursor is None)


def _read(db: Database, articles: Sequence[int]) -> tuple[Found, ...]:
    """These articles, in this order; those that are there no more are left out."""
    rows = db.execute(
        f"SELECT {_OUTLINE} FROM json_each(?) AS one"  # noqa: S608 - a constant
        f" CROSS JOIN {_OUTLINED} ON article.id = one.value ORDER BY one.key",
        [json.dumps(list(articles))],
    ).fetchall()
    return tuple(_found(row) for row in rows)


def _found(row: tuple[Any, ...]) -> Found:
    return Found(row[0], from_ms(row[1]), row[2], row[3])


def can_rank(query: Query) -> bool:
    """Whether it has words that every hit has: relevance weighs nothing else."""
    return query.plan().match is not None


def best(
    db: Database, query: Query, *, among: Sequence[int] | None = None, most: int = MOST
) -> Survey:
    """The hits by relevance, `most` of them; the query must be one that `can_rank`.

    Of more than `archive.order.RANKED` hits those that came last are weighed.
    """
    plan = query.plan()
    if among is not None:
        values = {**plan.values, "among": json.dumps(list(among))}
        plan = replace(plan, condition=f"({plan.condition}) AND {_AMONG}", values=values)
    found = _read(db, most_relevant(db, Wanted(plan), most))
    return Survey(found=found, cursor=None, ranked=True, complete=len(found) < most)


def _candidates(plan: Plan | None, *, among: bool) -> str:
    """The articles that have the words, the newest first; those of `among` are asked for alone."""
    match = plan.match if plan is not None else None
    table, wanted = "SELECT id FROM article WHERE", "id"
    if among:
        table, wanted = "SELECT value AS id FROM json_each(:among) WHERE", "value"
    if match is not None:
        table, wanted = "SELECT rowid AS id FROM search WHERE search MATCH :match AND", "rowid"
    if match is not None and among:
        table = (
            "SELECT search.rowid AS id FROM json_each(:among) AS one"
            " CROSS JOIN search ON search.rowid = one.value WHERE search MATCH :match AND"
        )
        wanted = "search.rowid"
    return f"""
        {table} {wanted} < coalesce(:before, 9223372036854775807) ORDER BY 1 DESC LIMIT :looked
    """


def _sql(plan: Plan | None, *, among: bool) -> str:
    condition = plan.condition if plan is not None else "1"
    return f"""
        SELECT {_OUTLINE} FROM ({_candidates(plan, among=among)}) AS candidate
        CROSS JOIN {_OUTLINED} ON article.id = candidate.id
        WHERE {condition} LIMIT :most
    """  # noqa: S608 - literals, and conditions that hold parameters only


def _bounds(plan: Plan) -> str:
    """How many candidates there were, up to the limit, and the lowest of them."""
    return f"SELECT count(*), min(id) FROM ({_candidates(plan, among=False)})"  # noqa: S608
