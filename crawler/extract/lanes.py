"""Who may have pages in the workers: a source whose pages hang takes no more than one of them.

A page that hangs holds its worker for the whole time limit. The pages of one source come from one
template, so where one hangs others will; left alone, a few such sources would keep all workers.
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

from crawler.errors import TooSlow

if TYPE_CHECKING:
    from crawler.extract.records import Extracted, Page


class Extracts(Protocol):
    """What reading needs of `crawler.extract.workers.Workers`."""

    async def extract(self, page: Page) -> Extracted: ...


class Lanes:
    """Workers, shared fairly: the pages of all sources that hung last go through one at a time."""

    def __init__(self, workers: Extracts) -> None:
        self._workers = workers
        self._hung: set[str] = set()  # by their last page; at most as many as there are sources
        self._slow = asyncio.Semaphore(1)

    async def extract(self, source: str, page: Page) -> Extracted:
        """As `Extracts.extract`, for a page of this source."""
        async with self._slow if source in self._hung else nullcontext():
            try:
                extracted = await self._workers.extract(page)
            except TooSlow:
                self._hung.add(source)
                raise
            self._hung.discard(source)
            return extracted
