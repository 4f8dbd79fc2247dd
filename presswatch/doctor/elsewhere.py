"""What the others say: sources, and by `ways` receivers.

Sources are asked for their robots.txt alone, and what time it is there.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request

from crawler.errors import FetchError, Forbidden
from crawler.fetch.transport import Transport
from crawler.origins import origin_of
from presswatch.doctor.check import Check, clock
from presswatch.doctor.ways import SECONDS, ask

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from crawler.source import Source
    from presswatch.config.records import Config

_AT_ONCE = 16

#: Origins that are asked for the time.
_CLOCKS = 3


async def elsewhere(config: Config) -> list[Check]:
    """Ask all others, side by side."""
    gate = asyncio.Semaphore(_AT_ONCE)
    sources = [source for source in config.sources if source.enabled]

    async def one(asked: Awaitable[Check]) -> Check:
        async with gate:
            return await asked

    async with Transport(config.fetch) as transport:
        robots = (_robots(transport, source, obeyed=config.fetch.robots) for source in sources)
        channels = (ask(channel) for channel in config.channels)
        answers = await asyncio.gather(*map(one, [*channels, *robots]))
        return [*await _clocks(transport, sources), *answers]


async def _clocks(transport: Transport, sources: Iterable[Source]) -> list[Check]:
    """Our clock against the `Date` of a few servers; the one that differs least counts."""
    origins = list(dict.fromkeys(origin_of(source.url) for source in sources))[:_CLOCKS]
    offsets: list[tuple[timedelta, str]] = []
    for origin in origins:
        meta = {"robots": False, "download_timeout": SECONDS}
        try:
            response = await transport.fetch(Request(f"{origin}/robots.txt", meta=meta))
            date = parsedate_to_datetime((response.headers.get("Date") or b"").decode("latin-1"))
        except (FetchError, ValueError, TypeError, OverflowError):
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
