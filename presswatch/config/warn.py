"""What a config may do but hardly means: `presswatch check` says it, and everything runs."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from archive.query import Concepts, Query, concept_notes, parse
from presswatch.config import model
from presswatch.config.plan import remarks
from presswatch.config.values import secret_bytes
from presswatch.units import say_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from presswatch.config.expand import Expanded

_OFTEN = timedelta(minutes=1)
_HOME = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test")
#: Hosts of chat services: they take no JSON of ours, and some say so with status 200.
_CHATS = (
    "open.feishu.cn", "open.larksuite.com", "oapi.dingtalk.com", "qyapi.weixin.qq.com",
    "hooks.slack.com", "api.telegram.org", "discord.com", "discordapp.com",
)  # fmt: skip
_COUNTING = {"dingtalk", "wecombot"}
_SECRET_HEADERS = re.compile(r"authorization|cookie|token|key|secret", re.IGNORECASE)


def warnings(
    models: Mapping[str, model.Table], filled: Mapping[str, Expanded], off: tuple[str, ...]
) -> Iterator[str]:
    """Each with its path, and the name of its source, channel or rule, like an error."""
    for said in _doubts(models, filled, off):
        place = re.split(r"[.:]", said, maxsplit=1)[0]
        table = models.get(place)
        name = getattr(table, "name", "")
        yield f"{said} (in {place.partition('[')[0]} {name!r})" if name else said


def _doubts(
    models: Mapping[str, model.Table], filled: Mapping[str, Expanded], off: tuple[str, ...]
) -> Iterator[str]:
    read = reader(models)
    for place, table in models.items():
        if isinstance(table, model.FetchTable):
            yield from _fetch(table)
        elif isinstance(table, model.WebTable):
            yield from (f"{place}.{text}" for text in _web(table, filled[place]))
        elif isinstance(table, model.SourceTable):
            yield from (f"{place}.{text}" for text in _source(table, filled[place]))
        elif isinstance(table, model.RuleTable):
            yield from (f"{place}.query: {note}" for note in read(table.query).notes)
        elif isinstance(table, model.ConceptTable):
            yield from (
                f"concept.{name}[{number}]: {note}"
                for name, number, note in concept_notes(table.concepts)
            )
        elif isinstance(table, model.ChannelTable):
            yield from (f"{place}.{text}" for text in _channel(table, filled[place], models))
    yield from _same_urls(models)
    yield from _told_nobody(models, off)


def reader(models: Mapping[str, model.Table]) -> Callable[[str], Query]:
    """Reads the queries of a config: with its concepts, days as its operator counts them."""
    table, service = models.get("concept"), models.get("service")
    concepts = Concepts(table.concepts if isinstance(table, model.ConceptTable) else {})
    zone = ZoneInfo(service.timezone if isinstance(service, model.ServiceTable) else "UTC")
    return lambda text: parse(text, concepts, zone=zone)


def _fetch(table: model.FetchTable) -> Iterator[str]:
    if not table.contact:
        yield "fetch.contact: not given; sites cannot reach you before they block you"
    if not table.robots:
        yield "fetch.robots: robots.txt is not obeyed"
    if table.proxy:
        yield "fetch.proxy: the proxy decides which addresses are reached; presswatch cannot check"


def _web(table: model.WebTable, filled: Expanded) -> Iterator[str]:
    for key in ("password", "token"):
        if getattr(table, key) and key in filled.literal:
            yield f"{key}: stands in the file; write ${{NAME}} or use {key}_file"


def _source(table: model.SourceTable, filled: Expanded) -> Iterator[str]:
    for key in ("every", "every_min"):
        span = getattr(table, key)
        if span and span < _OFTEN and is_public(table.url):
            yield f"{key}: {say_duration(span)} is often for a public host; 1m or more is polite"
    if table.select and table.kind in {"feed", "sitemap"}:
        yield f"select: not used by a {table.kind}"
    if table.text and table.kind == "watch":
        yield "text: not used by a watch, whose part is `select`"
    if table.ignore_lines and table.kind != "watch":
        yield "ignore_lines: used by a watch alone"
    if "headers" in filled.literal and any(map(_SECRET_HEADERS.search, table.headers)):
        yield "headers: a secret stands in the file; write ${NAME} or use headers_file"


def _channel(
    table: model.ChannelTable, filled: Expanded, models: Mapping[str, model.Table]
) -> Iterator[str]:
    rules = [rule for rule in models.values() if isinstance(rule, model.RuleTable)]
    service = models.get("service")
    operator = service.operator if isinstance(service, model.ServiceTable) else ""
    if not any(table.name in rule.channels for rule in rules) and table.name != operator:
        yield "name: no rule uses it"
    yield from remarks(table)
    if isinstance(table, model.WebhookTable):
        yield from _webhook(table, filled)
    elif isinstance(table, model.MailTable):
        yield from _mail(table, filled)
    elif isinstance(table, model.ChatTable):
        yield from _chat(table, filled)


def _webhook(table: model.WebhookTable, filled: Expanded) -> Iterator[str]:
    host = urlsplit(table.url).hostname or ""
    if host in _CHATS:
        yield f'url: {host} does not take the JSON of a webhook; use type = "apprise"'
    if "secret" in filled.literal:
        yield "secret: stands in the file; write ${NAME} or use secret_file"
    if table.enabled and min(map(secret_bytes, table.secret)) < 24:
        yield 'secret: short; echo "whsec_$(openssl rand -base64 32)" makes a good one'


def _mail(table: model.MailTable, filled: Expanded) -> Iterator[str]:
    if "smtp" in filled.literal and urlsplit(table.smtp).password:
        yield "smtp: a password stands in the file; write ${NAME} or use smtp_file"
    if table.unsubscribe and len(table.to) > 1:
        yield "unsubscribe: one click cannot say who it was; give it a channel with one address"


def _chat(table: model.ChatTable, filled: Expanded) -> Iterator[str]:
    if "url" in filled.literal:
        yield "url: it is a secret and stands in the file; write ${NAME} or use url_file"
    if urlsplit(table.url).scheme in _COUNTING and not (table.rate or table.digest):
        yield 'rate: the service shuts out who sends more than 20 a minute; write "20/m"'


def _told_nobody(models: Mapping[str, model.Table], off: tuple[str, ...]) -> Iterator[str]:
    deaf = [
        place
        for place, table in models.items()
        if isinstance(table, model.RuleTable) and all(name in off for name in table.channels)
    ]
    if deaf:
        yield f"{', '.join(deaf)}: every channel is off; matches are recorded and nobody is told"
    service = models.get("service")
    if isinstance(service, model.ServiceTable) and service.operator in off:
        yield "service.operator: its channel is off; only `presswatch status` shows troubles"


def _same_urls(models: Mapping[str, model.Table]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for place, table in models.items():
        if isinstance(table, model.SourceTable):
            first = seen.setdefault(table.url, place)
            if first != place:
                yield f"{place}.url: the same as in {first}; both will be polled"


def is_public(url: str) -> bool:
    """Whether the host of a URL looks like somebody else's: decided by its name alone."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_HOME)
