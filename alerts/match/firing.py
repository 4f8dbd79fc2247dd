"""From an archived text to alerts: which rules fire, and which of them say so.

    revisions past the cursor ─▶ Matcher: rules that hold, words, snippets     (no database)
      ─▶ one transaction: compare-and-set the cursor; for each match the root of its story as it is
         now, what the rule has said before, `decide`, the match, its alerts   (all or nothing)

Every match is written down, whether it alerts or not; `decide` says why. A rule is known by its
name: renamed, it has said nothing yet. A new rule sees what is archived from then on, since all
rules share one cursor.

The two steps, `Matcher.candidates` and `settle`, are all there is to it: `replay` takes them over a
range of the past, so that a trial and the live loop cannot disagree.
"""

from __future__ import annotations

import asyncio
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

import structlog

from alerts import matches, payload
from alerts.decide import Decision, decide
from alerts.match.books import Ledger
from alerts.match.candidate import Candidate, Written
from alerts.plain import one_line
from archive.query.spans import Automaton, Document
from archive.snippet import snippets
from archive.store import revisions_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime, tzinfo

    from sqlite_utils import Database

    from alerts.match.books import Books
    from alerts.rule import Rule
    from archive.article import Revision
    from archive.query import Query
    from archive.store import Archive

BATCH = 100  # revisions in one transaction

log = structlog.get_logger()


class Matcher:
    """All rules, ready to run over texts. Safe to use from any thread."""

    def __init__(self, rules: Iterable[Rule], zone: tzinfo = UTC) -> None:
        self.zone = zone  # of the times in payloads
        self._rules = {rule.name: rule for rule in rules}
        self._automaton = Automaton({name: rule.query for name, rule in self._rules.items()})

    @property
    def queries(self) -> list[Query]:
        """What its rules ask for."""
        return [rule.query for rule in self._rules.values()]

    def candidates(self, revisions: Iterable[Revision]) -> list[Candidate]:
        """The rules that hold for these revisions and look at their sources, in order."""
        return [candidate for revision in revisions for candidate in self._candidates(revision)]

    def _candidates(self, revision: Revision) -> Iterator[Candidate]:
        document = document_of(revision)
        # Before places are worked out: a rule that fires and does not look here must cost nothing.
        for name, spans in self._automaton.match(
            document, lambda name: self._rules[name].applies_to(revision.source)
        ).items():
            yield Candidate(
                rule=self._rules[name],
                revision=revision,
                words=payload.count_words(spans),
                snippets=snippets(document, spans),
            )


def document_of(revision: Revision) -> Document:
    """A revision as the rules read it."""
    return Document(
        title=revision.title,
        body=revision.text,
        source=revision.source,
        language=revision.language,
        authors=revision.authors,
        url=revision.url,
        appeared=revision.published or revision.first_seen,
        story=revision.story,
        merged=revision.merged,
    )


def build(rules: Iterable[Rule], zone: tzinfo = UTC) -> Matcher:
    """A matcher for the rules of a config; `zone` is the one in which payloads tell the time."""
    return Matcher(rules, zone)


async def match_pending(archive: Archive, matcher: Matcher, now: datetime) -> int:
    """Match one batch of what is archived and not matched yet; how many revisions it was.

    0 means that nothing is left. After anything else, wake the deliverer and call again.
    """
    while True:
        before, revisions = await archive.read(_pending)
        if not revisions:
            return 0
        # In a thread: a batch of long texts would hold up the loop for a tenth of a second.
        candidates = await asyncio.to_thread(matcher.candidates, revisions)
        after = revisions[-1].id
        written = await archive.write(
            partial(
                _write,
                candidates=candidates,
                before=before,
                after=after,
                zone=matcher.zone,
                now=now,
            )
        )
        if written is not None:
            _tell(written)
            return len(revisions)
        # Another process has matched these meanwhile: what is left begins behind its cursor.


def _pending(db: Database) -> tuple[int, list[Revision]]:
    before = matches.cursor(db)
    return before, revisions_after(db, before, BATCH)


def _write(
    db: Database,
    *,
    candidates: Sequence[Candidate],
    before: int,
    after: int,
    zone: tzinfo,
    now: datetime,
) -> list[Written] | None:
    """The batch in the caller's transaction; None, and nothing written, if the cursor moved."""
    if not matches.move_cursor(db, before, after):
        return None
    return settle(candidates, Ledger(db=db, zone=zone, now=now))


def settle(candidates: Iterable[Candidate], books: Books) -> list[Written]:
    """Decide on each match by the books and enter it there, in order: each counts for the next."""
    return [_settle(candidate, books) for candidate in candidates]


def _settle(candidate: Candidate, books: Books) -> Written:
    rule, revision = candidate.rule, candidate.revision
    root = books.root(revision)
    told, first = books.told(rule, revision, root), revision.number == 1
    decision = decide(rule.on, told, quiet=revision.quiet, first=first)
    if decision is Decision.ALERT and books.muted(rule, revision, root):
        decision = Decision.MUTED
    alerts = books.enter(candidate, root, decision)
    return Written(candidate=candidate, root=root, decision=decision, alerts=alerts)


def _tell(written: Iterable[Written]) -> None:
    for item in written:
        rule, revision = item.candidate.rule, item.candidate.revision
        if item.decision is not Decision.ALERT:
            reason = item.decision.value
            log.debug("rule.silent", rule=rule.name, article=revision.article, reason=reason)
            continue
        log.info(
            "rule.matched",
            rule=rule.name,
            article=revision.article,
            title=one_line(revision.title, 200),
            words=[word.text for word in item.candidate.words],
            source=revision.source,
        )
        for alert, channel in item.alerts:
            log.info("alert.queued", alert=alert, rule=rule.name, channel=channel)
