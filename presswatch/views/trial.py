"""What a trial of a rule on the past came to, counted while it runs. Pure, and bounded in memory.

Kept are a number a day, the newest ten alerts, and a line for each story that was told.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from alerts.decide import Decision

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

    from alerts.match.candidate import Written
    from alerts.match.replay import Step
    from alerts.payload import Word

NEWEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One alert as people are shown it, without its text."""

    article: int
    revision: int  # 1, 2, 3 … within the article
    story: int  # the root
    title: str
    url: str
    source: str
    seen: datetime
    words: tuple[Word, ...]


@dataclass(slots=True, kw_only=True)
class Tally:
    """The sums of one rule's trial; `add` takes the steps as they come."""

    rule: str
    zone: tzinfo  # of the days
    texts: int = 0  # looked at
    matches: int = 0
    told: int = 0  # matches that alerted
    days: Counter[date] = field(default_factory=Counter)
    newest: deque[Line] = field(default_factory=lambda: deque(maxlen=NEWEST))  # the oldest first
    stories: dict[int, Line] = field(default_factory=dict)  # root → its first alert

    def add(self, step: Step) -> None:
        self.texts += step.texts
        for written in step.written:
            if written.candidate.rule.name == self.rule:
                self._add(written)

    def copy(self) -> Tally:
        """As it is now; what is added later is not in it."""
        return replace(
            self,
            days=self.days.copy(),
            newest=self.newest.copy(),
            stories=self.stories.copy(),
        )

    def _add(self, written: Written) -> None:
        self.matches += 1
        if written.decision is not Decision.ALERT:
            return
        line = _line(written)
        self.told += 1
        self.days[line.seen.astimezone(self.zone).date()] += 1
        self.newest.append(line)
        self.stories.setdefault(written.root, line)

    def without(self, other: Tally) -> list[Line]:
        """The stories that this trial told and the other did not, the newest first."""
        only = (line for root, line in self.stories.items() if root not in other.stories)
        return sorted(only, key=lambda line: line.seen, reverse=True)


def _line(written: Written) -> Line:
    revision = written.candidate.revision
    return Line(
        article=revision.article,
        revision=revision.number,
        story=written.root,
        title=revision.title,
        url=revision.url,
        source=revision.source,
        seen=revision.seen,
        words=written.candidate.words,
    )
