"""presswatch show ID --diff; and what show says of withdrawn articles and of texts from feeds."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from archive.article import Evidence
from archive.withdrawal import withdraw
from presswatch.cli import differences
from tests.presswatch.desk import START

if TYPE_CHECKING:
    from tests.presswatch.desk import Desk

URL = "https://cnipa.example/1"
HEAD = "\n".join(f"Paragraph {number} stays as it is." for number in range(4))
FIRST = f"{HEAD}\nThe fine is 300 yuan.\n国家知识产权局今日发布。"
SECOND = f"{HEAD}\nThe fine is 500 yuan.\n国家知识产权局昨日发布。"
THIRD = f"{SECOND}\nA last sentence was added."


@pytest.fixture
def corrected(desk: Desk) -> Desk:
    for number, words in enumerate((FIRST, SECOND, THIRD)):
        title = "Fines raised" if number else "Fines"
        desk.file(URL, words, title=title, now=START + timedelta(hours=number))
    return desk


def test_the_last_two_texts_are_compared(corrected: Desk) -> None:
    result = corrected.run("show", "1", "--diff")

    assert result.exit_code == 0
    assert result.stdout == (
        "article 1: from text 2 of 2026-03-01 17:30:00 to text 3 of 2026-03-01 18:30:00\n"
        "title  Fines raised\n\n"
        "  …\n"
        "  国家知识产权局昨日发布。\n"
        "+ A last sentence was added.\n"
    )


def test_any_two_texts_are_compared_word_by_word(corrected: Desk) -> None:
    lines = corrected.run("show", "1", "--diff", "1:3").stdout.splitlines()

    assert lines[1:] == [
        "title  Fines{+ raised+}",
        "",
        "  …",
        "  Paragraph 3 stays as it is.",
        "~ The fine is [-300-]{+500+} yuan.",
        "~ 国家知识产权局[-今-]{+昨+}日发布。",
        "+ A last sentence was added.",
    ]


def test_differences_for_programs(corrected: Desk) -> None:
    row = json.loads(corrected.run("show", URL, "--diff", "1:2", "--format", "json").stdout)

    assert (row["from"]["number"], row["to"]["number"]) == (1, 2)
    assert [paragraph["kind"] for paragraph in row["paragraphs"]] == ["same"] * 4 + ["changed"] * 2
    assert {"mark": "new", "text": "500"} in row["paragraphs"][4]["pieces"]


def test_a_title_alone_may_have_changed(desk: Desk) -> None:
    desk.file(URL, "Text.", title="Old")
    desk.file(URL, "Text.", title="New")

    assert desk.run("show", "1", "--diff").stdout.endswith(
        "title  [-Old-]{+New+}\n\nThe text is the same.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("show", "1", "--diff", "1:9"), 1, "has the texts 1 to 3"),
        (("show", "1", "--diff", "x"), 2, "'x' is not N:M"),
        (("show", "--diff", "1"), 2, "behind the ID"),
        (("show", "2", "--diff"), 1, "has one text only"),
    ],
)
def test_what_cannot_be_compared(
    corrected: Desk, arguments: tuple[str, ...], code: int, said: str
) -> None:
    corrected.file("https://cnipa.example/2", "Once and for all.")

    result = corrected.run(*arguments)

    assert result.exit_code == code
    assert said in result.stderr


def test_a_terminal_shows_colours(corrected: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no brackets, which are for those who have none."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")

    printed = corrected.run("show", "1", "--diff", "1:2").stdout

    assert "\x1b[32m500\x1b[0m" in printed
    assert "300" in printed and "{+" not in printed


def test_nothing_from_outside_reaches_the_terminal(desk: Desk) -> None:
    desk.file(URL, "One \x1b[2Jword.")
    desk.file(URL, "Two \x1b[2Jwords.")

    assert "\x1b" not in desk.run("show", "1", "--diff").stdout


def test_a_withdrawn_article_says_so(desk: Desk) -> None:
    desk.file(URL, "Text.")
    gone = START + timedelta(hours=6)
    desk.write(lambda db: withdraw(db, 1, gone))

    assert "\nwithdrawn    2026-03-01 22:30:00, its page is gone\n" in desk.run("show", "1").stdout
    row = json.loads(desk.run("show", "1", "--format", "json").stdout)
    assert row["withdrawn"] == gone.isoformat()
    assert "withdrawn" in desk.run("why", "1").stdout


def test_a_text_from_the_feed_says_so(desk: Desk) -> None:
    mark = Evidence(field="text", value="the page answered HTTP 403", where="feed", chosen=True)
    desk.file(URL, "Text.", evidence=(mark,))

    shown = desk.run("show", "1").stdout

    assert "\ntext         from the feed; the page answered HTTP 403\n" in shown


def test_the_option_reads_what_it_gave() -> None:
    """Defaults pass through the type again."""
    kind = differences.Numbers()

    assert kind.convert((1, 2), None, None) == (1, 2)
    assert kind.convert("3:4", None, None) == (3, 4)
    assert kind.convert(differences.LAST, None, None) == differences.LAST
