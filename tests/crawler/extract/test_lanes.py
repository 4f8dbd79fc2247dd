"""Sources whose pages hang, and what is left of the workers for the others."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from crawler.errors import TooSlow, Unreadable
from crawler.extract import Extracted, Page
from crawler.extract.lanes import Lanes

READ = Extracted(
    title="", text="", published=None, published_precise=False, authors=(), language="",
    canonical="", evidence=(),
)  # fmt: skip


class FakeWorkers:
    """Pages of hosts that begin with "bad" hang until the test lets the time limit pass."""

    def __init__(self) -> None:
        self.under_way: list[str] = []
        self.limit = asyncio.Event()

    async def extract(self, page: Page) -> Extracted:
        self.under_way.append(page.url)
        try:
            if "//bad" in page.url:
                await self.limit.wait()
                raise TooSlow(page.url)
            if "//empty" in page.url:
                raise Unreadable(page.url)
            return READ
        finally:
            self.under_way.remove(page.url)


def page(host: str) -> Page:
    return Page(
        html=b"", url=f"https://{host}.example/", content_type="", timezone="UTC",
        fetched_at=datetime(2026, 5, 20, tzinfo=UTC),
    )  # fmt: skip


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def hung(lanes: Lanes, workers: FakeWorkers, *sources: str) -> None:
    """Each source has had a page that hung."""
    workers.limit.set()
    for source in sources:
        with pytest.raises(TooSlow):
            await lanes.extract(source, page("bad"))
    workers.limit.clear()


def test_sources_that_hang_share_one_worker_and_the_others_do_not_wait() -> None:
    """Five sources with eight hanging pages each: one page of them all is in work."""

    async def main() -> None:
        workers = FakeWorkers()
        lanes = Lanes(workers)
        names = [f"bad{n}" for n in range(5)]
        await hung(lanes, workers, *names)
        tasks = [
            asyncio.create_task(lanes.extract(name, page(name))) for name in names for _ in range(8)
        ]
        await settle()
        assert len(workers.under_way) == 1
        assert await lanes.extract("good", page("good")) is READ
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    asyncio.run(main())


@pytest.mark.parametrize(("host", "most"), [("good", 3), ("empty", 1)])
def test_a_source_is_trusted_again_with_the_first_page_that_is_read(host: str, most: int) -> None:
    """And not before: a page without a text says nothing of the next."""

    async def main() -> int:
        workers = FakeWorkers()
        lanes = Lanes(workers)
        await hung(lanes, workers, "s")
        await asyncio.gather(lanes.extract("s", page(host)), return_exceptions=True)
        tasks = [asyncio.create_task(lanes.extract("s", page("bad"))) for _ in range(3)]
        await settle()
        under_way = len(workers.under_way)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return under_way

    assert asyncio.run(main()) == most
