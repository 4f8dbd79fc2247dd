"""What `explore` has found, as it grows: light, for whoever only watches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spiders.discover import Candidate

#: Candidates that are offered: more is no choice but a list.
OFFERED = 5


@dataclass(slots=True)
class Explored:
    """What was found, in the end best first, and what came where nothing was found."""

    candidates: list[Candidate] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # places that were tried, or are just now
