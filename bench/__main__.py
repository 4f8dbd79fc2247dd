"""``python -m bench [NAME …]``: run benches one after the other, print their tables, keep JSON."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import structlog

from bench.figure import keep, show
from presswatch.process import logs

TITLES = {
    "commands": "Commands",
    "fold": "Fold",
    "rules": "Rules",
    "fetch": "A request that is answered 304",
    "poll": "A poll that finds nothing changed",
    "crawl": "A crawl of 2,000 pages on loopback",
    "latency": "From the page to the receiver",
    "sources": "10,000 sources that have nothing new",
    "feed": "A feed of 6 MB and the loop",
    "extraction": "Reading a page",
    "kill": "kill -9 at random moments",
    "near": "Stories: what belongs together, and what filing costs",
    "large": "An archive of a million articles",
    "web": "The page, while the service crawls",
    "soak": "Ten minutes of bad luck",
    "day": "A day of fifty sources by a moved clock",
}
APART = {"large", "soak", "web", "day"}  # run by name only: `make bench-large`, `make soak`


def main(names: list[str]) -> int:
    """0 if every limit holds, 1 if one is missed, 2 for a name that is no bench."""
    unknown = set(names) - set(TITLES)
    if unknown:
        sys.stderr.write(f"no such bench: {', '.join(sorted(unknown))}; there are {list(TITLES)}\n")
        return 2
    _log_as_the_service_does()
    held = True
    for name in names or [name for name in TITLES if name not in APART]:
        figures = importlib.import_module(f"bench.{name}").run()
        show(TITLES[name], figures)
        keep(name, figures)
        held &= all(figure.ok is not False for figure in figures)
    return 0 if held else 1


def _log_as_the_service_does() -> None:
    """Its lines are part of what it costs; nobody reads them here."""
    logs.set_up("json")
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115  # as long as the process
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(nowhere))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
