"""Redirects as new requests, so that robots.txt, the guard and the pace judge every hop anew."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from scrapy import Request
from w3lib.url import safe_url_string

from crawler.errors import BadStatus, Forbidden
from crawler.origins import origin_of
from crawler.settings import OPTIONS, FetchOptions

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: What a request may say anywhere; the rest may be a key to the source.
_HARMLESS = frozenset({b"If-None-Match", b"If-Modified-Since"})


class RedirectMiddleware:
    """Follows at most `most` redirects, and takes a source's headers to no other origin."""

    def __init__(self, most: int) -> None:
        self._most = most

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RedirectMiddleware:
        options: FetchOptions = crawler.settings[OPTIONS]
        return cls(options.redirects)

    def process_request(self, request: Request) -> None:
        """Drop the headers that are meant for another origin than this request's."""
        meant_for = request.meta.get("source_headers_origin")
        if meant_for is not None and origin_of(request.url) != meant_for:
            for name in set(request.headers) - _HARMLESS:
                del request.headers[name]

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The next request where the response is a redirect.

        Raises BadStatus for a circle or a chain that is too long, Forbidden for other schemes.
        """
        location = response.headers.get("Location")
        if response.status not in _REDIRECTS or not location:
            return response
        target = _target(request.url, location)
        seen = (*request.meta.get("redirect_urls", ()), request.url)
        if target in seen:
            raise BadStatus(seen[0], status=response.status, cause="it redirects in a circle")
        if len(seen) > self._most:
            cause = f"more than {self._most} redirects"
            raise BadStatus(seen[0], status=response.status, cause=cause)
        # Headers without a stated origin were meant for the first one.
        meta = {"source_headers_origin": origin_of(request.url)} | request.meta
        return request.replace(url=target, meta=meta | {"redirect_urls": seen})


def _target(base: str, location: bytes) -> str:
    try:
        # The one parser splits what the other refuses: a target must be a URL to both.
        target = Request(urljoin(base, safe_url_string(location.strip()))).url.partition("#")[0]
        origin_of(target)
    except (ValueError, Forbidden) as error:
        where = location.decode("utf-8", "replace")[:200]
        raise Forbidden(base, cause=f"it redirects to {where!r}, which is not http(s)") from error
    return target
