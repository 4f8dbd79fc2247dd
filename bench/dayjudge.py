"""What came of a simulated day, held against its plan: from the archive and from the receivers."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.history.verify import problems
from archive.connection import open_for_reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.daylife import Life
    from bench.dayplan import Item
    from bench.daypress import Desk

#: Told of channels, which the ledger keeps in `told`: the plan's outages are short.
_OF_SOURCES = "SELECT source, kind, told_at, ended_at FROM trouble"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Counts of what must be none, and some of what was."""

    published: int
    missing: int  # published and not archived
    twice: int  # archived more than once, or under a URL that nobody published
    old_told: int  # told though they are older than the first poll
    matches: int
    untold: int  # told neither by a receiver's word nor given up with a reason
    two_ids: int  # told under two ids by one rule
    given_up: int  # with their reason
    holes: tuple[str, ...]  # sentences of `alerts verify`
    damage: tuple[str, ...]  # of integrity_check and foreign_key_check
    made: int  # troubles that the plan makes
    unseen: tuple[str, ...]  # of these, those that were not noticed
    invented: tuple[str, ...]  # noticed, and made by nobody
    open: int  # troubles at the end
    mistold: tuple[str, ...]  # troubles whose beginning or end was not told just once
    invalid: int  # signatures that do not hold
    again: int  # messages that came more than once, under one id


def judge(life: Life) -> Verdict:
    """Read the archive as it was left, and what the receivers took."""
    with closing(open_for_reading(life.archive)) as books:
        holes = tuple(problems(books))
    with closing(sqlite3.connect(f"file:{life.archive}?mode=ro", uri=True)) as db:
        damage = _damage(db)
        kept = Counter(url for (url,) in db.execute("SELECT url FROM article"))
        aliases = {url for (url,) in db.execute("SELECT url FROM alias")}
        published = {life.press.page_url(item): item for item in life.plan.items}
        missing = published.keys() - kept.keys() - aliases
        told = _told(life, db)
        made = life.plan.troubles()
        seen = _seen(life, db)
        return Verdict(
            published=len(published),
            missing=len(missing),
            twice=sum(count - 1 for count in kept.values()) + len(kept.keys() - published.keys()),
            **told,
            holes=holes,
            damage=damage,
            made=len(made),
            unseen=tuple(f"{source} {kind}" for source, kind in sorted(made - seen)),
            invented=tuple(f"{source} {kind}" for source, kind in sorted(seen - made)),
            open=_one(db, "SELECT count(*) FROM trouble WHERE ended_at IS NULL"),
            mistold=_mistold(life, db),
            invalid=sum(desk.invalid for desk in life.desks.values()),
            again=sum(map(_again, life.desks.values())),
        )


def _again(desk: Desk) -> int:
    return len(desk.taken) - len({one.id for one in desk.taken})


def _seen(life: Life, db: sqlite3.Connection) -> set[tuple[str, str]]:
    """Source and kind of what was noticed, under the name that the plan has for it."""
    seen = {(source, kind) for source, kind, _, _ in db.execute(_OF_SOURCES)}
    for (source, kind), instead in life.plan.instead().items():
        if (source, instead) in seen:
            seen = (seen - {(source, instead)}) | ({(source, kind)} if kind else set())
    return seen


def _damage(db: sqlite3.Connection) -> tuple[str, ...]:
    said = [str(row[0]) for row in db.execute("PRAGMA integrity_check")]
    broken = [str(row) for row in db.execute("PRAGMA foreign_key_check")]
    return tuple([one for one in said if one != "ok"] + broken)


def _one(db: sqlite3.Connection, sql: str) -> int:
    return int(db.execute(sql).fetchone()[0])


def _told(life: Life, db: sqlite3.Connection) -> dict[str, int]:
    """Whom the rules had to tell of what, and what the receivers have of it.

    "every" tells of each article, "word" of each text once, wherever that was read first.
    """
    published = {life.press.page_url(item): item for item in life.plan.items}
    fresh = {url: item for url, item in published.items() if item.at >= 0}
    due = {("every", item.number) for item in fresh.values()}
    due |= {("word", item.text) for item in fresh.values() if item.told}
    ids: dict[tuple[str, int], set[str]] = {one: set() for one in due}
    old = 0
    for desk in life.desks.values():
        for taken in desk.taken:
            if not taken.rule:
                continue
            item = published[taken.url]
            old += item.at < 0
            about = item.number if taken.rule == "every" else item.text
            ids.setdefault((taken.rule, about), set()).add(taken.id)
    given_up = _given_up(db, published)
    return {
        "matches": len(due),
        "old_told": old,
        "untold": sum(not ids[one] and one not in given_up for one in due),
        "two_ids": sum(len(known) > 1 for known in ids.values()),
        "given_up": len(given_up),
    }


def _given_up(db: sqlite3.Connection, published: Mapping[str, Item]) -> set[tuple[str, int]]:
    """What the ledger says is dead, and why."""
    rows = db.execute(
        "SELECT alert.rule, article.url FROM alert JOIN rule_match ON rule_match.id = alert.match"
        " JOIN article ON article.id = rule_match.article"
        " WHERE alert.state = 'dead' AND alert.reason <> ''"
    )
    found = set()
    for rule, url in rows:
        item = published[url]
        found.add((rule, item.number if rule == "every" else item.text))
    return found


def _mistold(life: Life, db: sqlite3.Connection) -> tuple[str, ...]:
    """Beginning and end of every trouble are one notice each."""
    notices = {taken.id: taken.notice for taken in life.desks["operator"].taken if not taken.rule}
    heard = Counter(notices.values())
    due: Counter[tuple[str, str, str]] = Counter()
    for source, kind, told, ended in db.execute(_OF_SOURCES):
        due[source, kind, "begun"] += told is not None
        due[source, kind, "ended"] += told is not None and ended is not None
    wrong = {one for one in due if heard[one] != due[one]}
    return tuple(" ".join(one).strip() for one in sorted(wrong))
