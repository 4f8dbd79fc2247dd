"""A rule: what somebody wants to be told, and where."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.query import Query


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A query whose hits go to channels."""

    name: str
    query: Query
    channels: tuple[str, ...]
    sources: tuple[str, ...] = ("*",)  # globs over source names; "!…" excludes
    on: str = "story"  # alert once a story | article | revision
    urgent: bool = False  # its alerts wait for no digest, no morning and no throttle

    def applies_to(self, source: str) -> bool:
        """Whether the rule looks at articles of this source.

        An exclusion wins wherever it stands; exclusions alone mean "every source but".
        """
        excluded = [glob[1:] for glob in self.sources if glob.startswith("!")]
        wanted = [glob for glob in self.sources if not glob.startswith("!")]
        if any(fnmatchcase(source, glob) for glob in excluded):
            return False
        return not wanted or any(fnmatchcase(source, glob) for glob in wanted)
