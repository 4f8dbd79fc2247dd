"""The plots of a simulated day, drawn as the page draws its own: a bar an hour, from zero."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from presswatch.web.plots import Bar, chart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bench.daylife import Sample

#: A picture in a page of text has no stylesheet but its own.
_STYLE: Final = (
    "<style>.bar{fill:#3b6ea5}.axis{stroke:#888}.grid{stroke:#8884}.hit{fill:none}"
    ".tick{fill:#888;font:11px sans-serif}</style>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """What a picture shows: a number for the samples of an hour, and the last one before them."""

    title: str
    unit: str
    value: Callable[[Sequence[Sample], Sample | None], float]


def _most(name: str) -> Callable[[Sequence[Sample], Sample | None], float]:
    return lambda hour, _: max(getattr(one, name) for one in hour)


def _without_caches(hour: Sequence[Sample], _: Sample | None) -> float:
    return max(one.memory - one.cache for one in hour)


def _grown(name: str) -> Callable[[Sequence[Sample], Sample | None], float]:
    def value(hour: Sequence[Sample], before: Sample | None) -> float:
        grown: int = getattr(hour[-1], name) - (getattr(before, name) if before else 0)
        return grown

    return value


PLOTS: Final[Mapping[str, Plot]] = {
    "memory": Plot(title="Memory of the service's process, MB", unit="MB", value=_most("memory")),
    "cache": Plot(title="Of that, SQLite's caches, MB", unit="MB", value=_most("cache")),
    "own": Plot(title="Without them, MB", unit="MB", value=_without_caches),
    "others": Plot(title="Its other processes, MB", unit="MB", value=_most("others")),
    "polls": Plot(title="Polls an hour", unit="polls", value=_grown("polls")),
    "failed": Plot(title="Polls that failed, an hour", unit="polls", value=_grown("failed")),
    "articles": Plot(title="Articles filed an hour", unit="articles", value=_grown("articles")),
    "queue": Plot(title="Oldest alert that waits, minutes", unit="minutes", value=_most("oldest")),
    "troubles": Plot(title="Troubles that are not over", unit="troubles", value=_most("troubles")),
}


def draw(folder: Path, samples: Sequence[Sample]) -> list[Path]:
    """Write ``day-NAME.svg`` for every plot; their paths."""
    folder.mkdir(exist_ok=True)
    drawn = []
    for name, plot in PLOTS.items():
        path = folder / f"day-{name}.svg"
        path.write_text(_picture(plot, samples), "utf-8")
        drawn.append(path)
    return drawn


def _picture(plot: Plot, samples: Sequence[Sample]) -> str:
    says = f"{plot.title}, by the hour"
    svg = str(chart(_bars(plot, samples), says=says))
    head, _, rest = svg.partition(">")
    if "xmlns=" not in head:
        head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return f"{head}>{_STYLE}{rest}\n"


def _bars(plot: Plot, samples: Sequence[Sample]) -> list[Bar]:
    bars, before = [], None
    labelled = 3 if samples[-1].hour < 30 else 12
    for hour, group in groupby(samples, key=lambda sample: int(sample.hour - 1e-3)):
        found = list(group)
        count = round(plot.value(found, before))
        label = str(hour) if hour % labelled == 0 else ""
        bars.append(Bar(count=count, title=f"{hour}:00, {count} {plot.unit}", label=label))
        before = found[-1]
    return bars
