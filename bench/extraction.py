"""What reading a page costs, beside trafilatura alone, on real pages (PRESSWATCH_PAGES)."""

from __future__ import annotations

import gzip
import json
import logging
import os
import time
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import trafilatura

from bench.figure import Figure
from crawler.extract import Page, extract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Reader = Callable[[Page], object]

_UNIT = "ms CPU/page"
_MOST = 60  # pages of a folder
_ROUNDS = 2  # the quickest counts: what is slower is other people's business


def run() -> list[Figure]:
    """Paired: every page is read by both, one after the other; no figure without the pages."""
    logging.disable(logging.CRITICAL)
    try:
        return list(chain.from_iterable(_of_folder(folder) for folder in _folders()))
    finally:
        logging.disable(logging.NOTSET)


def _folders() -> list[Path]:
    base = os.environ.get("PRESSWATCH_PAGES", "")
    return sorted(path.parent for path in Path(base).glob("*/manifest.jsonl")) if base else []


def _of_folder(folder: Path) -> Iterator[Figure]:
    pages = list(_pages(folder))[:_MOST]
    spent = {"presswatch": 0.0, "trafilatura alone": 0.0}
    readers: dict[str, Reader] = {"presswatch": extract, "trafilatura alone": _trafilatura}
    for page in pages:
        for name, reader in readers.items():
            spent[name] += min(_cost(reader, page) for _ in range(_ROUNDS))
    for name, seconds in spent.items():
        yield Figure(
            name=f"{name}, {folder.name}",
            value=seconds * 1000 / len(pages),
            unit=_UNIT,
            note=f"{len(pages)} pages, metadata included",
        )


def _pages(folder: Path) -> Iterator[Page]:
    for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        body = (folder / row["file"]).read_bytes()
        yield Page(
            html=gzip.decompress(body) if row["file"].endswith(".gz") else body,
            url=row.get("url") or "",
            fetched_at=datetime.now(UTC),
        )


def _trafilatura(page: Page) -> object:
    return trafilatura.bare_extraction(
        page.html, url=page.url or None, include_comments=False, with_metadata=True
    )


def _cost(reader: Reader, page: Page) -> float:
    before = time.process_time()
    reader(page)
    return time.process_time() - before


if __name__ == "__main__":
    from bench.figure import show

    show("Reading a page", run())
