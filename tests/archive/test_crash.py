"""Filing is all or nothing: a process killed before any of its statements leaves no half."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from archive.store import file_article, open_for_writing
from tests.archive import articles, crash_child

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("scenario", crash_child.SCENARIOS)
def test_a_kill_between_any_two_statements_leaves_nothing_half_done(
    tmp_path: Path, scenario: str
) -> None:
    template = tmp_path / "template.db"
    db = open_for_writing(template)
    for before in crash_child.BEFORE:
        file_article(db, before, articles.NOW)
    unchanged = articles.content(db)
    db.close()
    kills = _kill_at_every_statement(template, scenario, tmp_path / "killed")

    for number in range(1, kills + 1):
        db = open_for_writing(tmp_path / "killed" / f"{number}.db", create=False)
        articles.check(db)
        assert articles.content(db) == unchanged, number
        filed = file_article(db, crash_child.SCENARIOS[scenario], articles.NOW)
        assert filed.revision is not None
        articles.check(db)
        db.close()
    db = open_for_writing(tmp_path / "killed" / "whole.db", create=False)
    articles.check(db)
    assert bool(articles.column(db, "SELECT 1 FROM band")) == (scenario == "merged")
    assert articles.content(db) != unchanged
    db.close()


def _kill_at_every_statement(template: Path, scenario: str, directory: Path) -> int:
    directory.mkdir()
    done = subprocess.run(
        [sys.executable, crash_child.__file__, str(template), scenario, str(directory)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    kills = int(done.stdout)
    assert kills > 10
    return kills
