"""Errors of the wiring and the command.

PresswatchError
└── ConfigError            config.toml cannot be used; names every problem at once
    └── ConfigMissing      there is no config file where one was expected
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.errors import PresswatchError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where: ``rule[2].query``, counted from 1 as people count."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class ConfigError(PresswatchError):
    """The configuration cannot be used."""

    def __init__(
        self, which: str = "", *, problems: Iterable[Problem] = (), cause: str = "", hint: str = ""
    ) -> None:
        super().__init__(which, cause=cause, hint=hint)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        """One problem a line, so that `grep` and people can both take them apart."""
        if not self.problems:
            return super().__str__()
        return "\n".join(str(problem) for problem in self.problems)


class ConfigMissing(ConfigError):
    """There is no config file here."""

    def __str__(self) -> str:
        return f"No {self.which or 'config.toml'} here. `presswatch init` writes one."
