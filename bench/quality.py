"""How well pages are read, beside four peers, in one run and by one set of definitions.

``python -m bench.quality`` reads the folders of PRESSWATCH_PAGES (a manifest.jsonl each, with the
truth of every page), prints a table for each, and writes them between the marks of
docs/quality.md. Body: runs of four words, as tests/pages/score.py says; "worst tenth" is the mean
F1 of the tenth of pages that came out worst. Title: the same letters and digits. Date: the same
day. Authors: the same set of names. Each over the pages whose truth names it; a page on which
nothing was found counts as wrong. The last table is of the same pages in disguise.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from bench.disguise import DISGUISES, disguised
from crawler.extract import measured
from tests.pages.score import Shares, compare, score

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "quality.md"
BEGIN, END = "<!-- begin: make quality -->", "<!-- end: make quality -->"
PEERS = ("trafilatura", "readability", "newspaper4k", "news-please")
Row = dict[str, Any]
Read = Callable[[bytes, str | None], Row]

OURS: dict[str, Read] = {
    "presswatch, thorough": measured,
    "presswatch, quick": partial(measured, thorough=False),
}
_HEAD = (
    "| | body F1 | worst tenth | precision | recall | title | date | authors | ms CPU/page"
    " | × trafilatura |\n|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Marks:
    """Of one reader on one folder; None where the folder has no truth of the kind."""

    f1: float
    worst: float  # mean F1 of the worst tenth of pages
    precision: float
    recall: float
    title: float | None
    date: float | None
    authors: float | None
    milliseconds: float


def main() -> int:
    """0 when measured, 2 where there is nothing to measure with."""
    folders = _folders()
    if not folders:
        sys.stderr.write("PRESSWATCH_PAGES names no folder of pages with a manifest.jsonl\n")
        return 2
    python = os.environ.get("PRESSWATCH_PEERS", str(ROOT / ".venv-peers" / "bin" / "python"))
    logging.disable(logging.CRITICAL)
    tables = [*(_table(folder, python) for folder in folders), _disguises(folders, python)]
    text = "\n\n".join(tables)
    print(text)
    PAGE.write_text(placed(PAGE.read_text("utf-8"), text), "utf-8")
    return 0


def _folders() -> list[Path]:
    base = os.environ.get("PRESSWATCH_PAGES", "")
    return sorted(path.parent for path in Path(base).glob("*/manifest.jsonl")) if base else []


def placed(page: str, tables: str) -> str:
    """The page with these tables between its marks; raises ValueError if it has no marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("docs/quality.md has lost the marks of its tables")
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def _table(folder: Path, python: str) -> str:
    truth = true_rows(folder)
    rows = {
        name: marked(truth, list(read_with(folder, truth, read))) for name, read in OURS.items()
    }
    rows |= {name: marked(truth, _of_peer(name, folder, python)) for name in PEERS}
    usual = rows["trafilatura"].milliseconds
    lines = [_line(name, marks, marks.milliseconds / usual) for name, marks in rows.items()]
    return f"### {folder.name}: {len(truth)} pages\n\n{_HEAD}\n" + "\n".join(lines)


def _disguises(folders: list[Path], python: str) -> str:
    """Body F1 and its worst tenth of the same pages in other markup."""
    names = (*OURS, "trafilatura")
    lines = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for folder in folders:
        for name, disguise in DISGUISES.items():
            with tempfile.TemporaryDirectory() as place:
                disguised(folder, target := Path(place), disguise)
                truth = true_rows(target)
                rows = [
                    marked(truth, list(read_with(target, truth, read))) for read in OURS.values()
                ]
                rows.append(marked(truth, _of_peer("trafilatura", target, python)))
            cells = (f"{marks.f1:.3f}, worst tenth {marks.worst:.3f}" for marks in rows)
            lines.append(f"| {folder.name}, {name} | {' | '.join(cells)} |")
    return "### Body F1 of the same pages in disguise\n\n" + "\n".join(lines)


def true_rows(folder: Path) -> list[Row]:
    """The truth of a folder's pages, in the order of its manifest."""
    lines = (folder / "manifest.jsonl").read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def read_with(folder: Path, truth: Iterable[Row], read: Read) -> Iterator[Row]:
    """What a reader makes of these pages, with the CPU seconds that each took."""
    for row in truth:
        html = gzip.decompress((folder / row["file"]).read_bytes())
        before = time.process_time()
        found = read(html, row.get("url"))
        yield found | {"seconds": time.process_time() - before}


def _of_peer(name: str, folder: Path, python: str) -> list[Row]:
    done = subprocess.run(
        [python, str(Path(__file__).parent / "peerread.py"), name, str(folder)],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def marked(truth: list[Row], found: list[Row]) -> Marks:
    """The marks of what was found, page by page in the order of the truth."""
    pairs = list(zip(truth, found, strict=True))
    shares = [compare(wanted["body"], got.get("text") or "") for wanted, got in pairs]
    body = score(shares)
    return Marks(
        f1=body.f1,
        worst=_worst(shares),
        precision=body.precision,
        recall=body.recall,
        title=_share(
            _letters(w["title"]) == _letters(g.get("title")) for w, g in pairs if w.get("title")
        ),
        date=_share(w["date"] == _day(g.get("published")) for w, g in pairs if w.get("date")),
        authors=_share(
            _names(w["authors"]) == _names(g.get("authors")) for w, g in pairs if w.get("authors")
        ),
        milliseconds=1000 * fmean(row["seconds"] for row in found),
    )


def _worst(pages: list[Shares]) -> float:
    figures = sorted(score([page]).f1 for page in pages)
    return fmean(figures[: max(1, len(figures) // 10)])


def _share(right: Iterable[bool]) -> float | None:
    answers = list(right)
    return fmean(answers) if answers else None


def _letters(text: object) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(text or "")).casefold())


def _day(value: object) -> str:
    return str(value or "")[:10]


def _names(value: object) -> set[str]:
    parts = value if isinstance(value, list) else re.split(r"[;,、|]| and ", str(value or ""))
    return {name for part in parts if (name := _letters(part))}


def _line(name: str, marks: Marks, ratio: float) -> str:
    body = (marks.f1, marks.worst, marks.precision, marks.recall)
    figures = (*body, marks.title, marks.date, marks.authors)
    cells = ("–" if figure is None else f"{figure:.3f}" for figure in figures)
    return f"| {name} | {' | '.join(cells)} | {marks.milliseconds:.0f} | {ratio:.1f} |"


if __name__ == "__main__":
    sys.exit(main())
