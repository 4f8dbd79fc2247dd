"""What config.toml says, checked: the records that the rest of presswatch goes by."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import timedelta

    from alerts.channel import Channel
    from alerts.rule import Rule
    from crawler.settings import FetchOptions
    from crawler.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """The [service] table."""

    timezone: str = "UTC"
    log: Literal["auto", "console", "json"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    operator: str = ""  # the channel that is told of sources in trouble, if it is enabled


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveOptions:
    """The [archive] table, but for the path. How long things are kept; None: for ever."""

    keep_raw: timedelta | None = None
    keep_articles: timedelta | None = None
    keep_alerts: timedelta | None = None
    min_free: int = 0  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """The [web] table: where the page is served, and who may see it."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = 8400  # 0: any that is free
    hosts: tuple[str, ...] = ()  # names that may stand in a request's Host header
    password: str = field(default="", repr=False)  # "": no login
    token: str = field(default="", repr=False)
    trusted_proxies: tuple[str, ...] = ()

    @property
    def guarded(self) -> bool:
        """Whether anybody must say who they are."""
        return bool(self.password or self.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that config.toml says, checked.

    `channels` holds those that are enabled, and rules name only these; what a rule says to a
    channel that is switched off is in `disabled_channels`, and goes nowhere.
    """

    path: Path
    service: ServiceOptions
    archive_path: Path
    fetch: FetchOptions
    sources: tuple[Source, ...]
    channels: tuple[Channel, ...]
    rules: tuple[Rule, ...]
    archive: ArchiveOptions = ArchiveOptions()
    web: WebOptions = WebOptions()
    disabled_channels: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    #: What must not be read anywhere else: in a log, in a reason that is kept.
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


def archive_place(config: Path, place: str) -> Path:
    """A relative path counts from the config file, wherever the command was called."""
    return (config.parent / Path(place).expanduser()).absolute()
