"""What a digest or a summary says: the JSON that docs/payload.md documents. Pure.

    collected alerts, each with its frozen payload ─▶ by rule, by story, newest first ─▶ JSON

A digest goes at its hour and ends with how the sources fare: without that, silence could mean that
nothing happened or that nobody looked. A summary is what a throttle did not let through.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from alerts.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime, tzinfo

DIGEST = "presswatch.digest.v1"
KINDS = ("digest", "summary")

FULL = 100  # stories that are told with their snippets; of the others there is all else
DAYS = 62  # at most
_NAMED = 10  # sources in trouble that the sentence names
_WEEK = timedelta(days=6)  # so long ago a weekday says which one it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """An alert that goes with a digest; its story as it is now."""

    id: str
    rule: str
    queued: datetime
    payload: Mapping[str, Any]
    story: int  # the root
    outlets: int
    articles: int  # of the story, copies included


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A source that does not do what it always did, in words: "silent", "failing"."""

    source: str  # "" for presswatch itself
    kind: str
    words: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How the sources fare that are watched."""

    total: int
    healthy: int
    troubles: tuple[Trouble, ...] = ()


def build(
    *,
    alert: str,
    kind: str,
    now: datetime,
    collected: Sequence[Collected],
    facts: Facts | None,
    zone: tzinfo = UTC,
) -> str:
    """The frozen JSON of one message; `collected` in the order in which the alerts were queued."""
    rules = _rules(collected)
    row = {
        "type": DIGEST,
        "id": alert,
        "timestamp": now.astimezone(zone).isoformat(timespec="seconds"),
        "kind": kind,
        "text": _text(kind, rules, len(collected)),
        "alerts": len(collected),
        "days": _days(collected, now, zone),
        "rules": rules,
        "sources": facts and _sources(facts, now, zone),
    }
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def is_digest(data: Mapping[str, Any]) -> bool:
    """Whether a payload is that of a digest or a summary."""
    return bool(data.get("type") == DIGEST)


def count(number: int, one: str, many: str) -> str:
    """``1 story``, ``2 stories``."""
    return f"{number} {one if number == 1 else many}"


def _text(kind: str, rules: Sequence[Mapping[str, Any]], alerts: int) -> str:
    if not rules:
        return "nothing new"
    for_rules = f"for {count(len(rules), 'rule', 'rules')}"
    if kind == "summary":
        return f"{count(alerts, 'more alert', 'more alerts')} {for_rules}"
    stories = len({story["id"] for rule in rules for story in rule["stories"]})
    return f"{count(stories, 'story', 'stories')} {for_rules}"


def _rules(collected: Sequence[Collected]) -> list[dict[str, Any]]:
    """Rules and their stories, each group led by its newest."""
    rules: dict[str, dict[int, list[Collected]]] = {}
    for one in reversed(collected):
        rules.setdefault(one.rule, {}).setdefault(one.story, []).append(one)
    left = FULL
    rows = []
    for name, stories in rules.items():
        told = [_story(group, full=place < left) for place, group in enumerate(stories.values())]
        left -= len(told)
        rows.append({"name": name, "stories": told})
    return rows


def _story(group: Sequence[Collected], *, full: bool) -> dict[str, Any]:
    newest = group[0]
    return {
        "id": newest.story,
        "outlets": newest.outlets,
        "copies": max(0, newest.articles - 1),
        "alerts": [one.id for one in group],
        "article": newest.payload["article"],
        "words": newest.payload["words"],
        "snippets": newest.payload["snippets"] if full else [],
    }


def _days(collected: Sequence[Collected], now: datetime, zone: tzinfo) -> list[dict[str, Any]]:
    """How many alerts each day had, from the first of them to today, days without included."""
    if not collected:
        return []
    per_day = Counter(one.queued.astimezone(zone).date() for one in collected)
    today = max(now.astimezone(zone).date(), *per_day)
    first = max(min(per_day), today - timedelta(days=DAYS - 1))
    days = (first + timedelta(days=each) for each in range((today - first).days + 1))
    return [{"date": day.isoformat(), "alerts": per_day[day]} for day in days]


def _sources(facts: Facts, now: datetime, zone: tzinfo) -> dict[str, Any]:
    return {
        "total": facts.total,
        "healthy": facts.healthy,
        "troubles": [
            {
                "source": trouble.source or None,
                "kind": trouble.kind,
                "since": trouble.since
                and trouble.since.astimezone(zone).isoformat(timespec="seconds"),
            }
            for trouble in facts.troubles
        ],
        "text": health_line(facts, now, zone),
    }


def health_line(facts: Facts, now: datetime, zone: tzinfo) -> str:
    """``41 of 42 sources healthy; cnipa-notices silent since Tuesday``."""
    if not facts.total:
        return "no source is watched"
    parts = [f"{facts.healthy} of {count(facts.total, 'source', 'sources')} healthy"]
    parts += (_trouble(trouble, now, zone) for trouble in facts.troubles[:_NAMED])
    rest = len(facts.troubles) - _NAMED
    if rest > 0:
        parts.append(f"and {rest} more")
    return "; ".join(parts)


def _trouble(trouble: Trouble, now: datetime, zone: tzinfo) -> str:
    who = one_line(trouble.source, 100)
    since = ""
    if trouble.since is not None:
        since = f" since {_when(trouble.since, now, zone)}"
    return f"{who} {trouble.words}{since}".strip()


def _when(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """The shortest that is unmistakable: 08:12, Tuesday, 2026-02-12."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    day: date = local.date()
    if day == today:
        return f"{local:%H:%M}"
    return WEEKDAYS[day.weekday()] if today - day <= _WEEK else day.isoformat()


#: By number and not by locale: the sentence is English wherever the service runs.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def ids(data: Mapping[str, Any]) -> Iterable[str]:
    """The alerts that a message tells."""
    return (
        alert for rule in data["rules"] for story in rule["stories"] for alert in story["alerts"]
    )
