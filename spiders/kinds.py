"""Which spider reads which kind of source."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from spiders.feed import FeedSpider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spiders.base import SourceSpider

#: The name of a kind, as a source's `kind` gives it, and its spider.
KINDS: Mapping[str, type[SourceSpider]] = MappingProxyType(
    {spider.name: spider for spider in (FeedSpider,)}
)
