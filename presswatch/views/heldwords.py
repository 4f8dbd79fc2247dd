"""What is held and could be sent now, in a line: for `alerts send` and for the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from presswatch.clock import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alerts.outbox import Count


def say_held(count: Count) -> str:
    """``12 alerts``, ``1 digest with 8 alerts``."""
    said = plural(count.messages, count.kind)
    return f"{said} with {plural(count.alerts, 'alert')}" if count.alerts else said


def say_sum(counts: Iterable[Count]) -> str:
    """All of them together, by what the reader will get."""
    kinds = {count.kind: 0 for count in counts}
    for count in counts:
        kinds[count.kind] += count.messages
    return " and ".join(plural(number, kind) for kind, number in kinds.items())
