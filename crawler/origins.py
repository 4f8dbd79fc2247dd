"""The origin of a URL, which is what turns, robots.txt and a source's headers go by."""

from __future__ import annotations

from archive import urls
from crawler.errors import Forbidden


def origin_of(url: str) -> str:
    """``https://host:port``, the port always there. Raises Forbidden for what is not http(s)."""
    try:
        return urls.origin(url)
    except ValueError as error:
        raise Forbidden(url[:200], cause=f"not a web address: {error}") from error
