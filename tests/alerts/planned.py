"""Channels with a plan, and deliverers for them: what the tests of waiting alerts share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from alerts.deliver import Deliverer
from alerts.digest.plan import Plan
from alerts.digest.quiet import parse_quiet
from alerts.digest.throttle import parse_throttle
from tests.alerts.press import FakeReceiver, Press, channels

if TYPE_CHECKING:
    from alerts.channel import Channel


@dataclass(frozen=True)
class Daily:
    """A digest at this hour of every day, UTC."""

    hour: int = 8

    def after(self, moment: datetime) -> datetime:
        today = moment.astimezone(UTC).replace(hour=self.hour, minute=0, second=0, microsecond=0)
        return today if today > moment else today + timedelta(days=1)


def plan(*, quiet: str = "", throttle: str = "", digest: int | None = None, **more: Any) -> Plan:
    return Plan(
        quiet=parse_quiet(quiet) if quiet else None,
        throttle=parse_throttle(throttle) if throttle else None,
        digest=None if digest is None else Daily(digest),
        **more,
    )


def planned(plan: Plan, *names: str) -> list[Channel]:
    return [replace(channel, plan=plan) for channel in channels(*(names or ("desk",)))]


def deliverer(press: Press, receiver: FakeReceiver, plan: Plan, **more: Any) -> Deliverer:
    settings: dict[str, Any] = {
        "clock": press.clock,
        "rng": Random(1),
        "senders": receiver.sender,
    } | more
    return Deliverer(settings.pop("archive", press.archive), planned(plan), **settings)
