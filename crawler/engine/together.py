"""The pages that one poll reads together: which sites are closed, and who waits for company."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.errors import CrawlError

#: Pages of one poll that are in work at once: some on the wire and in the workers, which they keep
#: busy, and the others waiting to be filed together.
AT_ONCE = 12
#: Of these so many share a commit, which costs as much as filing some two pages.
FILED_TOGETHER = 8


@dataclass(slots=True)
class Together:
    """What the pages of one poll have to know of each other."""

    closed: dict[str, CrawlError] = field(default_factory=dict)  # by origin, until the poll ends
    _reading: int = 0
    _filing: int = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While a page is in work."""
        self._reading += 1
        try:
            yield
        finally:
            self._reading -= 1

    @contextmanager
    def filing(self) -> Iterator[bool]:
        """While a page that is in work is filed; whether others will soon be filed with it."""
        self._reading -= 1
        self._filing += 1
        try:
            yield self._reading > 0 and self._filing < FILED_TOGETHER
        finally:
            self._reading += 1
            self._filing -= 1
