"""archive.export: a line an article, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.export import FIELDS, export_rows, write_csv, write_jsonl
from archive.store import file_article, transaction
from archive.withdrawal import restore, withdraw
from tests.archive.articles import NOW, fresh, incoming

if TYPE_CHECKING:
    from sqlite_utils import Database

A = "https://a.example/1"
B = "https://b.example/1"

ROWS: list[dict[str, Any]] = [
    {
        "id": 1,
        "url": A,
        "title": "标题, “quoted”",
        "text": "One.\nTwo.",
        "published": "2026-01-02T01:00:00+00:00",
        "first_seen": "2026-03-01T08:30:00+00:00",
        "source": "Daily",
        "language": "zh",
        "credited_source": "新华网",
        "captions": ["The harbour, again", "=1"],
        "withdrawn": None,
        "story": 1,
        "copies": [{"url": B, "source": "Other"}],
    },
    {
        "id": 2,
        "url": B,
        "title": "=1+1",
        "text": "One. Two.",
        "published": None,
        "first_seen": "2026-03-01T08:30:00+00:00",
        "source": "Other",
        "language": "",
        "credited_source": "",
        "captions": [],
        "withdrawn": "2026-03-02T08:30:00+00:00",
        "story": 1,
        "copies": [{"url": A, "source": "Daily"}],
    },
]


def _file(db: Database) -> None:
    published = datetime(2026, 1, 2, 1, tzinfo=UTC)
    beside = {"credited_source": "新华网", "captions": ("The harbour, again", "=1")}
    first = incoming(
        A, "One.\nTwo.", title="标题, “quoted”", published=published, language="zh", **beside
    )
    file_article(db, first, NOW)
    second = file_article(db, incoming(B, "One. Two.", title="=1+1", source="Other"), NOW)
    with transaction(db):
        assert withdraw(db, second.article, NOW + timedelta(days=1))
        assert not withdraw(db, second.article, NOW + timedelta(days=2)), "marked once"


def test_an_article_a_line_copies_too() -> None:
    with fresh() as db:
        _file(db)
        assert list(export_rows(db)) == ROWS
        assert tuple(ROWS[0]) == FIELDS


def test_a_page_that_is_back_takes_the_mark_away() -> None:
    with fresh() as db:
        _file(db)
        with transaction(db):
            assert restore(db, 2)
            assert not restore(db, 2)
        assert [row["withdrawn"] for row in export_rows(db)] == [None, None]


def test_rows_are_read_as_they_are_consumed() -> None:
    """Memory stays bounded: the first row is out long before the last is read."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with fresh() as db:
        with transaction(db):
            for number in range(500):
                file_article(db, incoming(f"https://a.example/{number}", f"text {number}"), NOW)
        db.conn.set_progress_handler(count, 100)
        rows = export_rows(db)
        assert next(rows)["id"] == 1
        first = steps
        assert [row["id"] for row in rows] == list(range(2, 501))
        assert steps > 20 * max(first, 1)


def test_json_lines() -> None:
    out = io.StringIO()
    assert write_jsonl([*ROWS, {"title": "a\u2028b\nc"}], out) == 3
    lines = out.getvalue().splitlines()
    assert [json.loads(line) for line in lines] == [*ROWS, {"title": "a\u2028b\nc"}]
    assert "标题" in lines[0]


def test_csv() -> None:
    out = io.StringIO(newline="")
    assert write_csv(ROWS, out) == 2
    header, first, second = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert tuple(header) == FIELDS
    assert first[:5] == ["1", A, "标题, “quoted”", "One.\nTwo.", "2026-01-02T01:00:00+00:00"]
    assert json.loads(first[-1]) == ROWS[0]["copies"]
    assert second[2:5] == ["'=1+1", "One. Two.", ""]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(start: str) -> None:
    out = io.StringIO(newline="")
    write_csv([ROWS[0] | {"title": start + "cmd|' /C calc'!A0", "source": start}], out)
    _, row = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert row[2].startswith("'" + start)
    assert row[6] == "'" + start


_CELL = st.text(st.characters(codec="utf-8"), max_size=5)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, _CELL)), max_size=3))
def test_every_cell_comes_back_out_of_the_csv(rows: list[dict[str, str]]) -> None:
    out = io.StringIO(newline="")
    write_csv(rows, out)
    _, *read = csv.reader(io.StringIO(out.getvalue(), newline=""))
    for row, cells in zip(rows, read, strict=True):
        for name, cell in zip(FIELDS, cells, strict=True):
            assert cell in (row[name], "'" + row[name])
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
