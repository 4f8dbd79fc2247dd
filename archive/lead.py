"""Words that meet rarely: which of them the full-text index walks through first.

FTS5 joins words by walking through the lists of all their tokens at once, each at least once from
the newest article to the oldest where they hardly ever meet. So the two rarest tokens lead, one of
each of two words: they are joined first, and the others are looked up only where these meet. Every
hit has them, so the hits are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archive.query import tree as querytree

if TYPE_CHECKING:
    from sqlite_utils import Database

    from archive.query.sql import Plan

COMMON: Final = 2  # a token of every second article spares nothing
_SAMPLE: Final = 20  # the newest articles that have a token tell how rare it is
_MOST: Final = 8  # tokens that are looked at
_FEWEST: Final = 3  # with two there is nothing to lead
#: No token (`archive.fold`). An AND inside an AND would be one with it; inside an OR it is not.
_NOTHING: Final = '"¶¶"'


def led(db: Database, plan: Plan) -> str | None:
    """The MATCH expression of a plan, led by its rarest tokens; None where it has none.

    Not to be ranked: bm25 would weigh the tokens that lead, too.
    """
    words = [tokens for tokens in querytree.needed(plan.words) if tokens] if plan.words else []
    known = list(dict.fromkeys(token for tokens in words for token in tokens))
    if plan.words is None or len(words) == 1 or not _FEWEST <= len(known) <= _MOST:
        return plan.match
    last = {token: _reached(db, token) for token in known}
    rarest = list(dict.fromkeys(min(tokens, key=last.__getitem__) for tokens in words))
    if len(rarest) == 1:
        return plan.match
    first, second = sorted(rarest, key=last.__getitem__)[:2]
    if last[second] > _newest(db) - COMMON * _SAMPLE:
        return plan.match
    gate = f"({_quoted(first)} AND {_quoted(second)}) OR {_NOTHING}"
    return querytree.fts(plan.words, gate)


def _newest(db: Database) -> int:
    return int(db.conn.execute("SELECT coalesce(max(id), 0) FROM article").fetchone()[0])


def _reached(db: Database, token: str) -> int:
    """The oldest of the newest articles that have a token: the lower, the rarer it is."""
    sql = """
        SELECT CASE WHEN count(*) = :sample THEN min(id) ELSE 0 END FROM (
          SELECT rowid AS id FROM search WHERE search MATCH :token ORDER BY rowid DESC LIMIT :sample
        )
    """
    values = {"token": _quoted(token), "sample": _SAMPLE}
    return int(db.conn.execute(sql, values).fetchone()[0])


def _quoted(token: str) -> str:
    return '"' + token.replace('"', '""') + '"'
