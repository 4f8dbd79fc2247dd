"""Mistakes of TOML as people make them: the place, and what to write instead."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswatch.config.load import load, read
from presswatch.config.syntax import problem_of
from presswatch.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.presswatch.desk import Desk


def said(folder: Path, text: str) -> str:
    """What `check` would say of a file with this text."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(file)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ('name = "valley\n', "line 1, column 15: Illegal character '\\n' (a quote that opens"),
        ("name = “valley”\n", '(“ is another character than " and does not count as one)'),
        ('name = "valley”\n', '(” is another character than " and'),
        ('name ＝ "valley"\n', "(＝ is another character than = and"),
        ("enabled = True\n", "(true and false are written small)"),
        ("name = valley\n", '(a text stands in quotes, "…")'),
        ("name =\n", "(a value is missing behind the =)"),
        ("name = # of it\n", "(a value is missing behind the =)"),
        ('[source]\nname = "a"\n[[source]]\n', "line 3, column 9: Cannot overwrite a value (write"),
        ("[[source]]\n[source]\n", "(write [[source]], with two brackets on either side"),
        ("[fetch]\n[fetch]\n", "(it stands in the file before; keep one of the two)"),
        ('name = "a"\r\nname = "b"\r\n', "line 2, column 11: Cannot overwrite a value (it stands"),
        ('path = "C:\\data"\n', "(write it twice, or take single quotes)"),
        ('name: "valley"\n', "(a line is NAME = VALUE)"),
        ("every = 30m\n", '(a duration or date stands in quotes, "30m")'),
        ('name = "a" every = "30m"\n', "(nothing but a comment may stand behind a value)"),
        ('to = ["a"\n', "(a quote or bracket that was opened before is not closed)"),
    ],
)
def test_a_mistake_of_toml_says_what_to_write(tmp_path: Path, text: str, advice: str) -> None:
    """Who never wrote TOML before is not helped by the words of a parser alone."""
    assert advice in said(tmp_path, text)


def test_nothing_of_the_line_is_repeated(tmp_path: Path) -> None:
    """The sentence is told to the operator's channel, and the line may hold a password."""
    assert "hunter2" not in said(tmp_path, 'password = "hunter2\n')


@given(st.text(alphabet="[]{}=\"“'＝\\\n\r ab1#,.true:-source", max_size=30))
def test_every_mistake_has_a_sentence(text: str) -> None:
    """No text of a config is a traceback."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = problem_of(error, text)
    else:
        return

    assert found.message


def test_a_variable_that_is_set_and_empty_is_named(tmp_path: Path) -> None:
    """`NAME=` in `.env`: that "it must be a URL" is true, and no help."""
    file = tmp_path / "config.toml"
    file.write_text('[[source]]\nname = "daily"\nurl = "${ADDRESS}"\n')

    with pytest.raises(ConfigError) as caught:
        load(file, {"ADDRESS": ""})

    (line,) = str(caught.value).splitlines()
    assert line.startswith("source[1].url: must be a URL")
    assert line.endswith("; ${ADDRESS} is set and empty (in source 'daily')")


def test_a_warning_names_the_source_like_an_error(tmp_path: Path) -> None:
    """Of forty sources nobody counts to the seventeenth."""
    file = tmp_path / "config.toml"
    file.write_text(
        '[fetch]\ncontact = "mailto:a@b.example"\n[[source]]\nname = "daily"\n'
        'url = "https://daily.example/"\nevery = "30s"\n'
    )

    (warning,) = load(file, {}).warnings

    assert warning.startswith("source[1].every: 30s is often")
    assert warning.endswith(" (in source 'daily')")


def test_a_config_that_watches_nothing_says_how_to_begin(desk: Desk) -> None:
    desk.config.write_text("")

    result = desk.run("check")

    assert result.exit_code == 0
    assert "presswatch sources add" in result.stderr
    assert "when or where" not in result.stdout  # a heading above nothing
