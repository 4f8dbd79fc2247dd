"""A rule that holds for a text, on its way from the matcher to the books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alerts.decide import Decision
    from alerts.payload import Word
    from alerts.rule import Rule
    from archive.article import Revision
    from archive.snippet import Snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A rule that holds for a revision, and where."""

    rule: Rule
    revision: Revision
    words: tuple[Word, ...]
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A candidate as it was settled: its decision and its alerts as (id, channel)."""

    candidate: Candidate
    root: int  # of its story, as it was then
    decision: Decision
    alerts: tuple[tuple[str, str], ...]
