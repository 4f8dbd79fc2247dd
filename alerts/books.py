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

from alerts import outbox, payload
from alerts.decide import Decision, Told
from archive.stories import root_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from sqlite_utils import Database

    from alerts.match import Candidate
    from alerts.rule import Rule
    from archive.article import Revision

NOTHING = Told(story=False, article=False, backlog=False)


class Books(Protocol):
    """Where the decisions about matches stand, read and written in the order of revisions."""

    def root(self, revision: Revision) -> int:
        """The root of the revision's story, as it is now."""

    def told(self, rule: Rule, revision: Revision, root: int) -> Told:
        """What the rule has done before, by these books."""

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
        return outbox.told(self.db, rule.name, revision, root)

    def enter(
        self, candidate: Candidate, root: int, decision: Decision
    ) -> tuple[tuple[str, str], ...]:
        rule = candidate.rule
        channels = tuple(dict.fromkeys(rule.channels)) if decision is Decision.ALERT else ()
        match = outbox.add_match(
            self.db,
            rule.name,
            candidate.revision,
            candidate.words,
            decision=decision,
            alerts=len(channels),
            now=self.now,
        )
        if not channels:
            return ()
        story = outbox.story_so_far(self.db, root)
        return tuple((self._queue(candidate, match, name, story), name) for name in channels)

    def _queue(
        self, candidate: Candidate, match: int, channel: str, story: payload.StorySoFar
    ) -> str:
        alert = payload.new_id()
        body = payload.build(
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


def _nothing(rule: Rule, revision: Revision, root: int) -> Told:  # noqa: ARG001  # as `told` is
    return NOTHING


@dataclass(slots=True, kw_only=True)
class Memory:
    """Books of one trial: nothing is queued, and only numbers are kept, four an alert at most."""

    #: What was said before this trial began; nothing, or what the ledger knows.
    before: Callable[[Rule, Revision, int], Told] = _nothing
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

    def enter(
        self, candidate: Candidate, root: int, decision: Decision
    ) -> tuple[tuple[str, str], ...]:
        name, revision = candidate.rule.name, candidate.revision
        if revision.quiet:
            self._backlog.add((name, revision.article))
        if decision is Decision.ALERT:
            self._stories.add((name, root))
            self._articles.add((name, revision.article))
            self._revisions.add((name, revision.id))
        return ()
