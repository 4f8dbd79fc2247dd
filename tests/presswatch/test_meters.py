"""What the process counts: each request on the wire, and each poll."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scrapy import Request

from crawler.errors import FetchError
from crawler.fetch.transport import Transport
from presswatch.process.meters import Meters
from tests.support.fetching import options, run
from tests.support.site import Answer, Site, slow

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as opened:
        yield opened


def test_each_request_is_timed_by_its_outcome(site: Site) -> None:
    """robots.txt is one as well; an address where nobody answers is "failed"."""
    site.page("/a", "here")
    site.page("/gone", "no", status=404)
    site.behave("/slow", slow(0.2, Answer(body=b"late")))
    meters = Meters()

    async def main() -> None:
        opened = Transport(options(), on_fetched=meters.fetched)
        await opened.start()
        try:
            for path in ("/a", "/gone", "/slow"):
                await opened.fetch(Request(site.url(path)))
            with pytest.raises(FetchError):
                await opened.fetch(Request("http://127.0.0.1:9/", meta={"dont_obey_robots": True}))
        finally:
            await opened.stop()

    run(main())

    said = {
        (sample.labels["outcome"], sample.name.rpartition("_")[2]): sample.value
        for family in meters.registry.collect()
        for sample in family.samples
        if family.name == "presswatch_fetch_seconds" and "le" not in sample.labels
    }
    requests = len(site.requests)
    assert said["2xx", "count"] + said["4xx", "count"] == requests == 4
    assert said["4xx", "count"] == 2  # /gone, and a robots.txt that is not there
    assert said["failed", "count"] >= 1
    assert said["2xx", "sum"] > 0.2
