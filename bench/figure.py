"""One measured figure, and how a table of them is printed and kept."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A value, and its limit where it has one: a peer beside it has none."""

    name: str
    value: float
    unit: str
    limit: str = ""  # "<= 1.5" or ">= 1000"
    note: str = ""

    @property
    def ok(self) -> bool | None:
        """Whether the limit holds; None without one."""
        if not self.limit:
            return None
        sign, bound = self.limit.split()
        return self.value <= float(bound) if sign == "<=" else self.value >= float(bound)


def show(title: str, figures: Iterable[Figure]) -> None:
    """As a table on the terminal."""
    table = Table(title=title, title_justify="left")
    for column in ("figure", "value", "unit", "limit", "", "note"):
        table.add_column(column, justify="right" if column == "value" else "left")
    marks = {True: "ok", False: "MISSED", None: ""}
    for figure in figures:
        table.add_row(
            figure.name, f"{figure.value:,.4g}", figure.unit, figure.limit, marks[figure.ok],
            figure.note,
        )  # fmt: skip
    Console(width=140).print(table)


def keep(name: str, figures: Iterable[Figure]) -> Path:
    """As JSON, with the machine that it was measured on."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    content = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "figures": [asdict(figure) | {"ok": figure.ok} for figure in figures],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path
