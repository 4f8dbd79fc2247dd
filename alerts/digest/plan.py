"""When a channel is told what: its digest, its quiet hours, its throttle. Settings only.

urgent alert                       at once, by itself
notice to the operator             out of quiet hours, by itself
alert of a channel with `digest`   with the next digest
other alert                        out of quiet hours, by itself as far as `throttle` lets it,
                                   else with a summary
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from alerts.digest.quiet import Quiet
    from alerts.digest.throttle import Throttle


class Times(Protocol):
    """Moments that come round, such as those of a cron expression."""

    def after(self, moment: datetime) -> datetime:
        """The first of them that is later than the moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a channel says about the time of its messages; by default it is told at once."""

    zone: tzinfo = UTC
    digest: Times | None = None
    empty: bool = False  # whether a digest with nothing in it is sent
    quiet: Quiet | None = None
    throttle: Throttle | None = None

    def __bool__(self) -> bool:
        """Whether anything waits for anything."""
        return bool(self.digest or self.quiet or self.throttle)

    def release(self, now: datetime) -> datetime:
        """When a message may go that could go now but for the quiet hours."""
        return now if self.quiet is None else self.quiet.release(now, self.zone)


#: What a channel that says nothing about it goes by.
AT_ONCE = Plan()
