"""[concept] in config.toml: for rules, for searches, and what is said of mistakes in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive.query import parse
from presswatch.config.load import load, outline
from presswatch.errors import ConfigError
from tests.presswatch.test_config import ENVIRON, MINIMAL

if TYPE_CHECKING:
    from pathlib import Path

CONCEPTS = """
[concept]
CNIPA = ["CNIPA", "国家知识产权局"]
office = "@CNIPA OR EPO"
[[rule]]
name = "named"
query = "title:@office NOT @cnipa and x"
channels = ["bot"]
"""


def test_concepts_are_for_rules_and_for_searches(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(MINIMAL + CONCEPTS, encoding="utf-8")

    config = load(file, ENVIRON)

    meant = "title:(CNIPA OR 国家知识产权局 OR EPO) NOT (CNIPA OR 国家知识产权局) and x"
    assert config.rules[1].query.tree == parse(meant).tree
    assert dict(outline(file, ENVIRON).concepts) == {
        "CNIPA": ("CNIPA", "国家知识产权局"),
        "office": ("@CNIPA OR EPO",),
    }
    note = "rule[2].query: column 26: and is searched for; the operator is AND (in rule 'named')"
    assert note in config.warnings


def test_check_says_of_concepts_too_what_is_perhaps_not_meant(tmp_path: Path) -> None:
    """A name of plain words is a phrase, its "and" as well; anything else is a query."""
    file = tmp_path / "config.toml"
    concepts = """
[concept]
place = ["gansu", '"lanzhou" and shenzhen']
office = ["Trademark and Patent Office"]
"""
    file.write_text(MINIMAL + concepts, encoding="utf-8")

    said = [warning for warning in load(file, ENVIRON).warnings if warning.startswith("concept")]
    assert said == ["concept.place[2]: column 11: and is searched for; the operator is AND"]


def test_every_mistake_in_concepts_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    wrong = """
[concept]
a = ["x", "@b"]
b = ["@a"]
A = ["twice"]
"not one word" = ["x"]
bad = ["专利 AND"]
number = 3
[[rule]]
name = "unknown"
query = "x @cnpia"
channels = ["bot"]
"""
    file.write_text(MINIMAL + wrong, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load(file, ENVIRON)

    told = {problem.path: problem.message for problem in caught.value.problems}
    assert told["concept.b[1]"].startswith("column 1: this concept uses itself: @b → @")
    assert "is the same name as a" in told["concept.A"]
    assert "letters, digits" in told["concept.not one word"]
    assert told["concept.bad[1]"].startswith("column 4: AND without anything after it")
    assert "must be a list" in told["concept.number"]
    assert told["rule[2].query"].startswith("column 3: unknown concept @cnpia")
