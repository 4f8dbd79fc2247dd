"""Requests made for a source: at its pace, with its headers for its own origin only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy import Request

from archive.urls import origin
from crawler.errors import Forbidden
from crawler.source import Validators

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.http import Response

    from crawler.source import Source


def request_for(
    source: Source, url: str, *, callback: Callable[..., Any] | None = None, **meta: Any
) -> Request:
    """A request that `crawler.fetch.transport` understands.

    The source's headers may be keys to it: they go to its own origin alone, also on redirects.
    Raises Forbidden for what is no address that could be asked.
    """
    home = origin(source.url)
    meta["source_headers_origin"] = home
    if source.delay is not None:
        meta["delay"] = source.delay.total_seconds()
    try:
        headers = dict(source.headers) if origin(url) == home else {}
        return Request(url, callback=callback, headers=headers, meta=meta, dont_filter=True)
    except ValueError as error:
        raise Forbidden(url, cause=str(error)) from error


def make_conditional(request: Request, known: Validators) -> None:
    """Ask only for what has changed since the URL answered so."""
    if known.etag:
        request.headers[b"If-None-Match"] = known.etag
    if known.last_modified:
        request.headers[b"If-Modified-Since"] = known.last_modified


def validators_of(response: Response) -> Validators:
    """What the next request for this URL may be conditional on."""
    return Validators(
        etag=(response.headers.get("ETag") or b"").decode("latin-1"),
        last_modified=(response.headers.get("Last-Modified") or b"").decode("latin-1"),
    )
