"""From the keys of a channel to its plan: digest, quiet hours, throttle."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from alerts.digest.plan import AT_ONCE, Plan
from alerts.digest.quiet import parse_quiet
from alerts.digest.throttle import parse_throttle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from presswatch.config.model import ChannelTable


def plan_of(table: ChannelTable, timezone: str) -> Plan:
    """The plan of a channel that was checked; `timezone` is the service's."""
    if not (table.digest or table.quiet or table.throttle):
        return AT_ONCE
    from presswatch.polling.schedule import CronTimes

    zone = table.timezone or timezone
    return Plan(
        zone=ZoneInfo(zone),
        digest=CronTimes(table.digest, zone) if table.digest else None,
        empty=table.empty == "send",
        quiet=parse_quiet(table.quiet) if table.quiet else None,
        throttle=parse_throttle(table.throttle) if table.throttle else None,
    )


def remarks(table: ChannelTable) -> Iterator[str]:
    """What a plan says without effect."""
    if table.digest and table.throttle:
        yield "throttle: not used beside `digest`, which collects everything"
    if table.empty == "send" and not table.digest:
        yield "empty: means nothing without `digest`"
    if table.timezone and not (table.digest or table.quiet):
        yield "timezone: means nothing without `digest` or `quiet`"
