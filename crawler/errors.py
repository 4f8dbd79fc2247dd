"""Errors of the crawler: each is a reason that ends up on a poll's report or a page's row.

PresswatchError
└── CrawlError
    ├── SourceUnknown       no source of that name in the config
    ├── SourceBusy          another poll of the source holds its lease
    ├── FetchError          no usable response
    │   ├── Unreachable     no connection, DNS or TLS failure
    │   ├── TimedOut        the time limit of a request or a poll
    │   ├── TooLarge        the body is larger than the limit
    │   ├── BadStatus       an HTTP status that is not a page
    │   ├── Forbidden       the guard refuses the address, or the URL is not http(s)
    │   ├── Disallowed      robots.txt says no
    │   ├── RobotsUnknown   robots.txt could not be read: stay away for now
    │   └── ToldToWait      429/503 with Retry-After: the origin is closed until then
    ├── NotAListing         what came is not a feed, sitemap or list of links
    ├── Unreadable          no article could be read from the page
    │   └── TooSlow         nor within the time limit
    └── Broken              a fault of presswatch itself
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.errors import PresswatchError

if TYPE_CHECKING:
    from datetime import datetime


class CrawlError(PresswatchError):
    """The crawl failed."""

    #: True where trying the same page again later can help.
    passing = False


class SourceUnknown(CrawlError):
    """No source has this name."""


class SourceBusy(CrawlError):
    """The source is being polled by another process."""


class FetchError(CrawlError):
    """The page could not be fetched."""

    passing = True


class Unreachable(FetchError):
    """No connection."""


class TimedOut(FetchError):
    """No complete answer in time."""


class TooLarge(FetchError):
    """The answer is too large."""

    passing = False


class BadStatus(FetchError):
    """The server answered with an error."""

    def __init__(self, which: str = "", *, status: int, cause: str = "", hint: str = "") -> None:
        super().__init__(which, cause=cause or f"HTTP {status}", hint=hint)
        self.status = status

    @property
    def passing(self) -> bool:  # type: ignore[override]
        """A client error is final, but for those that are about time."""
        return self.status >= 500 or self.status in {408, 425, 429}


class Forbidden(FetchError):
    """The address must not be fetched."""

    passing = False


class Disallowed(FetchError):
    """robots.txt does not allow this page."""

    passing = False


class RobotsUnknown(FetchError):
    """robots.txt could not be read, so the site is left alone for now."""


class ToldToWait(FetchError):
    """The server asked to wait."""

    def __init__(
        self, which: str = "", *, until: datetime, cause: str = "", hint: str = ""
    ) -> None:
        super().__init__(which, cause=cause, hint=hint)
        self.until = until


class NotAListing(CrawlError):
    """No list of articles in the answer."""


class Unreadable(CrawlError):
    """No article could be read from the page."""


class TooSlow(Unreadable):
    """Reading the page took longer than it may."""


class Broken(CrawlError):
    """A fault in presswatch itself."""

    passing = True
