"""Which spider reads which kind of source."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from spiders.auto import AutoSpider
from spiders.feed import FeedSpider
from spiders.listing import ListingSpider
from spiders.sitemap import SitemapSpider
from spiders.watch import WatchSpider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spiders.base import SourceSpider

_SPIDERS: tuple[type[SourceSpider], ...] = (
    FeedSpider,
    SitemapSpider,
    ListingSpider,
    WatchSpider,
    AutoSpider,
)
#: The name of a kind, as a source's `kind` gives it, and its spider.
KINDS: Mapping[str, type[SourceSpider]] = MappingProxyType(
    {spider.name: spider for spider in _SPIDERS}
)
