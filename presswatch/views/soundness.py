"""How the watched sources fare, for the line with which a digest proves its silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.digest import Facts, Trouble
from crawler.health import Kind
from presswatch.views import standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlite_utils import Database

    from crawler import health
    from presswatch.views.standing import SourceStanding

_WORDS = {
    Kind.FAILING: "failing",
    Kind.LINKS: "without links",
    Kind.TEXT: "without texts",
    Kind.TITLES: "without titles",
    Kind.DATES: "without dates",
    Kind.LENGTH: "with short texts",
    Kind.PART: "where `text` matches nothing",
    Kind.SILENCE: "silent",
    Kind.NETWORK: "the network is down",
    Kind.CONFIG: "the changed config is not in force",
    Kind.DISK: "nothing is fetched, and `presswatch status` says why",
}


def facts(db: Database, sources: Iterable[str]) -> Facts:
    """Of these sources, how many are healthy, and what is the matter with the others."""
    return told(*standing.sources(db, ((name, True) for name in sources)))


def told(watched: Sequence[SourceStanding], itself: Iterable[health.Trouble]) -> Facts:
    """Healthy is a source that was reached and stands well, as `presswatch status` has it. Pure.

    What is the matter with presswatch itself comes first: then nobody looks.
    """
    bad = [found for one in watched if (found := _bad(one)) is not None]
    own = [_trouble("", one) for one in itself]
    return Facts(total=len(watched), healthy=len(watched) - len(bad), troubles=(*own, *bad))


def _bad(one: SourceStanding) -> Trouble | None:
    """What is the matter with a source, the oldest trouble alone; None if it is healthy.

    A source that was never polled or reached says nothing of the world, though it need not worry
    anybody.
    """
    if one.open:
        return _trouble(one.name, min(one.open, key=lambda each: each.finding.since))
    if one.state is None or one.state.last_poll is None:
        return Trouble(source=one.name, kind="unpolled", words="not polled yet", since=None)
    if one.state.last_ok is None:
        return Trouble(source=one.name, kind="failing", words="never reached", since=None)
    if one.failing:
        return Trouble(source=one.name, kind="failing", words=_WORDS[Kind.FAILING], since=None)
    return None


def _trouble(source: str, trouble: health.Trouble) -> Trouble:
    finding = trouble.finding
    return Trouble(
        source=source, kind=finding.kind.value, words=_WORDS[finding.kind], since=finding.since
    )
