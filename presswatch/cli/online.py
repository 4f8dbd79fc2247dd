"""presswatch check --online: every source asked for its listing, every channel for an answer."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from alerts.channel import TYPES, Outcome
from alerts.deliver import probe
from alerts.errors import AlertError
from crawler.errors import CrawlError
from crawler.fetch.transport import Transport
from crawler.listing import list_source
from presswatch.cli.common import progress
from presswatch.console import print_table, text
from presswatch.process import logs
from spiders.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alerts.channel import Channel
    from crawler.source import Source
    from presswatch.config.records import Config

#: Trials under way at once; requests to one origin wait for each other all the same.
AT_ONCE = 16

#: Index files and their children that one source may lead to: enough to see that it works.
MOST_LISTINGS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of trying one thing."""

    what: str
    name: str
    fine: bool
    said: str
    took: float  # seconds


def try_all(config: Config) -> bool:
    """Try everything that is enabled and print a table of it; True if all of it works."""
    logs.set_up(level=logging.ERROR)
    trials = asyncio.run(_try_all(config))
    _show(trials, config)
    return all(trial.fine for trial in trials)


async def _try_all(config: Config) -> list[Trial]:
    gate = asyncio.Semaphore(AT_ONCE)
    limit = config.fetch.poll_limit.total_seconds()
    async with Transport(config.fetch) as transport:
        with progress("Tried") as advance:

            async def one(trial: Any) -> Trial:
                async with gate:
                    done: Trial = await trial
                advance()
                return done

            sources = [_source(transport, source, limit) for source in config.sources
                       if source.enabled]  # fmt: skip
            channels = [_channel(channel) for channel in config.channels]
            return list(await asyncio.gather(*map(one, [*sources, *channels])))


async def _source(transport: Transport, source: Source, limit: float) -> Trial:
    began = monotonic()
    try:
        async with asyncio.timeout(limit):
            # Unconditionally, and what comes is written down nowhere.
            listed = await list_source(
                transport, KINDS[source.kind], source, {}, most=MOST_LISTINGS
            )
        found = len(listed.links)
        fine, said = True, f"{found} links" if found else "it answers, and lists nothing now"
    except TimeoutError:
        fine, said = False, f"no list within {limit:g} s"
    except CrawlError as error:
        fine, said = False, str(error)
    return Trial(what=source.kind, name=source.name, fine=fine, said=said, took=monotonic() - began)


async def _channel(channel: Channel) -> Trial:
    """A mail server is asked for sender and recipients; the others get a test message."""
    began = monotonic()
    kind = TYPES[type(channel)]
    try:
        result = await probe(channel, datetime.now(UTC))
        fine, said = result.outcome == Outcome.DELIVERED, result.reason or result.answer
    except AlertError as error:
        fine, said = False, str(error)
    if fine and kind == "webhook":
        said = "accepted a signed test message"
    elif fine and kind == "apprise":
        said = "accepted a test message"
    return Trial(what=kind, name=channel.name, fine=fine, said=said, took=monotonic() - began)


def _show(trials: Iterable[Trial], config: Config) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "kind", "name", "took", "what came"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "took")
    for trial in trials:
        mark = text("ok", "green") if trial.fine else text("failed", "bold red")
        table.add_row(mark, trial.what, text(trial.name), f"{trial.took:.1f}s", text(trial.said))
    for name in [source.name for source in config.sources if not source.enabled]:
        table.add_row("off", "source", text(name), "", "enabled = false")
    for name in config.disabled_channels:
        table.add_row("off", "channel", text(name), "", "enabled = false")
    print_table(table)
