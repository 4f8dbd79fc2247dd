"""What processes cost, read from /proc (Linux)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """The living children of a process, theirs, and so on."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def cpu_seconds(*pids: int) -> float:
    """User and system time of these processes, without their children's."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def busy_seconds() -> float:
    """User, system and stolen time of all cores since the machine began, whoever took it."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    user, nice, system, _idle, _wait, irq, softirq, steal = ticks[:8]
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def peak_megabytes() -> float:
    """The most that this process ever held; unlike `ru_maxrss` nothing of who started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Memory of a process, in MB of a million bytes."""

    resident: float  # all of its pages that are in memory
    proportional: float  # of those that it shares with n others, an n-th
    own: float  # of those that no file has, in the same way: what the machine's others do not move


def weight(pid: int) -> Weight:
    """By /proc/PID/smaps_rollup. Raises OSError where the process is gone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    fields = [line.partition(":") for line in lines]
    found = {name: int(rest.split()[0]) * 1024 / 1e6 for name, _, rest in fields}
    return Weight(
        resident=found["Rss"],
        proportional=found["Pss"],
        own=found["Pss_Anon"],
    )


def tree_megabytes(pid: int) -> float:
    """Proportional set size of a process and its descendants: what they share counts once."""
    return sum(weight(one).proportional for one in (pid, *descendants(pid))) * 1e6 / 2**20
