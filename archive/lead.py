"""Words that meet rarely: which of them the full-text index walks through first.

FTS5 joins words by walking through the lists of all their tokens at once, each at least once from
the newest article to the oldest where they hardly ever meet. So the two rarest tokens lead, one of
each of two words: they are joined first, and the others are looked up only where these meet. Every
hit has them, so the hits are the same.

Words in the title or text are looked for in two of six columns, and FTS5 then copies the places of
each token in each article. The other columns hold names of one token, and authors: a phrase or a
pair of words is looked for in all, and the few articles of a page are held against their authors.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from archive.facets import bylines
from archive.fold import stream
from archive.query import tree as querytree
from archive.query.leaf import Near, Term

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database

    from archive.query.sql import Plan
    from archive.query.tree import Node

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
    return None if plan.words is None else querytree.fts(plan.words, _gate(db, plan.words))


def ways(db: Database, plan: Plan) -> list[str]:
    """The same, last; before it one that costs a third less where a phrase or a pair is long.

    That one also finds articles of which only an author's name has it: see `is_by_name`.
    """
    if plan.words is None:
        return []
    gate = _gate(db, plan.words)
    made = (querytree.fts(plan.words, gate, anywhere=wide) for wide in (True, False))
    return list(dict.fromkeys(made))


def is_by_name(db: Database, plan: Plan, articles: Iterable[int]) -> bool:
    """Whether what is long may stand in the name of an author of one of these articles."""
    leaves = querytree.leaves(plan.words) if plan.words is not None else ()
    long = [leaf for leaf in leaves if isinstance(leaf, Near | Term) and leaf.is_long]
    phrases = [_phrase(leaf.left if isinstance(leaf, Near) else leaf) for leaf in long]
    sql = """
        SELECT DISTINCT revision.authors FROM json_each(?) AS one
        CROSS JOIN article ON article.id = one.value JOIN revision ON revision.id = article.newest
    """
    rows = db.conn.execute(sql, [json.dumps(list(articles))]).fetchall()
    names = (f" {stream(bylines(json.loads(authors)))} " for (authors,) in rows)
    return any(phrase in name for name in names for phrase in phrases)


def _phrase(term: Term) -> str:
    return " " + " ".join(term.tokens) + ("" if term.prefix else " ")


def _gate(db: Database, tree: Node) -> str:
    """What leads; "" where nothing would be spared."""
    words = [tokens for tokens in querytree.needed(tree) if tokens]
    known = list(dict.fromkeys(token for tokens in words for token in tokens))
    if len(words) == 1 or not _FEWEST <= len(known) <= _MOST:
        return ""
    last = {token: _reached(db, token) for token in known}
    rarest = list(dict.fromkeys(min(tokens, key=last.__getitem__) for tokens in words))
    first, second = sorted(rarest, key=last.__getitem__)[:2] if len(rarest) > 1 else ("", "")
    if not second or last[second] > _newest(db) - COMMON * _SAMPLE:
        return ""
    return f"({_quoted(first)} AND {_quoted(second)}) OR {_NOTHING}"


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
