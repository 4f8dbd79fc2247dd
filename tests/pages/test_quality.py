"""The marks of docs/quality.md, on answers of which the marks are known."""

from __future__ import annotations

from typing import Any

import pytest

from bench.quality import BEGIN, END, PAGE, marked, placed

TEXT = "one two three four five six seven eight"
TRUTH: list[dict[str, Any]] = [
    {"body": TEXT, "title": "The “Mole” digs", "date": "2026-05-20", "authors": ["Ann Lee"]},
    {"body": TEXT, "title": "Another", "date": None, "authors": []},
]


def test_right_answers_are_right_however_they_are_spelled() -> None:
    right: dict[str, Any] = {"text": TEXT, "title": 'the "mole" digs'}
    right["published"] = "2026-05-20 08:15:00"
    found = [right | {"authors": "ANN LEE", "seconds": 0.01}, {"seconds": 0.03}]

    marks = marked(TRUTH, found)

    assert (marks.title, marks.date, marks.authors) == (0.5, 1.0, 1.0)
    assert (marks.precision, marks.recall) == (1.0, 0.5)
    assert marks.milliseconds == pytest.approx(20)


def test_another_name_or_day_is_wrong_and_no_truth_is_no_mark() -> None:
    wrong: dict[str, Any] = {"text": TEXT, "published": "2026-05-21", "seconds": 0.0}
    wrong["authors"] = ["Ann Lee", "Bo"]

    marks = marked(TRUTH[:1], [wrong])
    assert (marks.title, marks.date, marks.authors) == (0.0, 0.0, 0.0)
    assert marked(TRUTH[1:], [wrong]).date is None


def test_an_answer_for_every_page_or_none_at_all() -> None:
    with pytest.raises(ValueError, match="shorter"):
        marked(TRUTH, [{"seconds": 0.0}])


def test_the_tables_stand_between_their_marks() -> None:
    page = PAGE.read_text("utf-8")

    once = placed(page, "| table |")

    assert f"{BEGIN}\n\n| table |\n\n{END}" in once
    assert placed(once, "| table |") == once
    with pytest.raises(ValueError, match="lost the marks"):
        placed("no marks", "")
