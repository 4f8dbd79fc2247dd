"""The marks of docs/quality.md, on answers of which the marks are known."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import lxml.html  # type: ignore[import-untyped]
import pytest

from bench.disguise import DISGUISES, disguised
from bench.quality import BEGIN, END, PAGE, marked, placed

if TYPE_CHECKING:
    from pathlib import Path

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
    assert marks.worst == 0.0  # one of the two pages was not read
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


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguise_takes_away_markup_and_no_word(tmp_path: Path, name: str) -> None:
    html = '<html><body><nav id="top">Menu</nav><p class="text">密码 <b>one</b></p></body></html>'
    (tmp_path / "to").mkdir()
    (tmp_path / "a.gz").write_bytes(gzip.compress(html.encode()))
    (tmp_path / "manifest.jsonl").write_text(json.dumps({"file": "a.gz"}) + "\n")

    disguised(tmp_path, tmp_path / "to", DISGUISES[name])

    told = gzip.decompress((tmp_path / "to" / "a.gz").read_bytes()).decode()
    assert "".join(lxml.html.fromstring(told).itertext()) == "Menu密码 one"
    assert ("class" in told, "<nav" in told, "<p" in told) == {
        "without class names": (False, True, True),
        "without structural elements too": (False, False, True),
        "`<div>` for paragraphs": (True, True, False),
    }[name]
