"""CPU seconds of commands, each a process of its own from its start to its end.

`python -m bench commands` prints them: of an archive with some hundred articles, so that it is what
a command costs before it does anything. Modules are compiled before, as they are when installed.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archive.connection import open_for_writing
from archive.filing import file_article
from archive.transaction import transaction
from bench.figure import Figure
from bench.largetexts import article

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ARTICLES: Final = 300
ROUNDS: Final = 7
#: Command → the limit for it.
COMMANDS: Final = {
    ("--version",): "<= 0.15",
    ("--help",): "<= 0.15",
    ("status",): "<= 0.35",
    ("search", "patent"): "<= 0.35",
    ("search", "专利"): "<= 0.35",
    ("sources", "list"): "<= 0.35",
    ("rules", "list"): "",
    ("check",): "",
}
CONFIG: Final = """
[[source]]
name = "a"
url = "https://a.example/"
select = "main a"

[[channel]]
name = "hook"
type = "webhook"
url = "https://hook.example/"
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

[[rule]]
name = "patents"
query = "专利 OR patent*"
channels = ["hook"]
"""


def run() -> list[Figure]:
    """A figure for each command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.toml").write_text(CONFIG, "utf-8")
        _fill(folder / "presswatch.db")
        environ = _environ(folder)
        return [_figure(words, limit, environ) for words, limit in COMMANDS.items()]


def _fill(path: Path) -> None:
    db = open_for_writing(path)
    with transaction(db):
        for number in range(ARTICLES):
            one = article(number)
            file_article(db, one.incoming, one.seen)
    db.close()


def _environ(folder: Path) -> dict[str, str]:
    """With a place for compiled modules of its own, whatever this process may not write."""
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    places = {"config.toml": "PRESSWATCH_CONFIG", "compiled": "PYTHONPYCACHEPREFIX"}
    return kept | {name: str(folder / place) for place, name in places.items()}


def _figure(words: Sequence[str], limit: str, environ: Mapping[str, str]) -> Figure:
    spent = [_spent(words, environ) for _ in range(ROUNDS + 1)][1:]  # the first one compiles
    name = f"presswatch {' '.join(words)}"
    return Figure(name=name, value=statistics.median(spent), unit="s of CPU", limit=limit)


def _spent(words: Sequence[str], environ: Mapping[str, str]) -> float:
    before = _children()
    command = [sys.executable, "-m", "presswatch", *words]
    done = subprocess.run(command, env=environ, capture_output=True, check=False, text=True)
    assert done.returncode in {0, 1}, done.stderr  # 1: nothing found, or something is wrong
    return _children() - before


def _children() -> float:
    """User and system time of the processes that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
