"""What the pages work with: the archive read in threads, the config, and hands if there are any."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from presswatch.web.standings import Standings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlite_utils import Database

    from presswatch.meters import Meters
    from presswatch.web.book import Books
    from presswatch.web.readers import Readers
    from presswatch.web.trying import Trials

T = TypeVar("T")


class Hands(Protocol):
    """What the service does for the page; a page that only reads an archive has none."""

    async def write(self, job: Callable[[Database], T]) -> T:
        """Run the job in a transaction of the service's own archive."""

    def wake(self) -> None:
        """Something was queued: deliver it now."""

    def poll(self, source: str) -> bool:
        """Poll a source at once; False where the service polls none of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that a request may touch."""

    config: Path
    environ: Mapping[str, str]
    books: Books
    readers: Readers
    trials: Trials
    hands: Hands | None = None
    meters: Meters | None = None
    standings: Standings = field(default_factory=Standings)
