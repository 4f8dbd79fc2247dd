"""Who answers a question: threads of this process, or another process (`presswatch.web.apart`).

A question and its reply are plain values, and what makes the one from the other is a function of a
module: all of it can go to another process and back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from presswatch.web.ask import Ask
from presswatch.web.standings import Standings

if TYPE_CHECKING:
    from sqlite_utils import Database

    from presswatch.web.book import Books
    from presswatch.web.readers import Readers
    from presswatch.web.trying import Trials


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a request asks, without anything of the wire."""

    path: str  # "/search"
    places: Mapping[str, Any]  # of the path
    values: Mapping[str, str]  # of the query string or of the form
    live: bool  # whether changes can be made here
    known: bool  # somebody has logged in
    unwritten: str = ""  # why the service can write nothing, which the archive cannot say


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Job: TypeAlias = Callable[["Database", Ask], Reply]


class Answers(Protocol):
    """Answers questions from the archive and the config as they stand."""

    async def give(self, job: Job, question: Question) -> Reply:
        """What the job makes of it. Raises TooSlow, and whatever the job raises."""

    def forget(self) -> None:
        """Something was changed: nothing that was gathered before counts any more."""

    async def close(self) -> None:
        """End; what is being read is given up."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What answers are made from."""

    books: Books
    trials: Trials
    standings: Standings = field(default_factory=Standings)

    def ask(self, question: Question) -> Ask:
        """The question as the pages read it. Raises ConfigError where no config was ever sound."""
        book = self.books.current()
        return Ask(
            path=question.path,
            places=question.places,
            values=question.values,
            book=book,
            clock=book.clock,
            live=question.live,
            standings=self.standings,
            trials=self.trials,
            known=question.known,
            unwritten=question.unwritten,
        )


class InThreads:
    """Answers in the threads that read the archive."""

    def __init__(self, readers: Readers, shelf: Shelf) -> None:
        self._readers, self.shelf = readers, shelf

    async def give(self, job: Job, question: Question) -> Reply:
        return await self._readers.read(lambda db: job(db, self.shelf.ask(question)))

    def forget(self) -> None:
        self.shelf.standings.forget()

    async def close(self) -> None:
        """Nothing: the threads belong to whoever made them."""
