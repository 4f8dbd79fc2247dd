"""``python -m bench.report``: docs/performance.md from what the last run of each bench kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench.__main__ import TITLES
from bench.figure import RESULTS

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
HEAD = """# Performance

Every figure was printed by `make bench`, with its peer or its limit in the same run.
CPU time is counted on two shared cores; the ratios are what carries over.
`python -m bench.report` made this page from `bench/results/`.
A missed limit stays in its table.
"""


def section(name: str) -> str:
    """A table of one bench; what has no result has not been run."""
    kept: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
    lines = [
        f"\n## {TITLES[name]}\n",
        f"`python -m bench {name}`, {kept['measured'][:10]}, Python {kept['python']}\n",
        "| figure | value | unit | limit | | note |",
        "|---|---:|---|---|---|---|",
    ]
    for figure in kept["figures"]:
        held = {True: "ok", False: "**missed**", None: ""}[figure["ok"]]
        lines.append(
            f"| {figure['name']} | {figure['value']:,.4g} | {figure['unit']} | {figure['limit']}"
            f" | {held} | {figure['note']} |"
        )
    return "\n".join(lines) + "\n"


def sections(page: str) -> dict[str, str]:
    """Title → the section of a page as it is."""
    parts = page.split("\n## ")[1:]
    return {part.partition("\n")[0]: f"\n## {part}" for part in parts}


def main() -> int:
    """Write the page from the results that are there; what was measured elsewhere stays."""
    measured = [name for name in TITLES if (RESULTS / f"{name}.json").is_file()]
    if not measured:
        sys.stderr.write("nothing was measured yet: run `make bench` first\n")
        return 1
    before = sections(PAGE.read_text("utf-8")) if PAGE.is_file() else {}
    parts = [
        section(name) if name in measured else before.get(title, "")
        for name, title in TITLES.items()
    ]
    PAGE.write_text(HEAD + "".join(part.rstrip("\n") + "\n" for part in parts if part), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
