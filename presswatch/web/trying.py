"""A rule tried on the past for the page: the very matching of the service, for as long as there is.

One trial at a time: it takes a core. What it could not look at in time, it says.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from alerts import replay
from alerts.match import build
from archive.lookup import last_revision, revision_before
from presswatch.trial import Tally
from presswatch.web.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from sqlite_utils import Database

    from alerts.rule import Rule

PATIENCE: Final = 6.0  # seconds

_ONE = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What each rule would have sent."""

    tallies: tuple[Tally, ...]
    texts: int  # that there are since then; the oldest `tallies[0].texts` were looked at
    since: datetime

    @property
    def whole(self) -> bool:
        """Whether all of them were looked at."""
        return self.tallies[0].texts >= self.texts


def try_rules(
    db: Database,
    rules: Sequence[Rule],
    *,
    since: datetime,
    zone: tzinfo,
    patience: float = PATIENCE,
) -> Trial:
    """Try rules of different names on what was archived since then. Raises Refused when busy."""
    if not _ONE.acquire(timeout=patience):
        raise Refused(cause="another rule is being tried; try again in a moment")
    try:
        tallies = tuple(Tally(rule=rule.name, zone=zone) for rule in rules)
        texts = last_revision(db) - revision_before(db, since)
        end = monotonic() + patience
        for step in replay.test(db, build(rules, zone), since):
            for tally in tallies:
                tally.add(step)
            if monotonic() > end:
                break
    finally:
        _ONE.release()
    return Trial(tallies=tallies, texts=texts, since=since)
