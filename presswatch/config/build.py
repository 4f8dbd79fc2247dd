"""From the checked tables to the records that the parts of presswatch take, and the warnings."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from alerts.channel import Channel, ChatChannel, MailChannel, WebhookChannel
from alerts.rate import parse as parse_rate
from alerts.rule import Rule
from crawler.settings import FetchOptions
from crawler.source import Source
from presswatch.config import model
from presswatch.config.plan import plan_of
from presswatch.config.records import (
    ArchiveOptions,
    Config,
    ServiceOptions,
    WebOptions,
    archive_place,
)
from presswatch.config.warn import reader, warnings
from presswatch.config.webvalues import split

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from archive.query import Query
    from presswatch.config.expand import Expanded


def build(
    path: Path,
    models: Mapping[str, model.Table],
    filled: Mapping[str, Expanded],
    off: tuple[str, ...],
) -> Config:
    """The config of a document in which nothing is wrong; `models` and `filled` by place.

    `off` names the channels that are switched off; their models may be missing.
    """
    service, archive = models["service"], models["archive"]
    assert isinstance(service, model.ServiceTable)
    assert isinstance(archive, model.ArchiveTable)
    tables = list(models.values())
    on = [table for table in tables if isinstance(table, model.ChannelTable) and table.enabled]
    names = {table.name for table in on}
    sources = (table for table in tables if isinstance(table, model.SourceTable))
    return Config(
        path=path,
        service=_service(service, names),
        archive_path=archive_place(path, archive.path),
        archive=_archive(archive),
        fetch=_fetch(models["fetch"]),
        sources=tuple(_source(table, service.timezone) for table in sources),
        channels=tuple(_planned(table, service.timezone) for table in on),
        rules=rules(models, names),
        web=web(models["web"]),
        disabled_channels=off,
        warnings=tuple(warnings(models, filled, off)),
    )


def _service(table: model.ServiceTable, channels: set[str]) -> ServiceOptions:
    """Whoever is told by a channel that is switched off is told by nobody."""
    operator = table.operator if table.operator in channels else ""
    return ServiceOptions(
        timezone=table.timezone, log=table.log, log_level=table.log_level, operator=operator
    )


def _archive(table: model.ArchiveTable) -> ArchiveOptions:
    return ArchiveOptions(
        keep_raw=table.keep_raw,
        keep_articles=table.keep_articles,
        keep_alerts=table.keep_alerts,
        min_free=table.min_free,
    )


def web(table: model.Table) -> WebOptions:
    """The [web] table as the server takes it."""
    assert isinstance(table, model.WebTable)
    host, port = split(table.listen)
    return WebOptions(
        enabled=table.enabled,
        host=host,
        port=port,
        hosts=tuple(table.hosts),
        password=table.password,
        token=table.token,
        trusted_proxies=tuple(table.trusted_proxies),
    )


def rules(models: Mapping[str, model.Table], channels: set[str]) -> tuple[Rule, ...]:
    """The rules of a config, each with those of its channels that are among `channels`."""
    read = reader(models)
    tables = (table for table in models.values() if isinstance(table, model.RuleTable))
    return tuple(_rule(table, read(table.query), channels) for table in tables)


def _fetch(table: model.Table) -> FetchOptions:
    known = {field.name for field in fields(FetchOptions)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in table
        if key in known
    }
    return FetchOptions(**values)


def _source(table: model.SourceTable, timezone: str) -> Source:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in table
        if value is not None and key != "headers"
    }
    values.setdefault("timezone", timezone)
    if table.every_max is not None:
        values["every"] = table.every_max
    return Source(**values, headers=tuple(table.headers.items()))


def _planned(table: model.ChannelTable, timezone: str) -> Channel:
    """A channel with all that it says about when and how fast it is told."""
    return replace(
        _channel(table),
        plan=plan_of(table, timezone),
        concurrency=table.concurrency,
        rate=parse_rate(table.rate) if table.rate else None,
    )


def _channel(table: model.ChannelTable) -> Channel:
    if isinstance(table, model.WebhookTable):
        return WebhookChannel(
            name=table.name,
            url=table.url,
            secrets=tuple(table.secret),
            success=tuple(table.success.items()),
        )
    if isinstance(table, model.ChatTable):
        return ChatChannel(name=table.name, url=table.url)
    assert isinstance(table, model.MailTable)
    return MailChannel(
        name=table.name,
        to=tuple(table.to),
        sender=table.sender,
        smtp=table.smtp,
        unsubscribe=table.unsubscribe,
    )


def _rule(table: model.RuleTable, query: Query, channels: set[str]) -> Rule:
    return Rule(
        name=table.name,
        query=query,
        channels=tuple(name for name in table.channels if name in channels),
        sources=tuple(table.sources),
        on=table.on,
        urgent=table.urgent,
    )
