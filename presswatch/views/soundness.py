"""How the watched sources fare, for the line with which a digest proves its silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.digest import Facts, Trouble
from crawler import ledger
from crawler.health import Kind, troubles

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlite_utils import Database

    from crawler import health
    from crawler.ledger import SourceState

_WORDS = {
    Kind.FAILING: "failing",
    Kind.LINKS: "without links",
    Kind.TEXT: "without texts",
    Kind.TITLES: "without titles",
    Kind.DATES: "without dates",
    Kind.LENGTH: "with short texts",
    Kind.SILENCE: "silent",
    Kind.NETWORK: "the network is down",
    Kind.CONFIG: "the changed config is not in force",
    Kind.DISK: "nothing is fetched: the disk is full",
}


def facts(db: Database, sources: Collection[str]) -> Facts:
    """Of these sources, how many are healthy, and what is the matter with the others.

    Healthy is a source that has been polled with success and is in no trouble that the self-check
    knows. What is the matter with presswatch itself comes first: then nobody looks.
    """
    states = {state.name: state for state in ledger.states(db)}
    opened = troubles.opened(db)
    bad = [one for name in sources for one in _bad(name, states.get(name), opened.get(name, {}))]
    itself = [_trouble("", one) for one in opened.get("", {}).values()]
    return Facts(total=len(sources), healthy=len(sources) - len(bad), troubles=(*itself, *bad))


def _bad(
    name: str, state: SourceState | None, opened: Mapping[Kind, health.Trouble]
) -> list[Trouble]:
    """What is the matter with a source, the oldest trouble alone; nothing if it is healthy."""
    if opened:
        return [_trouble(name, min(opened.values(), key=lambda one: one.finding.since))]
    if state is None or state.last_poll is None:
        return [Trouble(source=name, kind="unpolled", words="not polled yet", since=None)]
    if state.last_ok is None:
        return [Trouble(source=name, kind="failing", words="never reached", since=None)]
    return []


def _trouble(source: str, trouble: health.Trouble) -> Trouble:
    finding = trouble.finding
    words = _WORDS.get(finding.kind, "in trouble")
    return Trouble(source=source, kind=finding.kind.value, words=words, since=finding.since)
