"""The self-check: every source is held against its own past, and the operator hears of a change.

    states, past ─▶ crawler.health (pure) ─▶ begun, ended ─▶ one transaction: trouble and notice

A turn looks at the sources with something new since the last one, at those in trouble, and at a
share of all others in rotation, since silence is nothing new; so a turn is bounded, whatever the
number of sources. Trouble and notice are written together: each change is told once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from crawler import health, ledger
from crawler.health import Kind, troubles
from crawler.health.words import words
from presswatch.upkeep import telling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from sqlite_utils import Database

    from archive.store import Archive
    from crawler.health import Finding, Trouble
    from crawler.ledger import SourceState

log = structlog.get_logger()

#: Sources that one turn judges at most: with something new, in trouble, by rotation.
NEW = TROUBLED = 300
SHARE = 60  # ten thousand sources come round in under three hours; silence is judged in days


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A trouble that begins (`trouble` is None), goes on with other numbers, or ends."""

    source: str
    finding: Finding
    trouble: Trouble | None = None
    ends: bool = False


class SelfCheck:
    """Call `turn` every minute or so; `operator` is the channel that is told, "" for none.

    `texts` has the selector of the text of each source that has one.
    """

    def __init__(
        self,
        archive: Archive,
        sources: Collection[str],
        *,
        operator: str,
        zone: tzinfo,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        self._archive = archive
        self._sources = frozenset(sources)
        self._texts = texts or {}
        self._operator = operator
        self._zone = zone
        self._looked: dict[str, datetime | None] = {}  # source → the last poll that was judged
        self._place = 0  # in the rotation

    async def turn(self, now: datetime) -> int:
        """Judge what is to be judged now; how many notices were queued."""
        found = await self._archive.read(lambda db: self._judge(db, now))
        if not found:
            return 0
        return await self._archive.write(lambda db: self._write(db, found, now))

    # -------------------------------------------------------------- judging

    def _judge(self, db: Database, now: datetime) -> list[Change]:
        states = [state for state in ledger.states(db) if state.name in self._sources]
        opened = troubles.opened(db)
        network = self._network(states, opened, now)
        found = [*network, *self._gone(opened)]
        if not network[0].ends if network else Kind.NETWORK in opened.get("", {}):
            return found  # nothing that a source does now says anything about the source
        downs = troubles.downs(db, now)
        for state in self._due(states, opened):
            known = opened.get(state.name, {})
            # Whoever comes by rotation alone has no report that was not judged before.
            brief = not known and not self._is_new(state)
            text = self._texts.get(state.name, "")
            past = troubles.past(db, state, now, brief=brief, text=text)
            found += _changes(past, known, now, downs)
            self._looked[state.name] = state.last_poll
        return found

    def _network(
        self, states: Sequence[SourceState], opened: Mapping[str, Mapping[Kind, Trouble]],
        now: datetime,
    ) -> list[Change]:  # fmt: skip
        trouble = opened.get("", {}).get(Kind.NETWORK)
        sound = [state for state in states if Kind.FAILING not in opened.get(state.name, {})]
        before = trouble.finding if trouble else None
        finding = health.network(sound, before, now)
        if finding is not None and trouble is None:
            return [Change(source="", finding=finding)]
        if finding is None and trouble is not None:
            return [Change(source="", finding=trouble.finding, trouble=trouble, ends=True)]
        return []

    def _gone(self, opened: Mapping[str, Mapping[Kind, Trouble]]) -> list[Change]:
        """The troubles of sources that are no longer watched: over, and nobody need hear of it."""
        return [
            Change(source=name, finding=one.finding, trouble=replace(one, told=False), ends=True)
            for name, kinds in opened.items()
            if name and name not in self._sources
            for one in kinds.values()
        ]

    def _due(self, states: Sequence[SourceState], opened: Collection[str]) -> list[SourceState]:
        """What is new, what is in trouble, and the rotation: each source once."""
        new = [state for state in states if self._is_new(state)][:NEW]
        bad = [state for state in states if state.name in opened][:TROUBLED]
        start = self._place if self._place < len(states) else 0
        share = states[start : start + SHARE]
        self._place = start + len(share)
        every = {state.name: state for state in (*new, *bad, *share)}
        return list(every.values())

    def _is_new(self, state: SourceState) -> bool:
        """An unchanged poll leaves no report: it is new only to what is in trouble already."""
        changed = state.last_poll is not None and state.last_outcome != "unchanged"
        return changed and self._looked.get(state.name) != state.last_poll

    # -------------------------------------------------------------- telling

    def _write(self, db: Database, found: Sequence[Change], now: datetime) -> int:
        return sum(self._settle(db, change, now) for change in found)

    def _settle(self, db: Database, change: Change, now: datetime) -> bool:
        """Write one change down, with its notice; whether there is one."""
        trouble, finding = change.trouble, change.finding
        if trouble is not None and not change.ends:
            troubles.go_on(db, trouble, finding)
            return False
        tells = bool(self._operator) and (trouble is None or trouble.told)
        if trouble is not None:
            fresh = troubles.end(db, trouble, now=now)
        else:
            told = now if tells else None
            fresh = troubles.begin(db, change.source, finding, now=now, told=told)
        if fresh and tells:
            telling.queue(
                db, finding, now if change.ends else None,
                source=change.source, operator=self._operator, zone=self._zone, now=now,
            )  # fmt: skip
        if fresh:
            _tell(change, told=tells)
        return fresh and tells


def _changes(
    past: health.Past, open_: Mapping[Kind, Trouble], now: datetime, downs: Sequence[health.Span]
) -> Iterator[Change]:
    """What is other than it was with one source."""
    source = past.state.name
    before = {kind: trouble.finding for kind, trouble in open_.items()}
    held = health.judge(past, before, now, downs)
    begun, ended = health.changes(before, held)
    for finding in begun:
        yield Change(source=source, finding=finding)
    for kind in ended:
        yield Change(source=source, finding=before[kind], trouble=open_[kind], ends=True)
    for kind, finding in held.items():
        if kind in before and words(finding) != words(before[kind]):
            yield Change(source=source, finding=finding, trouble=open_[kind])


def _tell(change: Change, *, told: bool) -> None:
    event = "trouble.ended" if change.ends else "trouble.begun"
    log.warning(
        event, source=change.source or None, kind=change.finding.kind.value,
        said=words(change.finding), since=change.finding.since.isoformat(), told=told,
    )  # fmt: skip
