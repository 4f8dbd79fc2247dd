"""The lives of the service in a simulated day: a process each, the next one after a kill -9.

live ─▶ python -m bench.daylives FOLDER ─ killed, or ended ─▶ what it wrote down ─▶ the next
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bench import daylife, moved
from bench.daylife import KEPT, Life
from bench.daypress import Desk, Press

if TYPE_CHECKING:
    from datetime import datetime

    from bench.dayplan import Plan

#: What a killed process leaves to its helper of Python's, which says so.
_SILENT = {"PYTHONWARNINGS": "ignore:resource_tracker"}


def live(plan: Plan, folder: Path, begin: datetime) -> Life:
    """The whole day, in a folder of its own. Raises RuntimeError where a life fails."""
    press = Press(plan, begin)
    desks = {name: Desk(name, faults, begin, folder) for name, faults in plan.receivers.items()}
    Life(begin=begin, plan=plan, press=press, desks=desks, folder=folder).keep()
    ended = -signal.SIGKILL
    while ended == -signal.SIGKILL:
        command = [sys.executable, "-m", __name__, str(folder)]
        ended = subprocess.run(command, check=False, env=os.environ | _SILENT).returncode
    if ended:
        raise RuntimeError(f"the day ended with status {ended}")
    return _kept(folder)


def _kept(folder: Path) -> Life:
    life = pickle.loads((folder / KEPT).read_bytes())
    assert isinstance(life, Life)
    return life


def _live_on(folder: Path) -> None:
    life = _kept(folder)
    moved.run(daylife.live(life), life.begin + timedelta(hours=life.start))
    life.keep()


if __name__ == "__main__":
    _live_on(Path(sys.argv[1]))
