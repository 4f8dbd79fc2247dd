"""Settings for ``scrapy crawl NAME -a url=…``: one spider alone, under the same guard and limits.

PRESSWATCH_ALLOW_NETWORKS opens addresses that are not public (CIDR, separated by commas).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from crawler.errors import BadStatus
from crawler.settings import FetchOptions, scrapy_settings

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

_ALLOWED = os.environ.get("PRESSWATCH_ALLOW_NETWORKS", "")


class StatusMiddleware:
    """A spider's callbacks expect a page; in the service the engine looks at the status first."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Raises BadStatus for anything but 200."""
        if response.status != 200:
            raise BadStatus(request.url, status=response.status)
        return response


def _settings() -> dict[str, Any]:
    options = FetchOptions(allow_networks=tuple(_ALLOWED.replace(",", " ").split()))
    base = scrapy_settings(options)
    return base | {
        "SPIDER_MODULES": ["spiders"],
        "LOG_LEVEL": "WARNING",
        "STATS_CLASS": "scrapy.statscollectors.MemoryStatsCollector",
        "STATS_DUMP": False,
        # Its filter would drop what a redirect leads back to without a word.
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "DOWNLOADER_MIDDLEWARES": base["DOWNLOADER_MIDDLEWARES"]
        | {
            "crawler.standalone.StatusMiddleware": 590,
            "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
        },
        "EXTENSIONS": base["EXTENSIONS"] | {"scrapy.extensions.feedexport.FeedExporter": 0},
    }


globals().update(_settings())
