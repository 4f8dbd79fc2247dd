"""Days of the whole service by a moved clock: fifty sources, made faults, what it looks like.

    bench.dayplan (who publishes what, what goes wrong) ─▶ bench.daylife (press, receivers and the
    operator; bench.daylives: `presswatch run`, a process by the same clock) ─▶ bench.dayjudge
    (archive and receivers against the plan), bench.daymemory (what grows) ─▶ the table, and by
    `python -m bench.day --docs` docs/operations.md with its plots

``DAY_SEED=2`` are other days; ``DAY_DAYS=1`` is one, which has all the troubles.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import dayplan
from bench.dayjudge import judge
from bench.daylife import Sample, live
from bench.daymemory import WARM, memory
from bench.dayplots import PLOTS, draw
from bench.figure import RESULTS, Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.dayjudge import Verdict
    from bench.daylife import Life
    from bench.dayplan import Plan

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
SAMPLES = RESULTS / "day-samples.json"
DOCS = Path(__file__).parent.parent / "docs"
HEADING = "## A day, simulated"

#: Of the service's log: a fault of presswatch itself, at the top of a loop.
FAULTS = ("loop.failed", "loop.stalled", "poll.broken", "deliver.broken", "deliver.failed")


def run() -> list[Figure]:
    """The figures of a day; its samples are kept for the plots."""
    seed, days = (int(os.environ.get(f"DAY_{name}") or 0) for name in ("SEED", "DAYS"))
    days = days or dayplan.DAYS
    plan = dayplan.plan(
        seed or dayplan.SEED, length=dayplan.HOURS * days, rhythm=dayplan.RHYTHM * days
    )
    found, samples = spend(plan)
    RESULTS.mkdir(exist_ok=True)
    lines = [
        json.dumps({name: round(value, 3) for name, value in asdict(one).items()})
        for one in samples
    ]
    SAMPLES.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")
    return found


def spend(plan: Plan) -> tuple[list[Figure], Sequence[Sample]]:
    """Let a day go by; its figures, and what was looked at meanwhile."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        life = live(plan, Path(folder), BEGIN)
        return figures(life, time.monotonic() - began), life.samples


def figures(life: Life, took: float) -> list[Figure]:
    """What is to be said of a day that took so many seconds; its archive is still there."""
    verdict = judge(life)
    return _work(life, verdict, took) + _sound(life, verdict) + memory(life) + _files(life)


def _work(life: Life, verdict: Verdict, took: float) -> list[Figure]:
    polls, failed = life.events["poll.done"], life.events["poll.failed"]
    sent = sum(desk.requests for desk in life.desks.values())
    lost = sum(count for (_, status), count in life.answers.items() if status != 200)
    faults = sum(life.events[event] for event in FAULTS)
    return [
        Figure(name="polls", value=polls + failed, unit="",
               note=f"{failed} failed; {life.press.requests:,} requests; it took {took:.0f} s"),
        Figure(name="articles published", value=verdict.published, unit="",
               note=f"by {life.plan.sources} sources"),
        Figure(name="alerts that are due", value=verdict.matches, unit="",
               note=f"{sent:,} requests to receivers; {verdict.given_up} given up with a reason"),
        Figure(name="troubles made", value=verdict.made, unit=""),
        Figure(name="killed and started again", value=len(life.deaths), unit="",
               limit=f">= {len(life.plan.kills)}", note=_deaths(life)),
        Figure(name="messages taken again, under their id", value=verdict.again, unit=""),
        Figure(name="views of the page", value=life.answers.total(), unit=""),
        Figure(name="views that were no 200", value=lost, unit="", limit="<= 0"),
        Figure(name="loops that stumbled", value=faults, unit="", limit="<= 0"),
    ]  # fmt: skip


def _deaths(life: Life) -> str:
    return ", ".join(
        f"at {int(hour)}:{int(hour % 1 * 60):02} awaiting a {kill.awaiting}"
        for hour, kill in zip(life.deaths, life.plan.kills, strict=False)
    )


def _sound(life: Life, verdict: Verdict) -> list[Figure]:
    """What must be none, with the first of what is."""
    none: list[tuple[str, int, Sequence[str]]] = [
        ("articles that are missing", verdict.missing, ()),
        ("articles archived twice", verdict.twice, ()),
        ("alerts neither told nor given up with a reason", verdict.untold, ()),
        ("told under two ids", verdict.two_ids, ()),
        ("told though older than the first poll", verdict.old_told, ()),
        ("signatures that do not hold", verdict.invalid, ()),
        ("alerts that wait at the end", life.samples[-1].waiting, ()),
        ("faults that `alerts verify` finds", len(verdict.holes), verdict.holes),
        ("faults that `integrity_check` finds", len(verdict.damage), verdict.damage),
        ("troubles not noticed", len(verdict.unseen), verdict.unseen),
        ("troubles noticed and made by nobody", len(verdict.invented), verdict.invented),
        ("troubles that are not over", verdict.open, ()),
        ("troubles not told once, or their end not", len(verdict.mistold), verdict.mistold),
    ]
    return [
        Figure(name=name, value=count, unit="", limit="<= 0", note=", ".join(said[:3]))
        for name, count, said in none
    ]


def _files(life: Life) -> list[Figure]:
    later = [one for one in life.samples if one.hour >= life.start + WARM] or life.samples
    first, last = later[0], later[-1]
    return [
        Figure(name="open files, more than after two hours", value=last.files - first.files,
               unit="", limit="<= 8",
               note=f"{last.files} in the end, {max(one.files for one in later)} at most"),
        Figure(name="journal at its longest", value=max(one.journal for one in life.samples),
               unit="MB", limit="<= 32", note=f"beside an archive of {last.archive:.0f} MB"),
    ]  # fmt: skip


# ---------------------------------------------------------------- docs


def write_docs() -> None:
    """The plots, and the section of docs/operations.md, from what the last run has kept."""
    kept: dict[str, Any] = json.loads((RESULTS / "day.json").read_text("utf-8"))
    samples = [Sample(**one) for one in json.loads(SAMPLES.read_text("utf-8"))]
    draw(DOCS / "images", samples)
    page = DOCS / "operations.md"
    text = page.read_text("utf-8")
    before, found, rest = text.partition(f"{HEADING}\n")
    _, more, following = rest.partition("\n## ")
    after = more + following
    head = before if found else f"{text.rstrip()}\n\n"
    page.write_text(f"{head}{HEADING}\n{_section(kept)}{after}", "utf-8")


def _section(kept: dict[str, Any]) -> str:
    rows = []
    for figure in kept["figures"]:
        held = {True: "ok", False: "**missed**", None: ""}[figure["ok"]]
        value = f"{figure['value']:,.4g}" if figure["value"] < 1000 else f"{figure['value']:,.0f}"
        rows.append(
            f"| {figure['name']} | {value} {figure['unit']}".rstrip()
            + f" | {figure['limit']} | {held} | {figure['note']} |"
        )
    plots = "\n".join(
        f"| {plot.title} | ![{plot.title}, by the hour](images/day-{name}.svg) |"
        for name, plot in PLOTS.items()
    )
    return (
        f"\n{_INTRODUCTION}\n\n| | |\n|---|---|\n{plots}\n\n"
        f"Measured {kept['measured'][:10]}, Python {kept['python']}.\n\n"
        "| figure | value | limit | | note |\n|---|---:|---|---|---|\n"
        + "\n".join(rows)
        + f"\n\n{_GROWTH}\n"
    )


_INTRODUCTION = """\
`make day` lets the service live through three days and an hour by a moved clock, or through as many
as `DAY_DAYS` says.
`presswatch run` jumps to its next timer whenever nothing is under way; sockets, threads and
processes are real.
Press, receivers and operator are another process, by the same clock in lockstep, so that what is
measured is the service.
Fifty sources publish by day more than by night, a tenth of it reprints; the first hour files what
they had published before.
The first day has all the troubles, the others show whether anything grows:

- Sites hang, answer 500, 404 and 410, list nothing, send a page for a feed or a gzip bomb, hang up,
  speak no HTTP; articles answer 500 or hang; for half an hour nothing can be reached.
- One receiver is down for an hour; one hangs up on every third request for two hours and answers
  400 for a quarter of an hour.
- The service is killed twice with kill -9, while it waits for a receipt and while it waits for a
  page, and started five minutes later.
- At noon a source is added; later the config is wrong for a quarter of an hour, and the disk nearly
  full for half an hour.

In the end what was published is held against the archive, what had to be told against what the
receivers took, and the troubles made against the notices of them.
`python -m bench.day --docs` made this section from the last run."""

_GROWTH = """\
Memory is judged from two hours after the last start on: all that is resident, every ten minutes.
The slope is that of Theil and Sen, which minds no peak, over the medians of the hours; the interval
comes from four hundred series made anew from blocks of six hours (`bench/trend.py`).
SQLite's caches have a figure of their own: each is one block from its first use on, as large as it
may grow (`archive/blocks.py`), and who reads begins when there is something to read.
A day after the start the articles of its first hour are looked at again, all at once: a step in the
curve, since Python's allocator keeps the room for it. So all is judged once more from then on.
Pieces of memory are what Python's own allocator has given out, and tell of a leak before the
process weighs more.
Objects are counted by their types over polls, failures, articles and deliveries
(`tests/service/test_work_growth.py`), and over changes of the config
(`tests/service/test_reload_growth.py`): none are left behind."""


if __name__ == "__main__":
    if sys.argv[1:] != ["--docs"]:
        sys.exit("python -m bench.day --docs: docs/operations.md and its plots from the last run")
    write_docs()
