"""What reaches the terminal and the log: everything, and nothing that acts on them."""

from __future__ import annotations

import io
import json
import logging
import unicodedata

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from presswatch import console
from presswatch.console import Shown, marked, print_rows, print_table, text, visible
from presswatch.process import logs

ACTS = {"Cc", "Cs", "Zl", "Zp"}
TURNS = {chr(code) for code in (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("知识产权 café 😀", "知识产权 café 😀"),
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("a\r\nb\tc", "a␍␊b␉c"),
        ("abc\u202ecba", "abc\\u202ecba"),
        ("\x9b2J\x7f", "\\u009b2J␡"),
        ("co\u00adop\u200bera\ufefftion", "cooperation"),
        ("wide\u3000blank", "wide\u3000blank"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_what_cannot_be_seen_is_shown(given: str, shown: str) -> None:
    assert shown == visible(given)


@given(st.text())
def test_nothing_acts_on_the_terminal(value: str) -> None:
    """No control character, no line break, no turn of direction comes through."""
    shown = visible(value)

    assert not {unicodedata.category(char) for char in shown} & ACTS
    assert not set(shown) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
    )
    assert visible(shown) == shown


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40))))
def test_marks_lose_no_text(value: str, marks: list[tuple[int, int]]) -> None:
    """Marks may overlap, and stand in any order."""
    ordered = [(min(mark), max(mark)) for mark in marks]

    assert marked(value, ordered).plain == visible(value)


def shown(line: str, *, terminal: bool) -> list[str]:
    """The lines that a console of 40 columns writes."""
    file = io.StringIO()
    made = Shown(file=file, force_terminal=terminal, width=40, color_system=None)
    made.print(text(line), soft_wrap=True)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 120])
def test_a_phone_shows_rows_in_the_place_of_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    """Five columns on forty characters would be a word wide, and a reason a page long."""
    monkeypatch.setenv("COLUMNS", str(width))
    table = Table("source", "outcome", "next poll", "remark", box=None)
    table.add_row(text("cnipa"), "failed", "in 5m", text("There is no host of this name."))
    table.add_row(text("daily"), "ok", "", "")

    print_table(table)

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    if width == 40:
        assert lines[:2] == [["source", "cnipa"], ["outcome", "failed"]]
        assert lines[-3:] == [[], ["source", "daily"], ["outcome", "ok"]]
        assert len(lines) <= 9
    else:
        assert lines[0] == ["source", "outcome", "next", "poll", "remark"]
        assert len(lines) == 3


def test_lines_break_between_words_on_a_terminal() -> None:
    """No word is torn at the edge, and an address can be copied in one piece."""
    address = "https://www.example.org/a/long/way/to/the/page.html"

    lines = shown(f"The page could not be had, and why: {address} says 404", terminal=True)

    assert lines == ["The page could not be had, and why:", address, "says 404"]


def test_through_a_pipe_a_line_is_a_line() -> None:
    """`grep` and `cut` find all of it in one."""
    line = "one sentence, and " * 10

    assert shown(line, terminal=False) == [line]


@pytest.mark.parametrize("terminal", [True, False])
def test_rows_stay_in_their_columns(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is long goes on below itself; through a pipe it is one line for `grep`."""
    file = io.StringIO()
    made = Shown(file=file, force_terminal=terminal, width=24, color_system=None)
    monkeypatch.setattr(console, "out", lambda: made)

    print_rows([(text("08:30"), text("知识"), text("some words that are long"))], (7, 6))

    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    assert lines == (
        ["08:30  知识  some words", "             that are", "             long"]
        if terminal
        else ["08:30  知识  some words that are long"]
    )


def test_markup_is_text() -> None:
    assert text("[bold]x[/bold] :smile:").plain == "[bold]x[/bold] :smile:"


# Logs


def test_where_nobody_looks_on_a_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up()
    structlog.get_logger().info("article.filed", title="知识\u202e\x1b[2J", article=7)

    row = json.loads(capsys.readouterr().err)

    assert (row["event"], row["level"], row["article"]) == ("article.filed", "info", 7)
    assert row["title"] == "知识\\u202e␛[2J"
    assert row["timestamp"].endswith("Z")


def test_other_libraries_say_it_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    """From warnings upwards; their chatter is not ours."""
    logs.set_up("json")
    logging.getLogger("some.library").warning("trouble with %s", "x\x1b")
    logging.getLogger("some.library").info("chatter")

    (row,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    assert (row["event"], row["logger"], row["level"]) == (
        "trouble with x␛",
        "some.library",
        "warning",
    )


def test_a_traceback_stays_readable(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("json")
    try:
        int("in the \x1b loop")
    except ValueError:
        structlog.get_logger().exception("loop.failed")
        logging.getLogger("asyncio").exception("task failed")

    for line in capsys.readouterr().err.splitlines():
        exception = json.loads(line)["exception"]
        assert exception.startswith("Traceback (most recent call last):\n")
        assert "\nValueError: invalid literal" in exception
        assert "\x1b" not in exception


def test_people_get_a_line_they_can_read(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("console")
    structlog.get_logger().info("poll.done", source="cnipa", title="two words")

    line = capsys.readouterr().err
    assert "poll.done" in line
    assert "source=cnipa" in line
    assert "\x1b" not in line


@pytest.mark.parametrize(("verbose", "lines"), [(False, 1), (True, 3)])
def test_verbose_says_more(capsys: pytest.CaptureFixture[str], verbose: bool, lines: int) -> None:
    logs.set_up("json", verbose=verbose)
    structlog.get_logger().debug("detail")
    structlog.get_logger().info("event")
    logging.getLogger("some.library").info("chatter")

    assert len(capsys.readouterr().err.splitlines()) == lines
