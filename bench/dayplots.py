"""The plots of a simulated day, as the page draws its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from presswatch.web.plots import Bar, chart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.day import Day, Hour

_STYLE = (
    "<style>.bar{fill:#3b6ea5}.axis{stroke:#888}.grid{stroke:#ddd}.hit{fill:none}"
    ".tick{fill:#888;font:11px sans-serif}</style>"
)

_PLOTS: dict[str, tuple[str, Callable[[Hour], float]]] = {
    "memory": ("Memory of the process, MB, by the hour", lambda hour: hour.memory),
    "archive": ("Archive and its journal, MB, by the hour", lambda hour: hour.archive),
    "waiting": ("Alerts that wait at the end of the hour", lambda hour: hour.waiting),
    "failed": ("Polls that failed in the hour", lambda hour: hour.failed),
}


def draw(folder: Path, day: Day) -> None:
    """Write `day-NAME.svg` for every plot."""
    for name, (says, value) in _PLOTS.items():
        bars = [
            Bar(
                count=round(value(hour)),
                title=f"{number}:00, {value(hour):.0f}",
                label=str(number) if number % 3 == 0 else "",
            )
            for number, hour in enumerate(day.hours)
        ]
        drawn = str(chart(bars, says=says))
        head, _, rest = drawn.partition(">")
        if "xmlns=" not in head:
            head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
        (folder / f"day-{name}.svg").write_text(f"{head}>{_STYLE}{rest}\n", "utf-8")
