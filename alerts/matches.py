"""The books of the matches: what the rules have found and said, and how far they have looked.

The writing functions take the database of a transaction (`Archive.write`); none begins or commits
anything.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from alerts.decide import Told
from alerts.payload import StorySoFar, word_rows
from archive.article import to_ms

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlite_utils import Database

    from alerts.decide import Decision
    from alerts.payload import Word
    from archive.article import Revision

CURSOR = "match"

#: Of a rule_match m: somebody was told, or will be.
_TOLD = "m.decision = 'ALERT' AND m.alerts > 0"

# The cursor


def cursor(db: Database) -> int:
    """The last revision that was matched; 0 in a new archive."""
    row = db.execute("SELECT revision FROM cursor WHERE name = ?", [CURSOR]).fetchone()
    return int(row[0]) if row else 0


def move_cursor(db: Database, before: int, after: int) -> bool:
    """Compare and set; False, and nothing written, where another process has moved it."""
    if cursor(db) != before:
        return False
    db.execute(
        "INSERT INTO cursor (name, revision) VALUES (:name, :after)"
        " ON CONFLICT (name) DO UPDATE SET revision = :after",
        {"name": CURSOR, "after": after},
    )
    return True


def pending(db: Database) -> int:
    """How many revisions have not been matched yet."""
    row = db.execute("SELECT count(*) FROM revision WHERE id > ?", [cursor(db)]).fetchone()
    return int(row[0])


# Matches


def told(db: Database, rule: str, revision: Revision, root: int) -> Told:
    """What the rule has said about the article, and about all stories with this root, so far.

    By the matches, which stay; alerts are deleted in time.
    """
    row = db.execute(
        f"""SELECT
          EXISTS (SELECT 1 FROM rule_match m WHERE m.rule = :rule AND {_TOLD}
                  AND m.story IN (SELECT id FROM story WHERE root = :root)),
          EXISTS (SELECT 1 FROM rule_match m
                  WHERE m.rule = :rule AND m.article = :article AND {_TOLD}),
          EXISTS (SELECT 1 FROM revision r JOIN rule_match m ON m.revision = r.id
                  WHERE m.rule = :rule AND r.article = :article AND r.quiet AND r.number = 1
                  AND r.id < :revision),
          EXISTS (SELECT 1 FROM rule_match m
                  WHERE m.rule = :rule AND m.revision = :revision AND {_TOLD})""",  # noqa: S608  # constants only
        {"rule": rule, "root": root, "article": revision.article, "revision": revision.id},
    ).fetchone()
    story, article, backlog, text = map(bool, row)
    return Told(story=story, article=article, backlog=backlog, revision=text)


def add_match(
    db: Database,
    rule: str,
    revision: Revision,
    words: Iterable[Word],
    *,
    decision: Decision,
    alerts: int,
    now: datetime,
) -> int:
    """Write a match down, whether or not it alerts, and for how many alerts; its id.

    A match that is there already, and alerts only now that the past is replayed, keeps its time.
    """
    db.execute(
        """INSERT INTO rule_match
             (rule, revision, article, story, matched_at, words, decision, alerts)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (rule, revision) DO UPDATE SET words = excluded.words,
             decision = excluded.decision, alerts = alerts + excluded.alerts
           WHERE excluded.alerts > 0""",
        [
            rule, revision.id, revision.article, revision.story, to_ms(now),
            json.dumps(word_rows(words), ensure_ascii=False), decision.name, alerts,
        ],
    )  # fmt: skip
    found = "SELECT id FROM rule_match WHERE rule = ? AND revision = ?"
    return int(db.execute(found, [rule, revision.id]).fetchone()[0])


def story_so_far(db: Database, root: int) -> StorySoFar:
    """The outlets that carry a story now, and where it was seen first."""
    sources, first = db.execute(
        "SELECT count(DISTINCT source),"
        " (SELECT url FROM article WHERE story IN (SELECT id FROM story WHERE root = :root)"
        "  ORDER BY first_seen, id LIMIT 1)"
        " FROM article WHERE story IN (SELECT id FROM story WHERE root = :root)",
        {"root": root},
    ).fetchone()
    return StorySoFar(id=root, outlets=sources, first_url=first)
