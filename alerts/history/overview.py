"""Matches and alerts as people leaf through them: by article, by hour, by rule. Reads only.

Every question is answered from an index, whatever the length of the ledger.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.payload import Word
from archive.article import from_ms, to_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A rule that held for some text of an article; its newest match where there are several."""

    rule: str
    article: int
    words: tuple[Word, ...]
    told: bool  # an alert was queued


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMatches:
    """How a rule fares."""

    last: datetime | None  # None: it never matched
    counts: Counter[int]  # number of the span, counted from `since` → matches

    @property
    def recent(self) -> int:
        """Matches since."""
        return self.counts.total()


def of_articles(db: Database, articles: Iterable[int]) -> dict[int, list[Matched]]:
    """Article → the rules that it matched, by name; absent where none did."""
    rows = db.execute(
        "SELECT m.article, m.rule, m.words, m.decision = 'ALERT' AND m.alerts > 0"
        " FROM json_each(?) AS wanted"
        " JOIN rule_match m ON m.article = wanted.value ORDER BY m.article, m.rule, m.id",
        [json.dumps(list(articles))],
    ).fetchall()
    found: dict[int, dict[str, Matched]] = defaultdict(dict)
    for article, rule, words, told in rows:
        before = found[article].get(rule)
        found[article][rule] = Matched(
            rule=rule,
            article=article,
            words=tuple(Word(**word) for word in json.loads(words)),
            told=bool(told) or (before is not None and before.told),
        )
    return {article: list(matches.values()) for article, matches in found.items()}


def of_rules(
    db: Database, rules: Iterable[str], *, since: datetime, span: timedelta
) -> dict[str, RuleMatches]:
    """How each rule has matched in every `span` since then, and when last."""
    return {rule: _of_rule(db, rule, since, span) for rule in rules}


def _of_rule(db: Database, rule: str, since: datetime, span: timedelta) -> RuleMatches:
    last = db.execute("SELECT max(matched_at) FROM rule_match WHERE rule = ?", [rule]).fetchone()[0]
    begin, width = to_ms(since), round(span.total_seconds() * 1000)
    rows = db.execute(
        "SELECT (matched_at - :begin) / :width, count(*) FROM rule_match"
        " WHERE rule = :rule AND matched_at >= :begin GROUP BY 1",
        {"begin": begin, "width": width, "rule": rule},
    ).fetchall()
    return RuleMatches(last=None if last is None else from_ms(last), counts=Counter(dict(rows)))


def articles_of_rule(
    db: Database, rule: str, limit: int, *, before: int | None = None
) -> list[int]:
    """The articles that a rule matched last, each once, the last one first.

    `before` keeps to those that came before that article.
    """
    rows = db.execute(
        "SELECT article FROM rule_match WHERE rule = :rule"
        " AND (:before IS NULL OR article < :before)"
        " ORDER BY matched_at DESC, id DESC LIMIT :limit",
        {"rule": rule, "before": before, "limit": limit},
    ).fetchall()
    return list(dict.fromkeys(article for (article,) in rows))


def rules_of(db: Database, articles: Iterable[int]) -> Counter[str]:
    """Rule → how many of these articles it matched."""
    rows = db.execute(
        "SELECT m.rule, count(DISTINCT m.article) FROM json_each(?) AS wanted"
        " JOIN rule_match m ON m.article = wanted.value GROUP BY m.rule",
        [json.dumps(list(articles))],
    ).fetchall()
    return Counter(dict(rows))


def subjects(db: Database, alerts: Sequence[str]) -> dict[str, tuple[str, int | None]]:
    """Alert → what it is about (a title, or the sentence of a notice), and its article if any."""
    rows = db.execute(
        "SELECT a.id, coalesce(nullif(a.payload ->> '$.article.title', ''),"
        " a.payload ->> '$.article.url', a.payload ->> '$.text', ''), m.article"
        " FROM json_each(?) AS wanted JOIN alert a ON a.id = wanted.value"
        " LEFT JOIN rule_match m ON m.id = a.match",
        [json.dumps(list(alerts))],
    ).fetchall()
    return {alert: (str(about), article) for alert, about, article in rows}


def last_match(db: Database) -> int:
    """How many matches there ever were: the last id given."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM rule_match").fetchone()[0])


def tries(db: Database) -> Counter[str]:
    """Outcome → tries to deliver that are kept."""
    rows = db.execute("SELECT outcome, count(*) FROM attempt GROUP BY outcome").fetchall()
    return Counter(dict(rows))
