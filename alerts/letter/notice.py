"""What the operator is told of a source or a channel in trouble, as JSON and as mail. Pure.

A notice goes the way of every alert: queued with the trouble in one transaction, signed, retried.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from alerts.letter import layout
from alerts.plain import header_line, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

NOTICE = "presswatch.notice.v1"

_TEXT = 1000  # characters of the sentence at most; the reason of a site may be long


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A trouble that has begun, or that is over."""

    source: str  # "" for a channel, and for presswatch itself
    kind: str  # crawler.health.Kind, alerts.outbox.undelivered.Kind
    since: datetime
    ended: datetime | None
    expected: float
    seen: float
    total: int
    text: str  # a sentence for people
    channel: str = ""


def build(*, alert: str, queued: datetime, notice: Notice, zone: tzinfo = UTC) -> str:
    """The frozen JSON of one notice; its times are written with the offset of `zone`."""
    row = {
        "type": NOTICE,
        "id": alert,
        "timestamp": _time(queued, zone),
        "state": "ended" if notice.ended else "begun",
        "source": notice.source or None,
        "channel": notice.channel or None,
        "kind": notice.kind,
        "since": _time(notice.since, zone),
        "ended": notice.ended and _time(notice.ended, zone),
        "expected": notice.expected,
        "seen": notice.seen,
        "total": notice.total,
        "text": one_line(notice.text, _TEXT),
    }
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def is_notice(data: Mapping[str, Any]) -> bool:
    """Whether a payload is a notice, and not an alert."""
    return bool(data["type"] == NOTICE)


def subject(data: Mapping[str, Any]) -> str:
    """One line, with nothing in it that can be decoded into something else."""
    over = "over: " if data["state"] == "ended" else ""
    return header_line(f"[presswatch] {_who(data)}{over}{data['text']}")


def plain_text(data: Mapping[str, Any]) -> str:
    """The sentence, and since when."""
    lines = [f"{label}: {value}" for label, value in _facts(data)]
    lines = [f"{_who(data)}{one_line(data['text'], _TEXT)}", "", *lines, ""]
    return "\n".join([*lines, "-- ", f"presswatch · {data['id']}", ""])


def html(data: Mapping[str, Any]) -> str:
    """The same; every text is escaped."""
    return layout.page(
        layout.Page(
            subject=subject(data),
            kicker="presswatch" if data["state"] == "begun" else "presswatch · over",
            title=one_line(data["text"], _TEXT),
            byline=_who(data).removesuffix(": "),
            facts=_facts(data),
            foot=f"presswatch · {data['id']}",
        )
    )


def _who(data: Mapping[str, Any]) -> str:
    if data.get("channel"):
        return f"channel {one_line(data['channel'])}: "
    return f"{one_line(data['source'])}: " if data["source"] else ""


def _facts(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    lines = [("Since", _clock(data["since"]))]
    return [*lines, ("Over", _clock(data["ended"]))] if data["ended"] else lines


def _clock(time: str) -> str:
    """`2026-03-01T08:30:00+08:00` as people read it."""
    return f"{time[:10]} {time[11:16]} {time[19:]}"


def _time(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
