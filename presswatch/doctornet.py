"""What the sources, the receivers and the mail servers say to `presswatch doctor`.

Nothing is sent to a receiver but a connection, to a mail server no mail; sources are asked for
their robots.txt alone.
"""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request

from alerts.channel import TYPES, MailChannel, Outcome, WebhookChannel
from alerts.deliver import probe
from alerts.errors import AlertError
from crawler.errors import FetchError, Forbidden
from crawler.fetch.transport import Transport
from crawler.origins import origin_of
from presswatch.doctor import Check, clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from alerts.channel import Channel
    from crawler.source import Source
    from presswatch.config.records import Config

_SECONDS = 10.0
_AT_ONCE = 16

#: Origins that are asked for the time.
_CLOCKS = 3


async def elsewhere(config: Config) -> list[Check]:
    """Ask all others, side by side."""
    transport = Transport(config.fetch)
    await transport.start()
    gate = asyncio.Semaphore(_AT_ONCE)
    sources = [source for source in config.sources if source.enabled]

    async def one(asked: Awaitable[Check]) -> Check:
        async with gate:
            return await asked

    try:
        robots = (_robots(transport, source, obeyed=config.fetch.robots) for source in sources)
        channels = (_channel(channel) for channel in config.channels)
        answers = await asyncio.gather(*map(one, [*channels, *robots]))
        return [*await _clocks(transport, sources), *answers]
    finally:
        await transport.stop()


async def _clocks(transport: Transport, sources: Iterable[Source]) -> list[Check]:
    """Our clock against the `Date` of a few servers; the one that differs least counts."""
    origins = list(dict.fromkeys(origin_of(source.url) for source in sources))[:_CLOCKS]
    offsets: list[tuple[timedelta, str]] = []
    for origin in origins:
        meta = {"robots": False, "download_timeout": _SECONDS}
        try:
            response = await transport.fetch(Request(f"{origin}/robots.txt", meta=meta))
            date = parsedate_to_datetime((response.headers.get("Date") or b"").decode("latin-1"))
        except (FetchError, ValueError, TypeError):
            continue
        there = date if date.tzinfo else date.replace(tzinfo=UTC)
        offsets.append((datetime.now(UTC) - there, urlsplit(origin).netloc))
    if not offsets:
        return []
    offset, host = min(offsets, key=lambda found: abs(found[0]))
    return [clock(offset, host)]


async def _robots(transport: Transport, source: Source, *, obeyed: bool) -> Check:
    """Whether the source's own address may be asked for."""
    try:
        allowed = await transport.allows(source.url)
    except FetchError as error:
        todo = "the source is not asked meanwhile; it comes back by itself, or its address is wrong"
        if isinstance(error, Forbidden):
            todo = "if you mean it, list its network under [fetch] allow_networks"
        return Check(what="robots", name=source.name, fine=False, said=str(error), todo=todo)
    said = "allows it" if allowed else "forbids it"
    return Check(
        what="robots",
        name=source.name,
        fine=allowed or not obeyed,
        said=f"robots.txt {said}" + ("" if obeyed else ", and is not obeyed (fetch.robots)"),
        todo="ask the site for leave, or find another address: `presswatch sources add URL`",
    )


async def _channel(channel: Channel) -> Check:
    kind = TYPES[type(channel)]
    if isinstance(channel, WebhookChannel):
        fine, said = await _connects(channel.url)
    elif isinstance(channel, MailChannel):
        fine, said = await _mail(channel)
    else:
        fine, said = True, "cannot be asked without a message"
    todo = (
        f"see that it runs and may be reached from here; then `presswatch alerts test` it ({kind})"
    )
    return Check(what=kind, name=channel.name, fine=fine, said=said, todo=todo)


async def _mail(channel: MailChannel) -> tuple[bool, str]:
    """A session with sender and recipients, without a mail."""
    try:
        result = await probe(channel, datetime.now(UTC))
    except AlertError as error:
        return False, str(error)
    fine = result.outcome == Outcome.DELIVERED
    return fine, "takes mail for all recipients" if fine else result.reason or result.answer


async def _connects(url: str) -> tuple[bool, str]:
    """A connection, with TLS where there is one, and nothing else."""
    parts = urlsplit(url)
    safe = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if safe else 80)
    context = ssl.create_default_context() if safe else None
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
            writer.close()
            await writer.wait_closed()
    except TimeoutError:
        return False, f"{host}:{port} does not answer within {_SECONDS:.0f} s"
    except ssl.SSLError as error:
        return False, f"{host}:{port}: no safe connection: {error.reason or error}"
    except ConnectionError as error:  # asyncio's own words repeat the address
        return False, f"{host}:{port}: {os.strerror(error.errno or errno.ECONNRESET)}"
    except OSError as error:
        return False, f"{host}:{port}: {error.strerror or error}"
    return True, f"{host}:{port} takes connections"
