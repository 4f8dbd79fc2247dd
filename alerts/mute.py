"""The table `mute`: what is told to nobody for a while.

    presswatch mute rule:patents 3d     all that the rule finds
                    story:187 1w        all that is told of the story, under whatever root
                    source:wire         all from the source, until it is unmuted

What is muted is matched and written down as ever, with alerts in the state `muted` that say why; so
nothing is lost, and `alerts retry` or a replay sends it all the same. A mute takes what waits with
it, as far as no receiver can have seen it. What it silences counts as untold: when it is over, the
next article of the story is news.

The writing functions take the database of a transaction; none begins or commits anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.digest.waiting import OPEN, UNSEEN
from alerts.errors import StoryUnknown
from archive.article import from_ms, to_ms

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlite_utils import Database

KINDS = ("rule", "story", "source")

#: Story ids are text in the table; a story is named by any that has its root.
_SAME_STORY = (
    "SELECT CAST(s.id AS TEXT) FROM story s WHERE s.root ="
    " (SELECT root FROM story WHERE id = CAST(:name AS INTEGER))"
)
#: Of an alert and its match m: that it is what is muted. An article may be let go of meanwhile.
_CONCERNS = {
    "rule": "+alert.rule = :name",
    "story": f"CAST(m.story AS TEXT) IN ({_SAME_STORY})",
    "source": "coalesce((SELECT source FROM article WHERE article.id = m.article),"
    " alert.payload ->> '$.article.source') = :name",
}
#: What waits, by itself or with a message that still collects: few, so they are asked about the
#: mute, and not the mute, which may be of a hundred thousand matches, about what waits.
_WAITING = f"""
    SELECT alert.id, alert.match FROM alert INDEXED BY alert_due
    CROSS JOIN rule_match m ON m.id = alert.match
    WHERE alert.state = 'due' AND {UNSEEN} AND %(concerns)s
    UNION ALL
    SELECT alert.id, alert.match FROM alert v INDEXED BY alert_due
    CROSS JOIN alert INDEXED BY alert_by_via ON alert.via = v.id
    CROSS JOIN rule_match m ON m.id = alert.match
    WHERE v.state = 'due' AND v.match IS NULL AND v.payload = :open
      AND alert.state = 'collected' AND {UNSEEN} AND %(concerns)s"""  # noqa: S608  # constants


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """What is muted since when; `until` is None where it is until it is unmuted."""

    kind: str  # one of KINDS
    name: str  # of the rule or the source; the id of a story
    since: datetime
    until: datetime | None

    @property
    def target(self) -> str:
        """``rule:patents``."""
        return f"{self.kind}:{self.name}"

    @property
    def reason(self) -> str:
        """For the ledger, in UTC: it has no reader's clock."""
        until = f" until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else ""
        return f"{self.target} is muted{until}"


def parse(text: str) -> tuple[str, str]:
    """``rule:NAME``, ``story:ID`` or ``source:NAME``; raises ValueError saying what to write."""
    kind, _, name = text.partition(":")
    if kind not in KINDS or not name or (kind == "story" and not _is_id(name)):
        message = f"{text!r} is neither rule:NAME nor story:ID nor source:NAME"
        raise ValueError(message)
    return kind, name


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def begin(db: Database, mute: Mute) -> int:
    """Mute from now on, in the place of an earlier word on it; how many that waited go with it.

    Raises StoryUnknown.
    """
    if mute.kind == "story" and not _knows_story(db, mute.name):
        raise StoryUnknown(mute.name)
    now = to_ms(mute.since)
    db.execute("DELETE FROM mute WHERE until <= ?", [now])
    end(db, mute.kind, mute.name)
    db.execute(
        "INSERT INTO mute (kind, name, since, until) VALUES (?, ?, ?, ?)",
        [mute.kind, mute.name, now, mute.until and to_ms(mute.until)],
    )
    waiting = db.execute(
        _WAITING % {"concerns": _CONCERNS[mute.kind]}, {"open": OPEN, "name": mute.name}
    ).fetchall()
    for alert, match in waiting:
        silence(db, alert, match, mute, mute.since)
    return len(waiting)


def silence(db: Database, alert: str, match: int, mute: Mute, now: datetime) -> None:
    """An alert is told to nobody; its match is muted where none of its alerts is told."""
    db.execute(
        "UPDATE alert SET state = 'muted', settled_at = :now, reason = :reason, due_at = NULL,"
        " via = NULL WHERE id = :id",
        {"now": to_ms(now), "reason": mute.reason, "id": alert},
    )
    db.execute(
        "UPDATE rule_match SET decision = 'MUTED' WHERE id = :match AND NOT EXISTS"
        " (SELECT 1 FROM alert WHERE match = :match AND state <> 'muted')",
        {"match": match},
    )


def end(db: Database, kind: str, name: str) -> bool:
    """Mute it no more; False where it was not muted. What was muted meanwhile stays so."""
    same = _SAME_STORY if kind == "story" else ":name"
    changed = db.execute(
        f"DELETE FROM mute WHERE kind = :kind AND (name = :name OR name IN ({same}))",  # noqa: S608
        {"kind": kind, "name": name},
    )
    return bool(changed.rowcount)


def active(db: Database, now: datetime) -> list[Mute]:
    """All that is muted now, by kind and name."""
    rows = db.execute(
        "SELECT kind, name, since, until FROM mute WHERE until IS NULL OR until > ?"
        " ORDER BY kind, name",
        [to_ms(now)],
    ).fetchall()
    return [_mute(row) for row in rows]


def of(db: Database, kind: str, name: str, now: datetime) -> Mute | None:
    """The mute of just this rule, source or story (by any id of the story); None without one."""
    same = f"(name = :name OR name IN ({_SAME_STORY}))" if kind == "story" else "name = :name"
    row = db.execute(
        "SELECT kind, name, since, until FROM mute WHERE kind = :kind"  # noqa: S608  # constants
        f" AND {same} AND (until IS NULL OR until > :now)",
        {"kind": kind, "name": name, "now": to_ms(now)},
    ).fetchone()
    return None if row is None else _mute(row)


def covering(db: Database, rule: str, source: str, root: int, now: datetime) -> Mute | None:
    """The mute that an alert of this rule falls under, for this source and root of a story."""
    row = db.execute(
        """SELECT kind, name, since, until FROM mute
           WHERE (until IS NULL OR until > :now) AND (
             kind = 'rule' AND name = :rule OR kind = 'source' AND name = :source
             OR kind = 'story' AND EXISTS (SELECT 1 FROM story
               WHERE story.id = CAST(mute.name AS INTEGER) AND story.root = :root))
           ORDER BY until IS NOT NULL, until DESC LIMIT 1""",
        {"now": to_ms(now), "rule": rule, "source": source, "root": root},
    ).fetchone()
    return None if row is None else _mute(row)


def muted_alerts(db: Database, rule: str, revision: int) -> dict[str, str]:
    """Channel → the alert of this match that was muted."""
    rows = db.execute(
        "SELECT a.channel, a.id FROM rule_match m JOIN alert a ON a.match = m.id"
        " WHERE m.rule = ? AND m.revision = ? AND a.state = 'muted'",
        [rule, revision],
    ).fetchall()
    return dict(rows)


def revive(db: Database, alert: str, now: datetime, payload: str | None = None) -> None:
    """An alert that was muted is due after all, under its id; with another payload, if given."""
    db.execute(
        "UPDATE alert SET state = 'due', due_at = :now, settled_at = NULL, reason = NULL,"
        " payload = coalesce(:payload, payload) WHERE id = :id AND state = 'muted'",
        {"now": to_ms(now), "payload": payload, "id": alert},
    )
    db.execute(
        "UPDATE rule_match SET decision = 'ALERT' WHERE decision = 'MUTED'"
        " AND id = (SELECT match FROM alert WHERE id = ?)",
        [alert],
    )


def _knows_story(db: Database, name: str) -> bool:
    """Whether the archive has a story with this id."""
    row = db.execute("SELECT 1 FROM story WHERE id = CAST(? AS INTEGER)", [name]).fetchone()
    return row is not None


def _mute(row: tuple[Any, ...]) -> Mute:
    kind, name, since, until = row
    return Mute(
        kind=kind,
        name=name,
        since=from_ms(since),
        until=None if until is None else from_ms(until),
    )
