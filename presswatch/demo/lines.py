"""The service's events as lines for people. Pure.

`Teller.line` takes a structlog event and returns what to show of it, or None for what is no news:
polls that found nothing are told once a source, and what a line has said already is not repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Line:
    """What happened, to whom, and what there is to say."""

    kind: str
    style: str
    who: str
    says: str
    aside: str = ""  # less important


class Teller:
    """Remembers what it has told."""

    def __init__(self) -> None:
        self._quiet: set[str] = set()  # sources of which an empty poll was told
        self._tellers: dict[str, Callable[[Mapping[str, Any]], Line | None]] = {
            "service.started": _started,
            "web.listening": _listening,
            "service.stopping": _stopping,
            "article.filed": _filed,
            "page.dropped": _dropped,
            "page.failed": _page_failed,
            "poll.done": self._polled,
            "poll.failed": _poll_failed,
            "rule.matched": _matched,
            "alert.later": _later,
            "alert.dead": _dead,
            "channel.disabled": _disabled,
        }

    def line(self, event: Mapping[str, Any]) -> Line | None:
        """What to show of an event."""
        tell = self._tellers.get(str(event.get("event")))
        if tell is not None:
            return tell(event)
        return _fault(event) if is_fault(event) else None

    def _polled(self, event: Mapping[str, Any]) -> Line | None:
        source = str(event["source"])
        kinds = ("new", "revised", "copies", "dropped", "failed")
        counts = [_count(int(event[kind]), kind) for kind in kinds if event[kind]]
        if counts:
            listed = f"{event['found']} listed: {', '.join(counts)}"
            return Line("poll", "blue", source, listed, f"{event['took_ms'] / 1000:.1f} s")
        if source in self._quiet:
            return None
        aside = "" if self._quiet else "(shown once a source)"
        self._quiet.add(source)
        unchanged = event["outcome"] == "unchanged"
        says = "unchanged: 304 Not Modified" if unchanged else "nothing new"
        return Line("poll", "blue", source, says, aside)


def is_fault(event: Mapping[str, Any]) -> bool:
    """Whether presswatch reports a fault of its own."""
    return event.get("level") in {"error", "critical"} and event.get("event") != "alert.dead"


def fault(event: Mapping[str, Any]) -> str:
    """A fault in one line."""
    trace = str(event.get("exception") or "").strip().splitlines()
    return f"{event.get('event')}: {trace[-1]}" if trace else str(event.get("event"))


def _count(number: int, kind: str) -> str:
    return f"{number} {'copy' if (kind, number) == ('copies', 1) else kind}"


def _started(event: Mapping[str, Any]) -> Line:
    return Line(
        "start", "bold", "presswatch", f"{event['sources']} sources, {event['rules']} rules"
    )


def _listening(event: Mapping[str, Any]) -> Line:
    return Line("page", "bold", "presswatch", f"look at it in a browser: {event['url']}")


def _stopping(_: Mapping[str, Any]) -> Line:
    return Line("stop", "bold", "presswatch", "ends what is under way")


def _filed(event: Mapping[str, Any]) -> Line:
    outcome, style = str(event["outcome"]), {"new": "green", "copy": "cyan"}
    aside = "" if outcome == "new" else str(event["reason"]).partition(" (http")[0]
    return Line(
        outcome, style.get(outcome, "magenta"), str(event["source"]), str(event["title"]), aside
    )


def _dropped(event: Mapping[str, Any]) -> Line:
    return Line("dropped", "dim", str(event["source"]), _path(event), _cause(event))


def _page_failed(event: Mapping[str, Any]) -> Line:
    return Line("failed", "red", str(event["source"]), _path(event), _cause(event))


def _poll_failed(event: Mapping[str, Any]) -> Line:
    return Line("failed", "red", str(event["source"]), str(event["reason"]))


def _matched(event: Mapping[str, Any]) -> Line:
    words = ", ".join({word.casefold(): word for word in map(str, event["words"])}.values())
    return Line("rule", "yellow", str(event["rule"]), f"fires on {words}", str(event["title"]))


def _later(event: Mapping[str, Any]) -> Line:
    return Line("later", "red", str(event["channel"]), str(event["reason"]))


def _dead(event: Mapping[str, Any]) -> Line:
    return Line("dead", "bold red", str(event["channel"]), str(event["reason"]))


def _disabled(event: Mapping[str, Any]) -> Line:
    return Line("disabled", "bold red", str(event["channel"]), str(event["reason"]))


def _fault(event: Mapping[str, Any]) -> Line:
    return Line("fault", "bold red", "presswatch", fault(event))


def _path(event: Mapping[str, Any]) -> str:
    return urlsplit(str(event["url"])).path


def _cause(event: Mapping[str, Any]) -> str:
    """The reason from behind the URL on, or all of it."""
    reason = str(event["reason"])
    return reason.rpartition(str(event["url"]))[2].strip(" :") or reason
