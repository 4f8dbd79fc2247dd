"""How fast a figure grows: the slope of Theil and Sen, and how sure that is. Pure.

The slope is the median of those between any two points (Sen 1968): a peak, or a third of all
points being elsewhere, does not move it. Looks at one process are no independent draws: what is
high now is high in ten minutes. So the interval is that of the slopes of many series made anew
from blocks of what is left beside the line (Künsch 1989), each as long as that may last.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, groupby
from random import Random
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Point = tuple[float, float]

#: Hours that are drawn together: a morning's work, an outage with its end.
BLOCK: Final = 6

#: Series that are made anew; the interval changes in its second digit with as many again.
DRAWS: Final = 400

_SEED: Final = 20261122


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """In units a day; nineteen of twenty times the truth is from `low` to `high`."""

    slope: float
    low: float
    high: float


def trend(points: Iterable[Point]) -> Trend:
    """Of points (hour, value), by the medians of their hours. Raises ValueError below two hours."""
    hourly = _hourly(points)
    if len(hourly) < 2:
        raise ValueError("no trend: two hours at least")
    slope = _slope(hourly)
    level = median(value - slope * hour for hour, value in hourly)
    rest = [value - slope * hour - level for hour, value in hourly]
    rng = Random(_SEED)
    drawn = [_slope(_redrawn(hourly, slope, rest, rng)) * 24 for _ in range(DRAWS)]
    cuts = quantiles(drawn, n=40)
    return Trend(slope=slope * 24, low=min(cuts[0], slope * 24), high=max(cuts[-1], slope * 24))


def _hourly(points: Iterable[Point]) -> list[Point]:
    hours = groupby(sorted(points), key=lambda point: int(point[0] - 1e-3))
    groups = [list(group) for _, group in hours]
    return [(median(at for at, _ in one), median(value for _, value in one)) for one in groups]


def _slope(points: Sequence[Point]) -> float:
    return median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2))


def _redrawn(
    hourly: Sequence[Point], slope: float, rest: Sequence[float], rng: Random
) -> list[Point]:
    """The line with what was beside it, in blocks from anywhere; the series is a ring."""
    count, drawn = len(rest), list[float]()
    while len(drawn) < count:
        start = rng.randrange(count)
        drawn += [rest[(start + step) % count] for step in range(BLOCK)]
    return [(hour, slope * hour + left) for (hour, _), left in zip(hourly, drawn, strict=False)]
