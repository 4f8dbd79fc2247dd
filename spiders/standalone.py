"""What `scrapy crawl` does with links: a JSON line each on stdout, complaints on stderr."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Any

from scrapy import signals

from crawler.errors import CrawlError
from crawler.source import Link

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure


class PrintLinks:
    """Item pipeline: prints each Link, and at the end what went wrong."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.found = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        pipeline = cls(crawler)
        crawler.signals.connect(pipeline.complain, signal=signals.spider_error)
        logging.getLogger("scrapy.core.scraper").addFilter(_unexpected)
        return pipeline

    def process_item(self, item: Any) -> Any:
        """Print a link; other items pass through."""
        if isinstance(item, Link):
            self.found += 1
            names = ("url", "title", "published", "author", "summary")
            values = {name: value for name in names if (value := getattr(item, name))}
            print(json.dumps(values, ensure_ascii=False), flush=True)  # noqa: T201 — its purpose
        return item

    def complain(self, failure: Failure) -> None:
        """Say in one line what a callback raised; of a bug, Scrapy's log has the traceback."""
        error = failure.value
        kind = "" if isinstance(error, CrawlError) else f"{type(error).__name__}: "
        _say(f"{kind}{error}")

    def close_spider(self) -> None:
        """An empty answer gets its reason, as far as there is one."""
        if not self.found:
            stats = self.crawler.stats.get_stats() if self.crawler.stats else {}
            marks = ("downloader/response_status_count/", "downloader/exception_type_count/")
            what = sorted(key.split("/", 2)[2] for key in stats if key.startswith(marks))
            _say(f"no links found (answers: {', '.join(what) or 'none'})")


def _say(text: str) -> None:
    """One line on stderr; what came from outside must not move the terminal's cursor."""
    print("".join(c if c.isprintable() else "�" for c in text), file=sys.stderr)  # noqa: T201


def _unexpected(record: logging.LogRecord) -> bool:
    """Keep from the log what `complain` says better."""
    return not (record.exc_info and isinstance(record.exc_info[1], CrawlError))
