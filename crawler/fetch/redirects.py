"""Redirects as new requests, so that robots.txt, the guard and the pace judge every hop anew.

A page that sends its readers on within seconds (``<meta http-equiv="refresh">``) is a redirect too.
What it leads to has no validators: asked conditionally next time, the page that only leads there
would answer 304 for itself, and hide whatever has changed behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from scrapy import Request
from scrapy.http import HtmlResponse
from w3lib.html import get_meta_refresh
from w3lib.url import safe_url_string

from crawler.decode import decode
from crawler.errors import BadStatus, Forbidden
from crawler.origins import origin_of
from crawler.settings import OPTIONS, FetchOptions

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: What a request may say anywhere; the rest may be a key to the source.
_HARMLESS = frozenset({b"If-None-Match", b"If-Modified-Since"})
_VALIDATORS = ("ETag", "Last-Modified")

_SOON = 5.0  # seconds; who waits longer reloads itself, or shows the next picture
_HEAD = 16 * 1024  # bytes of a page that are looked at


class RedirectMiddleware:
    """Follows at most `most` redirects, and takes a source's headers to no other origin."""

    def __init__(self, most: int) -> None:
        self._most = most

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RedirectMiddleware:
        made = cls(0)
        crawler.settings[OPTIONS].follow(made.change)
        return made

    def change(self, options: FetchOptions) -> None:
        """Follow as many as these options say."""
        self._most = options.redirects

    def process_request(self, request: Request) -> None:
        """Drop the headers that are meant for another origin than this request's."""
        meant_for = request.meta.get("source_headers_origin")
        if meant_for is not None and origin_of(request.url) != meant_for:
            for name in set(request.headers) - _HARMLESS:
                del request.headers[name]

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The next request where the response is a redirect, by its status or by its page.

        Raises BadStatus for a circle or a chain that is too long, Forbidden for other schemes.
        """
        location = response.headers.get("Location")
        if response.status in _REDIRECTS and location:
            return self._next(request, _target(request.url, location), response.status)
        target = _refresh(request, response)
        if target:
            meta = {"refreshed": True}
            return self._next(request.replace(meta=request.meta | meta), target, response.status)
        if request.meta.get("refreshed"):
            for name in _VALIDATORS:
                response.headers.pop(name, None)
        return response

    def _next(self, request: Request, target: str, status: int) -> Request:
        seen = (*request.meta.get("redirect_urls", ()), request.url)
        if target in seen:
            raise BadStatus(seen[0], status=status, cause="it redirects in a circle")
        if len(seen) > self._most:
            raise BadStatus(seen[0], status=status, cause=f"more than {self._most} redirects")
        # Headers without a stated origin were meant for the first one.
        meta = {"source_headers_origin": origin_of(request.url)} | request.meta
        return request.replace(url=target, meta=meta | {"redirect_urls": seen})


def _refresh(request: Request, response: Response) -> str:
    """Where a page sends its readers on, "" if they stay: a robots.txt has no readers."""
    head = response.body[:_HEAD]
    page = response.status == 200 and isinstance(response, HtmlResponse)
    if not page or request.meta.get("robots") is False or b"refresh" not in head.lower():
        return ""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    try:
        after, url = get_meta_refresh(decode(head, content_type).text, request.url)
        if after is None or url is None or after > _SOON:
            return ""
        target = _target(request.url, url.encode("utf-8", "replace"))
    except (Forbidden, ValueError):  # an app's own scheme, or no URL: the page is all there is
        return ""
    return "" if target == request.url.partition("#")[0] else target


def _target(base: str, location: bytes) -> str:
    try:
        # The one parser splits what the other refuses: a target must be a URL to both.
        target = Request(urljoin(base, safe_url_string(location.strip()))).url.partition("#")[0]
        origin_of(target)
    except (ValueError, Forbidden) as error:
        where = location.decode("utf-8", "replace")[:200]
        raise Forbidden(base, cause=f"it redirects to {where!r}, which is not http(s)") from error
    return target
