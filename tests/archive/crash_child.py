"""Files one article again and again, each time killed one SQL statement later.

crash_child.py TEMPLATE SCENARIO DIRECTORY leaves DIRECTORY/<n>.db for a kill before statement n
and DIRECTORY/whole.db for the run that got through; it prints the number of kills.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from archive import young
from archive.store import file_article, open_for_writing
from tests.archive.articles import NOW, incoming

ONE = "https://news.example/one"
TWO = "https://news.example/two"
THREE = "https://news.example/three"

BEFORE = [incoming(ONE, "Text one."), incoming(TWO, "Text two.", aliases=(TWO + "/short",))]
SCENARIOS = {
    "new": incoming(THREE, "Text three.", aliases=(THREE + "/a", TWO + "/short")),
    "copy": incoming(THREE, "Text one!"),
    "revised": incoming(ONE, "Text one, corrected."),
    "joined": incoming(TWO, "Text one.", aliases=(TWO + "/b",)),
    "merged": incoming(THREE, "The office answers " + "each of these letters in its turn " * 3),
}


def file_until(path: Path, scenario: str, fatal: int) -> None:
    db = open_for_writing(path, create=False)
    left = fatal

    def count(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if scenario == "merged":  # what waits goes all the way to the table with this very article
        vars(young).update(LEAST=1, SPREAD=1)
    db.conn.set_trace_callback(count)
    file_article(db, SCENARIOS[scenario], NOW)


def main(template: Path, scenario: str, directory: Path) -> None:
    for fatal in range(1, 1000):
        path = directory / f"{fatal}.db"
        shutil.copy(template, path)
        child = os.fork()
        if child == 0:
            file_until(path, scenario, fatal)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            path.rename(directory / "whole.db")
            for rest in directory.glob(f"{fatal}.db-*"):
                rest.rename(directory / rest.name.replace(str(fatal), "whole", 1))
            sys.stdout.write(f"{fatal - 1}\n")
            return
        assert os.WIFSIGNALED(status), status
    raise AssertionError("it never got through")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
