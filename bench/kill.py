"""kill -9 at fifty random moments under load, and what is left of the promise."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.figure import Figure
from tests.support.kills import kill_at_random

KILLS = 50


def run() -> list[Figure]:
    """Counts; everything but the repeats must be zero."""
    with tempfile.TemporaryDirectory() as folder:
        after = kill_at_random(Path(folder), kills=KILLS, seed=1)
    lost = after.published - after.archived
    wrong = {
        "published and not archived": lost,
        "filed twice": after.rows - after.archived,
        "archived and not announced": len(after.unannounced),
        "announced under two ids": len(after.two_ids),
        "signatures that do not hold": after.invalid,
        "integrity_check faults": int(after.integrity != "ok"),
    }
    note = f"{after.published} articles, {KILLS} kills"
    return [
        *(
            Figure(name=what, value=count, unit="", limit="<= 0", note=note)
            for what, count in wrong.items()
        ),
        Figure(name="accepted again under the same id", value=after.repeated, unit="",
               note="allowed: the id tells"),
    ]  # fmt: skip
