"""Redirects as new requests, so that robots.txt, the guard and the pace judge every hop anew."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from w3lib.url import safe_url_string

from archive.urls import origin
from crawler.errors import BadStatus, Forbidden
from crawler.settings import OPTIONS, FetchOptions

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class RedirectMiddleware:
    """Follows at most `options.redirects`, and takes a source's headers to no other origin."""

    def __init__(self, most: int) -> None:
        self._most = most

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RedirectMiddleware:
        options: FetchOptions = crawler.settings[OPTIONS]
        return cls(options.redirects)

    def process_request(self, request: Request) -> None:
        """Drop the source's headers where they are not meant for this origin."""
        meant_for = request.meta.get("source_headers_origin")
        if meant_for is not None and origin(request.url) != meant_for:
            for name in request.meta.get("source_headers", ()):
                request.headers.pop(name, None)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The next request where the response is a redirect.

        Raises BadStatus for a circle or a chain that is too long, Forbidden for other schemes.
        """
        location = response.headers.get("Location")
        if response.status not in _REDIRECTS or not location:
            return response
        target = _target(response.url, location)
        seen = (*request.meta.get("redirect_urls", ()), request.url)
        if target in seen:
            raise BadStatus(seen[0], status=response.status, cause="it redirects in a circle")
        if len(seen) > self._most:
            cause = f"more than {self._most} redirects"
            raise BadStatus(seen[0], status=response.status, cause=cause)
        return request.replace(url=target, meta={**request.meta, "redirect_urls": seen})


def _target(base: str, location: bytes) -> str:
    try:
        target = urljoin(base, safe_url_string(location.strip())).partition("#")[0]
        origin(target)
    except ValueError as error:
        where = location.decode("utf-8", "replace")[:200]
        raise Forbidden(base, cause=f"it redirects to {where!r}, which is not http(s)") from error
    return target
