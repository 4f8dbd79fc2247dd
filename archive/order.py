"""Which articles a query finds, in the order in which they are wanted: newest first, or ranked.

A common word hits a large part of the archive, and a page shows twenty. Articles are filed about
when they appear, so the hits are taken from the full-text index from the last filed on, and a few
of them are nearly always the page. Whether they are is told by the index over `article.appeared`:
it names the articles that appeared since the last of the page and were not looked at (a backlog,
a date that was wrong), and those few are asked for one by one. Where they are many, or the hits
are not filed in the order of time, more hits are taken, and in the end all of them are sorted.

Relevance is bm25, which scores every hit: of more than RANKED the ones filed last are ranked.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from archive.halving import last_before
from archive.lead import is_by_name, ways

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from sqlite3 import Cursor

    from sqlite_utils import Database

    from archive.query.sql import Plan

Place: TypeAlias = tuple[int, int]  # of a hit among the others: when it appeared, and its id

#: Hits that are taken beyond those of the page; then twice as many, again and again.
MORE: Final = 3
STRAYS: Final = 100  # articles that are asked for one by one, at most
ASIDE: Final = 8  # of those that were filed before the hits that were taken, at first
LATER: Final = 8  # pages of hits were taken
FEW: Final = 1_000  # hits that are sorted without more ado
TAKEN: Final = 8_000  # hits, or sorting all of them is no slower
RANKED: Final = 20_000

_START, _END = -(1 << 63), (1 << 63) - 1  # what SQLite can count
#: A word in a title says more about an article than one in its text; the other columns are names.
_RANK = "bm25(search, 5.0, 1.0, 1.0, 1.0, 1.0, 1.0)"
_NEWEST = "article.appeared DESC, article.id DESC"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query as SQL, and what is asked beside it."""

    plan: Plan
    since: int | None = None  # milliseconds since 1970
    source: str | None = None
    below: Place | None = None  # only what comes behind this one, the newest first

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of `table` and `condition`."""
        more = {"match": self.plan.match, "since": self.since, "source": self.source}
        then, article = self.below if self.below is not None else (None, None)
        return self.plan.values | more | {"then": then, "article": article}

    @property
    def start(self) -> int:
        """No hit appeared before."""
        bounds = (self.since, self.plan.since)
        return max((bound for bound in bounds if bound is not None), default=_START)

    @property
    def end(self) -> int:
        """Every hit appeared before."""
        bounds = (self.plan.until, None if self.below is None else self.below[0] + 1)
        return min((bound for bound in bounds if bound is not None), default=_END)

    @property
    def table(self) -> str:
        """The index is asked first where it can say anything."""
        return self._joined("article")

    @property
    def outline(self) -> str:
        """The same without the rows of articles: when they appeared, source and language."""
        return self._joined("article INDEXED BY article_outline")

    def _joined(self, articles: str) -> str:
        if self.plan.match is None:
            return articles
        return f"search CROSS JOIN {articles} ON article.id = search.rowid"

    @property
    def condition(self) -> str:
        """What must hold of a row of `table`."""
        match = [] if self.plan.match is None else ["search MATCH :match"]
        return " AND ".join([*match, self.beside])

    @property
    def beside(self) -> str:
        """The part of it that is about the article alone."""
        since = [] if self.since is None else ["article.appeared >= :since"]
        source = [] if self.source is None else ["article.source = :source"]
        behind = "(article.appeared, article.id) < (:then, :article)"
        below = [] if self.below is None else [behind]
        return " AND ".join([*since, *source, *below, f"({self.plan.condition})"])

    @property
    def by_words_alone(self) -> bool:
        """Whether the full-text index alone knows the hits."""
        return self.plan.match is not None and self.beside == "(1)"


def newest(db: Database, wanted: Wanted, number: int) -> list[int]:
    """The first `number` hits by the time when they appeared, then by id, the last ones first."""
    matches = ways(db, wanted.plan)
    for match in matches:
        found = _from_the_last(db, wanted, match, number)
        if found is None:
            break
        page = [article for _, article in found]
        if match == matches[-1] or not is_by_name(db, wanted.plan, page):
            return page
    sql = f"""
        SELECT article.id FROM {wanted.table} WHERE {wanted.condition}
        ORDER BY {_NEWEST} LIMIT :number
    """  # noqa: S608 - made of literals and of conditions that hold parameters
    return _ids(db, sql, wanted.values | {"match": next(reversed(matches), None), "number": number})


def _from_the_last(db: Database, wanted: Wanted, match: str, number: int) -> list[Place] | None:
    """The page, made of the hits that were filed last; None where that does not tell it."""
    top = _END if wanted.end == _END else last_before(db, "article", wanted.end) + 1
    best: list[Place] = []
    size = taken = number + MORE
    newest_first = "search.rowid < :top ORDER BY search.rowid DESC"
    with closing(_hits(db, wanted, newest_first, match=match, top=top)) as below:
        while hits := below.fetchmany(size):
            best = _first(best, hits, number)
            if top == _END and len(hits) < size:
                break
            low = hits[-1][1]
            strays = _unseen(db, wanted, best, number, (low, top))
            # Those right below come with the next hits, which cost less than asking for them.
            next_ones = sum(article < low for _, article in strays)
            if len(strays) <= _few(number) and (next_ones <= ASIDE or taken > LATER * number):
                return _first(best, _asked(db, wanted, strays), number)
            if taken > TAKEN:
                return None
            size, taken = taken, 2 * taken
    return best if top == _END else _with_backlog(db, wanted, best, number, top)


def _few(number: int) -> int:
    """So many articles are asked for one by one, for a page of that size."""
    return max(STRAYS, number // 2)


def _with_backlog(
    db: Database, wanted: Wanted, best: list[Place], number: int, top: int
) -> list[Place] | None:
    """The page where all hits below `top` are seen: what is left was filed after its time."""
    with closing(_hits(db, wanted, "search.rowid >= :top LIMIT :few", top=top, few=FEW + 1)) as at:
        rest = at.fetchall()
    if len(rest) <= FEW:
        return _first(best, rest, number)
    strays = _backlog(db, wanted, best, number, top)
    few = _few(number)
    page = _first(best, _asked(db, wanted, strays[:few]), number)
    if len(strays) <= few or (len(page) == number and page[-1] > strays[-1]):
        return page
    return None


def _first(places: Iterable[Place], more: Iterable[Place], number: int) -> list[Place]:
    return sorted([*places, *(hit for hit in more if hit[0] is not None)], reverse=True)[:number]


def _hits(db: Database, wanted: Wanted, where: str, **values: object) -> Cursor:
    """The places of articles that have the words; of those that are no hits, without a time."""
    sql = f"""
        SELECT CASE WHEN {wanted.beside} THEN article.appeared END, article.id
        FROM {wanted.table} WHERE search MATCH :match AND {where}
    """  # noqa: S608 - as above
    return db.conn.execute(sql, wanted.values | values)


def _unseen(
    db: Database, wanted: Wanted, best: Sequence[Place], number: int, seen: tuple[int, int]
) -> list[Place]:
    """Articles that would be on the page if they were hits, outside of this range of ids.

    No more than one more than are asked for one by one. Day after day, since of each the index
    knows the ids in order: most articles of those days have been seen.
    """
    days = """
        WITH RECURSIVE part (day) AS (
          SELECT min(appeared >> 27) FROM article WHERE appeared >> 27 >= :floor >> 27
          UNION ALL
          SELECT (SELECT min(appeared >> 27) FROM article WHERE appeared >> 27 > day) FROM part
          WHERE day < :end >> 27
        )
    """
    within = """
        SELECT appeared, id FROM part CROSS JOIN article INDEXED BY article_by_days
        WHERE appeared >> 27 = day AND appeared >= :floor AND appeared < :end AND
    """
    sql = f"{days} {within} id < :low UNION ALL {within} id >= :top LIMIT :most"
    values = {"floor": _floor(wanted, best, number), "end": wanted.end, "most": _few(number) + 1}
    return db.conn.execute(sql, values | dict(zip(("low", "top"), seen, strict=True))).fetchall()


def _backlog(
    db: Database, wanted: Wanted, best: Sequence[Place], number: int, top: int
) -> list[Place]:
    """The same of those filed since `top`, the last ones first."""
    sql = """
        SELECT appeared, id FROM article WHERE appeared >= :floor AND appeared < :end AND id >= :top
        ORDER BY appeared DESC, id DESC LIMIT :most
    """
    values = {"floor": _floor(wanted, best, number), "end": wanted.end, "most": _few(number) + 1}
    return db.conn.execute(sql, values | {"top": top}).fetchall()


def _floor(wanted: Wanted, best: Sequence[Place], number: int) -> int:
    """What appeared before is not on the page."""
    return max(wanted.start, best[-1][0]) if len(best) == number else wanted.start


def _asked(db: Database, wanted: Wanted, strays: Iterable[Place]) -> list[Place]:
    """Those of them that are hits."""
    sql = f"""
        SELECT article.appeared, article.id FROM json_each(:strays) AS stray
        CROSS JOIN {wanted.table}
        WHERE {wanted.condition} AND search.rowid = stray.value
    """  # noqa: S608 - as above
    ids = json.dumps([article for _, article in strays])
    return db.conn.execute(sql, wanted.values | {"strays": ids}).fetchall()


def most_relevant(db: Database, wanted: Wanted, number: int) -> list[int]:
    """The first `number` hits by bm25, those of one rank newest first.

    Copies of one text have one rank, so the last of the page is compared with all of its own.
    """
    table = "search" if wanted.by_words_alone else wanted.table
    condition = "search MATCH :match" if wanted.by_words_alone else wanted.condition
    sql = f"""
        WITH ranked AS MATERIALIZED (
          SELECT search.rowid AS id, {_RANK} AS rank FROM {table} WHERE {condition}
          ORDER BY search.rowid DESC LIMIT {RANKED}
        )
        SELECT article.id FROM ranked CROSS JOIN article ON article.id = ranked.id
        WHERE rank <= (
          SELECT max(rank) FROM (SELECT rank FROM ranked ORDER BY rank LIMIT :number)
        )
        ORDER BY rank, {_NEWEST} LIMIT :number
    """  # noqa: S608 - as above
    return _ids(db, sql, wanted.values | {"number": number})


def _ids(db: Database, sql: str, values: dict[str, Any] | tuple[Any, ...]) -> list[int]:
    return [row[0] for row in db.conn.execute(sql, values).fetchall()]
