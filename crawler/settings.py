"""What the operator sets about fetching, and the Scrapy settings that follow from it.

Scrapy's defaults are for a scraper that somebody watches; ours are for a service that nobody does.
Every command reads the options, few fetch: Scrapy, which takes half a second to import, is imported
when its settings are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

#: What robots.txt calls us: the product token of RFC 9309.
PRODUCT = "presswatch"

#: The key under which the options (`Live`) travel to the components that Scrapy builds.
OPTIONS = "PRESSWATCH_FETCH"


#: How long after it was filed an article is looked at again.
REVISIT = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(days=3))


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """The `[fetch]` table of the configuration."""

    contact: str = ""  # "mailto:…" or a page: whom a webmaster can ask
    delay: timedelta = timedelta(seconds=1)  # between two requests to one origin
    allow_networks: tuple[str, ...] = ()  # CIDR; opens addresses that are not public
    timeout: timedelta = timedelta(seconds=30)  # of one transfer, from connecting to the last byte
    max_body: int = 10 * 1024 * 1024  # bytes after decompression
    transfers: int = 32  # large bodies at the same time; connections: see crawler.fetch.pace
    redirects: int = 5
    proxy: str = ""  # goes round the guard, so it is trusted only when named here
    robots: bool = True
    user_agent: str = ""  # built from version and contact if empty
    poll_limit: timedelta = timedelta(minutes=10)
    per_poll: int = 200
    revisit: tuple[timedelta, ...] = REVISIT
    extraction: Literal["thorough", "quick"] = "thorough"
    extraction_workers: int = 0  # 0: one a core
    extraction_timeout: timedelta = timedelta(seconds=20)
    extraction_memory_mb: int = 1024


class Live:
    """The options in force; whoever goes by them hears of others, in the order of asking."""

    def __init__(self, options: FetchOptions) -> None:
        self.now = options
        self._followers: list[Callable[[FetchOptions], None]] = []

    def follow(self, change: Callable[[FetchOptions], None]) -> None:
        """Call this with the options of now, and with every other that comes."""
        self._followers.append(change)
        change(self.now)

    def change(self, options: FetchOptions) -> None:
        """Let other options count from now on; what is under way ends as it began."""
        self.now = options
        for change in self._followers:
            change(options)


def user_agent(options: FetchOptions) -> str:
    """``presswatch/0.1.0 (+mailto:press@example.org)``."""
    contact = f" (+{options.contact})" if options.contact else ""
    text = options.user_agent or f"{PRODUCT}/{_version()}{contact}"
    return "".join(c if c.isprintable() else " " for c in text)  # it becomes a header


def scrapy_settings(options: FetchOptions) -> dict[str, Any]:
    """Settings for a crawler that fetches safely, whoever drives it."""
    return {
        OPTIONS: Live(options),
        "BOT_NAME": PRODUCT,
        "USER_AGENT": user_agent(options),
        **_safe(),
        **_fetching(options),
    }


def _fetching(options: FetchOptions) -> dict[str, Any]:
    from scrapy.settings import default_settings

    handler = "crawler.fetch.handler.Handler"
    ours = {
        "crawler.fetch.redirects.RedirectMiddleware": 600,
        "crawler.robots.RobotsMiddleware": 100,
    }
    return {
        "DOWNLOADER": "crawler.fetch.pace.PacedDownloader",
        "DOWNLOAD_HANDLERS": _none(default_settings.DOWNLOAD_HANDLERS_BASE)
        | {"http": handler, "https": handler},
        "DOWNLOADER_MIDDLEWARES": _none(default_settings.DOWNLOADER_MIDDLEWARES_BASE) | ours,
        "CONCURRENT_REQUESTS": 0,  # the downloader counts transfers itself
        "DOWNLOAD_TIMEOUT": options.timeout.total_seconds(),
        "DOWNLOAD_MAXSIZE": options.max_body,
    }


def _none(components: dict[str, Any]) -> dict[str, Any]:
    """Switch off whatever this release of Scrapy has on by default, by name."""
    return dict.fromkeys(components)


def _version() -> str:
    try:
        return version(PRODUCT)
    except PackageNotFoundError:
        return "0"


def _safe() -> dict[str, Any]:
    from scrapy.settings import default_settings

    return {
        "TWISTED_REACTOR_ENABLED": False,
        # An HTTP port that runs Python, and its older sister.
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "EXTENSIONS": _none(default_settings.EXTENSIONS_BASE),
        "COOKIES_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "RETRY_ENABLED": False,  # a source is polled again soon enough
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
        "LOG_FORMATTER": "crawler.fetch.transport.QuietLog",
    }
