"""What the pages work with: the archive, the config, who answers, and hands if there are any."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from presswatch.web.looking import Explores, Looks
from presswatch.web.replies import InThreads, Shelf
from presswatch.web.standings import Standings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlite_utils import Database

    from presswatch.process.meters import Meters
    from presswatch.web.book import Books
    from presswatch.web.readers import Readers
    from presswatch.web.replies import Answers, Job, Question, Reply
    from presswatch.web.trying import Trials

T = TypeVar("T")


class Hands(Explores, Protocol):
    """What the service does for the page; a page that only reads an archive has none."""

    async def write(self, job: Callable[[Database], T]) -> T:
        """Run the job in a transaction of the service's own archive."""

    def wake(self) -> None:
        """Something was queued: deliver it now."""

    def poll(self, source: str) -> bool:
        """Poll a source at once; False where the service polls none of this name."""

    def unwritten(self) -> str:
        """Why nothing can be written now, where the archive cannot say so itself; "" else."""


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
    answers: Answers | None = None  # None: threads of this process
    looks: Looks = field(default_factory=Looks)  # at sites that may become sources

    @property
    def shelf(self) -> Shelf:
        """What answers are made from in this process."""
        return Shelf(self.books, self.trials, self.standings)

    async def give(self, job: Job, question: Question) -> Reply:
        """The answer to a question that only reads. Raises TooSlow, and what the job raises."""
        return await self._answers.give(job, question)

    def forget(self) -> None:
        """Something was changed: who looks next sees it."""
        self._answers.forget()

    @property
    def _answers(self) -> Answers:
        return self.answers or InThreads(self.readers, self.shelf)
