"""config.toml as the page needs it, read again when it changes; the last sound one counts."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.query import Concepts, Query, parse
from presswatch.clock import Clock
from presswatch.config.load import Rulebook, rulebook
from presswatch.config.reload import signature
from presswatch.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from alerts.rule import Rule
    from presswatch.config.reload import Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What the config says of rules, sources and channels."""

    rules: Rulebook
    mistake: str = ""  # why the file as it stands now is not the one that counts

    @property
    def clock(self) -> Clock:
        """Times as the operator reads them, from now."""
        return Clock(self.rules.outline.timezone)

    def rule(self, name: str) -> Rule | None:
        """The rule of this name."""
        return next((rule for rule in self.rules.rules if rule.name == name), None)

    def enabled(self, source: str) -> bool | None:
        """Whether a source is polled; None for one that the config does not name."""
        return dict(self.rules.outline.sources).get(source)

    def read(self, query: str) -> Query:
        """A query with the concepts of the config. Raises QueryError."""
        outline = self.rules.outline
        return parse(query, Concepts(outline.concepts), zone=Clock(outline.timezone).zone)


class Books:
    """The book of a config file; safe to use from any thread.

    What is sound when it is made counts, also where nobody looks before somebody breaks it.
    """

    def __init__(
        self, path: Path, environ: Mapping[str, str], *, known: Book | None = None
    ) -> None:
        """`known` was sound before, for whoever comes later."""
        self._path, self._environ = path, environ
        self._lock = threading.Lock()
        self._seen: Signature = None
        self._book = known
        with suppress(ConfigError):
            self.current()

    def current(self) -> Book:
        """The config as of now. Raises ConfigError where none was ever sound."""
        with self._lock:
            seen = signature(self._path)
            if self._book is None or seen != self._seen:
                self._book = self._read()
                self._seen = seen
            return self._book

    def _read(self) -> Book:
        try:
            return Book(rules=rulebook(self._path, self._environ))
        except ConfigError as error:
            if self._book is None:
                raise
            return Book(rules=self._book.rules, mistake=str(error))
