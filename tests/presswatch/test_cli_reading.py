"""presswatch show, export and fold."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from archive.article import Evidence
from tests.presswatch.desk import START

if TYPE_CHECKING:
    from pathlib import Path

    from tests.presswatch.desk import Desk

URL = "https://cnipa.example/1"


@pytest.fixture
def desk_with_story(desk: Desk) -> Desk:
    """An article that was corrected, and its reprint."""
    desk.file(URL, "First text.", aliases=("https://cnipa.example/go?id=1",))
    desk.file("https://daily.example/2", "First text.", source="daily", title="Reprint")
    desk.file(URL, "Second text.\nWith two paragraphs.", title="专利新规", authors=("李明",),
              now=START + timedelta(hours=1))  # fmt: skip
    return desk


# show


@pytest.mark.parametrize(
    "key", ["1", URL, f"{URL}?utm_source=x#top", "https://cnipa.example/go?id=1"]
)
def test_an_article_is_shown_by_any_of_its_keys(desk_with_story: Desk, key: str) -> None:
    result = desk_with_story.run("show", key)

    assert result.exit_code == 0
    assert result.stdout.startswith("专利新规\n")
    assert result.stdout.endswith("\nSecond text.\nWith two paragraphs.\n")
    for fact in (
        "article      1, in story 1",
        "published    2026-03-01 14:30",
        "authors      李明",
        "revisions    2, the newest of 2026-03-01 17:30:00",
        "also at      https://daily.example/2 (daily, 2)",
        "led here     https://cnipa.example/go?id=1",
        "* title      Title (h1)",
    ):
        assert f"\n{fact}" in result.stdout, fact


def test_a_copy_says_of_what(desk_with_story: Desk) -> None:
    assert "\ncopy of      1\n" in desk_with_story.run("show", "2").stdout


def test_a_day_without_a_time_is_shown_as_a_day(desk: Desk) -> None:
    desk.file(URL, "Text.", published=START, published_precise=False)
    desk.file(f"{URL}1", "Other text.", published=None)

    assert "published    2026-03-01\n" in desk.run("show", "1").stdout
    assert "published    not known\n" in desk.run("show", "2").stdout


def test_a_doubtful_date_says_what_speaks_against_it(desk: Desk) -> None:
    """A repost of 2026 whose text opens with another day and stood elsewhere years ago."""
    first = START.replace(year=2017, month=9, day=15)
    desk.file(f"{URL}1", "The ceremony was held.", published=first, published_precise=False)
    evidence = (
        Evidence(field="published", value="2026-03-01", where="meta pubdate", chosen=True),
        Evidence(field="doubt", value="text speaks of 14 September", where="text"),
    )
    desk.file(URL, "The ceremony was held.", published=START, published_precise=False,
              evidence=evidence, captions=("The mayor signs.",),
              credited_source="Harbour Post")  # fmt: skip

    shown = desk.run("show", URL).stdout
    row = json.loads(desk.run("show", URL, "--format", "json").stdout)

    doubts = ["text speaks of 14 September", "first seen elsewhere 2017-09-15"]
    assert f"published    2026-03-01 (page); doubt: {'; '.join(doubts)}\n" in shown
    assert "credited to  Harbour Post\n" in shown
    assert "caption      The mayor signs.\n" in shown
    assert row["doubts"] == doubts
    assert (row["credited_source"], row["captions"]) == ("Harbour Post", ["The mayor signs."])


def test_show_for_programs(desk_with_story: Desk) -> None:
    row = json.loads(desk_with_story.run("show", "1", "--format", "json").stdout)

    assert (row["id"], row["text"], row["revisions"]) == (
        1,
        "Second text.\nWith two paragraphs.",
        2,
    )
    assert row["copies"][0]["url"] == "https://daily.example/2"
    assert row["evidence"][0] == {"field": "title", "value": "Title", "where": "h1", "chosen": True}


def test_show_tells_where_a_story_stood_first_and_how_its_copies_differ(desk: Desk) -> None:
    words = " ".join(f"word{n}" for n in range(100))
    early = START.replace(year=2025)
    desk.file(URL, words.rsplit(" ", 40)[0], published=START, title="Other")
    desk.file(f"{URL}1", words, published=early, title="Title")

    cut = desk.run("show", "1").stdout
    assert f"first at     {URL}1 (cnipa, 2), 2025-" in cut
    assert "as a copy    cut to 60 %, new title\n" in cut
    whole = desk.run("show", "2").stdout
    assert f"also at      {URL} (cnipa, 1), 2026-" in whole
    assert ": cut to 60 %, new title\n" in whole
    row = json.loads(desk.run("show", "2", "--format", "json").stdout)
    assert (row["first"], row["copies"][0]["how"]) == (2, "cut to 60 %, new title")


def test_the_raw_response_goes_to_no_terminal(desk: Desk) -> None:
    """A stranger's server could move the cursor, or worse."""
    desk.file(URL, "\x1b]0;owned\x07")
    ours, theirs = pty.openpty()
    call = [sys.executable, "-m", "presswatch", "show", "1", "--raw", "--config", str(desk.config)]

    done = subprocess.run(call, stdout=theirs, stderr=subprocess.PIPE, text=True, check=False)
    os.close(theirs)
    with pytest.raises(OSError, match="Input/output"):  # nothing was written there
        os.read(ours, 100)
    os.close(ours)

    assert done.returncode == 2
    assert "presswatch show 1 --raw > page.html" in done.stderr


def test_the_raw_response_comes_byte_for_byte(desk: Desk) -> None:
    desk.file(URL, "知识\x00\r\n产权")

    assert desk.run("show", "1", "--raw").stdout_bytes == "知识\x00\r\n产权".encode()


@pytest.mark.parametrize("key", ["7", "99999999999999999999", "https://cnipa.example/none", "what"])
def test_what_is_not_archived_is_exit_code_1(desk_with_story: Desk, key: str) -> None:
    result = desk_with_story.run("show", key)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "presswatch why" in result.stderr


def test_a_text_cannot_play_with_the_terminal(desk: Desk) -> None:
    desk.file(URL, "one\x1b[2Jtwo\u202ethree\n[red]four[/red]", title="t\x07\nt")

    stdout = desk.run("show", "1").stdout

    assert stdout.startswith("t␇␊t\n")
    assert stdout.endswith("\none␛[2Jtwo\\u202ethree\n[red]four[/red]\n")


# export


def test_export_writes_a_line_an_article(desk_with_story: Desk) -> None:
    rows = [json.loads(line) for line in desk_with_story.run("export").stdout.splitlines()]

    assert [row["id"] for row in rows] == [1, 2]
    assert rows[0]["first_seen"] == "2026-03-01T08:30:00+00:00"
    assert rows[1]["copies"] == [{"url": URL, "source": "cnipa"}]


def test_export_writes_csv_that_reads_back(desk_with_story: Desk) -> None:
    """Line breaks inside a cell included."""
    output = desk_with_story.run("export", "--format", "csv").stdout_bytes.decode()

    rows = list(csv.DictReader(io.StringIO(output, newline="")))
    assert rows[0]["text"] == "Second text.\nWith two paragraphs."
    assert rows[1]["title"] == "Reprint"


def test_export_can_be_cut_by_time(desk: Desk) -> None:
    """As search has it: by the time of publication, else by when it was first seen."""
    desk.file(URL, "Old.", published=START - timedelta(days=400), now=START)
    desk.file(f"{URL}1", "Undated.", published=None, now=START)

    lines = desk.run("export", "--since", "2026-01-01").stdout.splitlines()

    assert [json.loads(line)["text"] for line in lines] == ["Undated."]


def test_an_export_into_a_file_is_whole_or_not_there(desk_with_story: Desk, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"

    result = desk_with_story.run("export", "--output", str(output))

    assert (result.exit_code, result.stdout) == (0, "")
    assert len(output.read_text("utf-8").splitlines()) == 2
    assert result.stderr == f"Wrote 2 articles to {output}.\n"
    assert [file for file in tmp_path.iterdir() if "part" in file.name] == []


def test_an_export_that_fails_leaves_the_old_file(desk: Desk, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text("old")

    assert desk.run("export", "--output", str(output)).exit_code == 3
    assert desk.run("export", "--output", "/nowhere/out.jsonl").exit_code == 3
    assert output.read_text() == "old"


def test_a_table_for_excel_begins_with_its_mark(desk_with_story: Desk, tmp_path: Path) -> None:
    """Without it Excel takes UTF-8 for the coding of the system, and 专利 becomes rubbish."""
    output = tmp_path / "out.csv"

    desk_with_story.run("export", "--format", "csv", "--bom", "--output", str(output))

    assert output.read_bytes().startswith(b"\xef\xbb\xbfid,url,")


def test_an_empty_archive_is_exported_as_nothing(desk: Desk) -> None:
    desk.write(lambda _: None)

    assert (desk.run("export").exit_code, desk.run("export").stdout) == (0, "")


# fold


def test_fold_shows_the_text_as_rules_see_it(desk: Desk) -> None:
    """Glosses gone, Traditional as Simplified; a line for each stretch that a phrase may cover."""
    result = desk.run("fold", stdin="知識(shí)產(chǎn)權(quán)，PATENT Law\n甘肃".encode())

    assert result.stdout == "知识产权 patent law ¶\n甘肃\n"


def test_fold_shows_the_tokens(desk: Desk) -> None:
    assert desk.run("fold", "--tokens", stdin="\ufeff知識，Law".encode()).stdout == "知 识 law\n"


def test_fold_of_what_is_no_text_names_the_line(desk: Desk) -> None:
    result = desk.run("fold", stdin="ascii\n知识产权\n".encode("gbk"))

    assert result.exit_code == 3
    assert "line 2: it is not text in UTF-8" in result.stderr
