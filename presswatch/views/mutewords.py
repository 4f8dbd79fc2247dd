"""What is muted, in a line: for `mute`, for `status` and for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alerts.mute import Mute
    from presswatch.clock import Clock


def mute_lines(muted: Sequence[Mute], clock: Clock) -> list[str]:
    """A line for each: ``rule:patents until 2026-03-04 08:30 (in 3d)``."""
    return [f"{one.target} {say_until(one, clock)}" for one in muted]


def say_until(muted: Mute, clock: Clock) -> str:
    """Behind its name."""
    if muted.until is None:
        return "until it is unmuted"
    return f"until {clock.short(muted.until)} ({clock.away(muted.until)})"
