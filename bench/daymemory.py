"""What of the service's memory grows in simulated days, apart from what fills up to a bound.

Of the service's process, what Python's objects take and what is in use of C's allocator beside
SQLite's caches: they are free of what an allocator keeps, and so tell of a leak first. All that is
resident of it, without SQLite's caches: with what the allocator keeps between them. And what the
other processes weigh, those that read pages and the one that reads for the page. SQLite's caches
have a bound, and a figure of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench import dayplan
from bench.figure import Figure
from bench.trend import trend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.daylife import Life, Sample
    from bench.trend import Point

#: Hours after a start from which on memory is looked at: until then everything is used once.
WARM: Final = 2.0

#: What must not grow, by how much a day at most, and in what.
SAYS: Final = {
    "pieces": ("pieces of memory of Python's objects grow", 0.5, "%"),
    "taken": ("memory in use of C's allocator beside SQLite's caches grows", 0.5, "MB"),
    "own": ("memory beside SQLite's caches grows", 1.0, "MB"),
    "others": ("memory of the other processes grows", 1.0, "MB"),
    "all": ("memory of the service's process grows", 2.0, "MB"),
}

#: MB: 32 MiB for writing, 2000 KiB for each of seven readers; four for schemas and statements.
CACHES: Final = 52.0

#: Below so many hours there is no trend to speak of.
_HOURS: Final = 6


def memory(life: Life) -> list[Figure]:
    """The figures from two hours after the last start on, and again once a day was lived through.

    A day after its start everything has been done once: what was filed first is looked at again
    after a day, all of it at once, and what that takes stays with Python's allocator. On the last
    of several days everybody who reads has begun, and the whole of it is to be flat.
    """
    later = [one for one in life.samples if one.hour >= life.start + WARM]
    lived = [one for one in later if one.hour >= life.start + dayplan.HOURS + WARM]
    last = [one for one in lived if one.hour >= life.plan.length - dayplan.HOURS + WARM]
    parts = ("pieces", "taken", "own", "others")
    return [
        *_growth(later, parts, ""),
        *_growth(lived, parts, ", from a day after the last start on"),
        *_growth(last, ("all",), " on the last day"),
        *_bounded(later or life.samples),
    ]


def _growth(samples: Sequence[Sample], names: Sequence[str], when: str) -> list[Figure]:
    """What must not grow, where there are hours enough to tell."""
    if not samples or samples[-1].hour - samples[0].hour < _HOURS:
        return []
    series = {
        "pieces": [(one.hour, 100 * one.blocks / samples[0].blocks) for one in samples],
        "own": [(one.hour, one.memory - one.cache) for one in samples],
        "others": [(one.hour, one.others) for one in samples],
        "all": [(one.hour, one.memory) for one in samples],
    }
    if all(one.taken for one in samples):
        series["taken"] = [(one.hour, one.taken - one.cache) for one in samples]
    return [_grows(*SAYS[name], points, when) for name, points in series.items() if name in names]


def _grows(name: str, limit: float, unit: str, points: Sequence[Point], when: str) -> Figure:
    """The slope, held against the limit; the note says how sure it is, and from what to what."""
    found, values = trend(points), [value for _, value in points]
    return Figure(
        name=name + when, value=found.slope, unit=f"{unit}/day", limit=f"<= {limit:g}",
        note=f"95 %: {found.low:.2f} to {found.high:.2f}; from {values[0]:.1f} to"
        f" {values[-1]:.1f} {unit}, {max(values):.1f} at most",
    )  # fmt: skip


def _bounded(samples: Sequence[Sample]) -> list[Figure]:
    """What fills up to a bound, and the whole of it."""
    first, last, most = samples[0], samples[-1], max(one.cache for one in samples)
    full = next(one.hour for one in samples if one.cache > 0.95 * most)
    return [
        Figure(name="SQLite's caches, at most", value=most, unit="MB", limit=f"<= {CACHES:g}",
               note=f"{first.cache:.0f} at first, {last.cache:.0f} in the end, as full as that"
               f" after {full:.0f} hours; 32 MiB for writing and 2000 KiB for each reader"),
        Figure(name="memory of the service's process, at most",
               value=max(one.memory for one in samples), unit="MB",
               note=f"{last.memory:.0f} in the end;"
               f" its other processes {last.others:.0f}"),
    ]  # fmt: skip
