"""What a rule has said before, and where its next decision goes: the ledger, or memory.

`alerts.match.settle` asks and tells `Books`; which ones is the whole difference between the live
loop and a trial on the past:

    Ledger     the database, in the caller's transaction: the live loop, and a replay that sends
    Memory     this process alone: what a rule would have sent; with the ledger's word before its
               own, what a replay would send
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from alerts import matches, mute, outbox, payload
from alerts.decide import Decision, Told
from archive.stories import root_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, tzinfo

    from sqlite_utils import Database

    from alerts.match.candidate import Candidate
    from alerts.mute import Mute
    from alerts.rule import Rule
    from archive.article import Revision

NOTHING = Told(story=False, article=False, backlog=False)


class Books(Protocol):
    """Where the decisions about matches stand, read and written in the order of revisions."""

    def root(self, revision: Revision) -> int:
        """The root of the revision's story, as it is now."""

    def told(self, rule: Rule, revision: Revision, root: int) -> Told:
        """What the rule has done before, by these books."""

    def muted(self, rule: Rule, revision: Revision, root: int) -> bool:
        """Whether nobody is to be told of it now; asked only where the rule would alert."""

    def enter(
        self, candidate: Candidate, root: int, decision: Decision
    ) -> tuple[tuple[str, str], ...]:
        """Write a match and its decision down; the alerts that were queued, as (id, channel)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The archive's own books; the caller has a transaction open (`Archive.write`)."""

    db: Database
    zone: tzinfo
    now: datetime
    replayed: bool = False

    def root(self, revision: Revision) -> int:
        return root_of(self.db, revision.story)

    def told(self, rule: Rule, revision: Revision, root: int) -> Told:
        return matches.told(self.db, rule.name, revision, root)

    def muted(self, rule: Rule, revision: Revision, root: int) -> bool:
        return bool(rule.channels) and self._mute(rule, revision, root) is not None

    def enter(
        self, candidate: Candidate, root: int, decision: Decision
    ) -> tuple[tuple[str, str], ...]:
        rule, revision = candidate.rule, candidate.revision
        speaks = decision in {Decision.ALERT, Decision.MUTED}
        channels = tuple(dict.fromkeys(rule.channels)) if speaks else ()
        before = self._muted_before(rule, revision) if speaks else {}
        match = matches.add_match(
            self.db,
            rule.name,
            revision,
            candidate.words,
            decision=decision,
            alerts=len(set(channels) - before.keys()),
            now=self.now,
        )
        if not channels:
            return ()
        story = matches.story_so_far(self.db, root)
        if decision is Decision.MUTED:
            fresh = (name for name in channels if name not in before)
            self._silence(
                candidate, match, [self._queue(candidate, match, n, story) for n in fresh]
            )
            return ()
        return tuple(
            (self._queue(candidate, match, name, story, before.get(name)), name)
            for name in channels
        )

    def _queue(
        self,
        candidate: Candidate,
        match: int,
        channel: str,
        story: payload.StorySoFar,
        known: str | None = None,
    ) -> str:
        """Queue an alert, or the `known` one that was muted; its id."""
        alert = known or payload.new_id()
        body = self._payload(candidate, alert, story)
        if known is not None:
            mute.revive(self.db, alert, self.now, body)
            return alert
        outbox.queue(
            self.db,
            alert,
            match=match,
            rule=candidate.rule.name,
            channel=channel,
            payload=body,
            now=self.now,
            urgent=candidate.rule.urgent,
        )
        return alert

    def _payload(self, candidate: Candidate, alert: str, story: payload.StorySoFar) -> str:
        return payload.build(
            alert=alert,
            queued=self.now,
            rule=candidate.rule,
            revision=candidate.revision,
            story=story,
            words=candidate.words,
            snippets=candidate.snippets,
            replayed=self.replayed,
            zone=self.zone,
        )

    def _mute(self, rule: Rule, revision: Revision, root: int) -> Mute | None:
        return mute.covering(self.db, rule.name, revision.source, root, self.now)

    def _muted_before(self, rule: Rule, revision: Revision) -> dict[str, str]:
        """What was muted of this very match, if the past is replayed: channel → alert."""
        return mute.muted_alerts(self.db, rule.name, revision.id) if self.replayed else {}

    def _silence(self, candidate: Candidate, match: int, alerts: Iterable[str]) -> None:
        revision = candidate.revision
        why = self._mute(candidate.rule, revision, self.root(revision))
        assert why is not None
        for alert in alerts:
            mute.silence(self.db, alert, match, why, self.now)


def _nothing(rule: Rule, revision: Revision, root: int) -> Told:  # noqa: ARG001  # as `told` is
    return NOTHING


def _never(rule: Rule, revision: Revision, root: int) -> bool:  # noqa: ARG001  # as `muted` is
    return False


@dataclass(slots=True, kw_only=True)
class Memory:
    """Books of one trial: nothing is queued, and only numbers are kept, four an alert at most."""

    #: What was said before this trial began; nothing, or what the ledger knows.
    before: Callable[[Rule, Revision, int], Told] = _nothing
    #: What is muted; nothing, or what the ledger knows.
    mutes: Callable[[Rule, Revision, int], bool] = _never
    _stories: set[tuple[str, int]] = field(default_factory=set)
    _articles: set[tuple[str, int]] = field(default_factory=set)
    _revisions: set[tuple[str, int]] = field(default_factory=set)
    _backlog: set[tuple[str, int]] = field(default_factory=set)

    def root(self, revision: Revision) -> int:
        return revision.story

    def told(self, rule: Rule, revision: Revision, root: int) -> Told:
        name, before = rule.name, self.before(rule, revision, root)
        return Told(
            story=before.story or (name, root) in self._stories,
            article=before.article or (name, revision.article) in self._articles,
            backlog=before.backlog or (name, revision.article) in self._backlog,
            revision=before.revision or (name, revision.id) in self._revisions,
        )

    def muted(self, rule: Rule, revision: Revision, root: int) -> bool:
        return self.mutes(rule, revision, root)

    def enter(
        self, candidate: Candidate, root: int, decision: Decision
    ) -> tuple[tuple[str, str], ...]:
        name, revision = candidate.rule.name, candidate.revision
        if revision.quiet and revision.number == 1:
            self._backlog.add((name, revision.article))
        if decision is Decision.ALERT:
            self._stories.add((name, root))
            self._articles.add((name, revision.article))
            self._revisions.add((name, revision.id))
        return ()
