"""Asking a source what it lists: its spider's requests, their callbacks, the links that come.

Spiders are ordinary Scrapy spiders. They are driven by hand through the one long-lived crawler's
downloader, so that no scheduler, duplicate filter or scraper stands between, and an exception
arrives where it belongs.
"""

from __future__ import annotations

import inspect
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from scrapy import Request
from twisted.python.failure import Failure

from crawler.errors import BadStatus, CrawlError, NotAListing
from crawler.fetch.request import make_conditional, validators_of
from crawler.source import Link, Validators

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from crawler.source import Source

#: Requests for listings that one poll may make: index files and their children.
MOST_LISTINGS = 100

_MAX_AGE = re.compile(rb"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NOT_KEPT = re.compile(rb"\bno-(?:store|cache)\b", re.IGNORECASE)
_TTL = re.compile(rb"<ttl>\s*(\d{1,6})\s*</ttl>", re.IGNORECASE)
_HEAD = 16_384  # bytes of a feed in which its <ttl> stands

#: Whether the page after one that lists these is to be turned to.
Turns: TypeAlias = "Callable[[Sequence[Link]], Awaitable[bool]]"


class Fetches(Protocol):
    """What reading needs of `crawler.fetch.transport.Transport`."""

    crawler: Crawler

    async def fetch(self, request: Request) -> Response: ...


@dataclass(slots=True)
class Listed:
    """What a source listed."""

    links: list[Link] = field(default_factory=list)
    requests: int = 0
    unchanged: int = 0  # of the requests: answered 304
    validators: dict[str, Validators] = field(default_factory=dict)
    hint: timedelta | None = None  # how old the first says that it may become; None: nothing
    failure: CrawlError | None = None  # of one listing among several; what came is here

    @property
    def nothing_changed(self) -> bool:
        return self.unchanged == self.requests


async def list_source(
    transport: Fetches,
    spider_class: type[Spider],
    source: Source,
    validators: Mapping[str, Validators],
    *,
    most: int = MOST_LISTINGS,
    turns: Turns | None = None,
) -> Listed:
    """Ask a source for its links, conditionally where `validators` has what a URL last answered.

    `turns` says for each page of a listing whether the next is wanted; without it, it always is.
    Raises CrawlError if there is nothing to be had: the first request failed, or all that it led
    to.
    """
    spider = spider_class.from_crawler(transport.crawler, source=source)
    requests = deque([request async for request in spider.start()])
    listed = Listed()
    while requests and listed.requests < most:
        request, before = requests.popleft(), len(listed.links)
        try:
            follow = await _ask(transport, spider, request, validators, listed)
            requests.extend(await _wanted(follow, listed.links[before:], turns))
        except CrawlError as error:
            if listed.requests == 1:
                raise
            listed.failure = listed.failure or error
    if listed.failure is not None and not (listed.links or listed.unchanged):
        raise listed.failure
    return listed


async def _ask(
    transport: Fetches,
    spider: Spider,
    request: Request,
    validators: Mapping[str, Validators],
    listed: Listed,
) -> list[Request]:
    """Make one request, keep its links in `listed`, return the requests that it leads to."""
    if request.meta.get("listing"):
        make_conditional(request, validators.get(request.url, Validators()))
    listed.requests += 1
    try:
        response = await _fetch(transport, request)
    except CrawlError as error:
        return await _excused(request, error, listed)
    if response.status == 304:
        listed.unchanged += 1
        return []
    response.request = request
    callback = request.callback or spider.parse
    follow = await _take(callback(response, **request.cb_kwargs), response.url, listed)
    if response.meta.get("listing"):
        listed.validators[request.url] = validators_of(response)
        if len(listed.validators) == 1:
            listed.hint = told(response.headers.get("Cache-Control") or b"", response.body)
    return follow


async def _excused(request: Request, error: CrawlError, listed: Listed) -> list[Request]:
    """What the spider makes of a request that failed; raises the error where it has no opinion."""
    if request.errback is None:
        raise error
    if error.passing:  # the spider may know a way round, which is no reason to keep silent
        listed.failure = listed.failure or error
        if request.meta.get("next_page"):  # a 304 of the first page would hide it next time
            listed.validators.clear()
    return await _take(request.errback(_failure(error)), request.url, listed)


async def _wanted(
    follow: list[Request], links: Sequence[Link], turns: Turns | None
) -> list[Request]:
    """The requests to follow; next pages only where the links of this one are a reason to."""
    if turns is None or not any(request.meta.get("next_page") for request in follow):
        return follow
    on = await turns(links)
    return [request for request in follow if on or not request.meta.get("next_page")]


def _failure(error: CrawlError) -> Any:
    """The error as Scrapy hands it to an errback."""
    return Failure(error)  # type: ignore[no-untyped-call]


async def _fetch(transport: Fetches, request: Request) -> Response:
    """The response, if it is a page or says that nothing changed; raises FetchError."""
    response = await transport.fetch(request)
    if response.status not in {200, 304}:
        raise BadStatus(response.url, status=response.status)
    return response


async def _take(result: Any, url: str, listed: Listed) -> list[Request]:
    """Keep the links that a callback yields; the requests that it yields."""
    follow: list[Request] = []
    async for output in _outputs(result, url):
        if isinstance(output, Link):
            listed.links.append(output)
        elif isinstance(output, Request):
            follow.append(output)
    return follow


async def _outputs(result: Any, url: str) -> AsyncIterator[Any]:
    """What a callback yields, whichever of Scrapy's four ways it is written in."""
    if inspect.iscoroutine(result):
        result = await result
    if result is None:
        return
    if hasattr(result, "__aiter__"):
        async for output in result:
            yield output
    elif hasattr(result, "__iter__"):
        for output in result:
            yield output
    else:
        raise NotAListing(url, cause=f"the spider gave {type(result).__name__}")


def told(cache_control: bytes, body: bytes) -> timedelta | None:
    """How old a listing says that it may become: the longer of max-age and `<ttl>` (minutes)."""
    spans = []
    age = None if _NOT_KEPT.search(cache_control) else _MAX_AGE.search(cache_control)
    if age:
        spans.append(timedelta(seconds=int(age[1])))
    if ttl := _TTL.search(body[:_HEAD]):
        spans.append(timedelta(minutes=int(ttl[1])))
    longest = max(spans, default=timedelta())
    return longest or None
