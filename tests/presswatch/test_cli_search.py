"""presswatch search: found or not, for people and for programs."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from presswatch.cli.search import FIELDS
from tests.presswatch.desk import START

if TYPE_CHECKING:
    from tests.presswatch.desk import Desk


@pytest.fixture
def desk_with_news(desk: Desk) -> Desk:
    text = "甘肃省公布了一项专利新规。\n细节随后公布。"
    desk.file("https://cnipa.example/1", text, title="专利新规")
    desk.file(
        "https://daily.example/2", "A patent was granted in Shenzhen.", title="=Granted",
        source="daily", language="en", published=START - timedelta(days=20),
    )  # fmt: skip
    return desk


def test_a_table_shows_what_matched(desk_with_news: Desk) -> None:
    """Title, place and time in the operator's zone, the words in their sentence, the address."""
    result = desk_with_news.run("search", "专利")

    assert result.exit_code == 0
    assert "2026-03-01 14:30" in result.stdout
    assert "cnipa" in result.stdout
    assert "甘肃省公布了一项专利新规。" in result.stdout
    assert "https://cnipa.example/1" in result.stdout
    assert result.stderr == ""


def test_the_newest_come_first_and_the_rest_is_told(desk_with_news: Desk) -> None:
    result = desk_with_news.run("search", "专利 OR patent", "--limit", "1")

    assert "cnipa.example/1" in result.stdout
    assert "daily.example" not in result.stdout
    assert result.stderr == "1 of 2; --limit shows more.\n"


def test_midnight_is_a_day_without_a_time(desk: Desk) -> None:
    """Most pages give a day only; a made-up time would mislead."""
    midnight = datetime(2026, 2, 28, 16, tzinfo=UTC)  # in Shanghai
    desk.file("https://cnipa.example/1", "专利", published=midnight, published_precise=False)
    desk.file("https://cnipa.example/2", "专利二", published=None)

    stdout = desk.run("search", "专利").stdout

    assert ["1", "2026-03-01", "cnipa"] in [line.split()[:3] for line in stdout.splitlines()]
    assert "00:00" not in stdout
    assert "(2026-03-01 16:30)" in stdout


def test_nothing_found_is_exit_code_1(desk_with_news: Desk) -> None:
    result = desk_with_news.run("search", "football")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Nothing found.\n"


@pytest.mark.parametrize(
    ("options", "urls"),
    [
        ([], ["https://cnipa.example/1", "https://daily.example/2"]),
        (["--source", "daily"], ["https://daily.example/2"]),
        (["--since", "2026-02-20"], ["https://cnipa.example/1"]),
        (["--since", "2026-03-01T06:29:00+00:00"], ["https://cnipa.example/1"]),
        (["--since", "2026-03-01T06:31:00+00:00"], []),
        (["--since", "20000d"], ["https://cnipa.example/1", "https://daily.example/2"]),
        (["--since", "1s"], []),
    ],
)
def test_json_lines_for_programs(desk_with_news: Desk, options: list[str], urls: list[str]) -> None:
    result = desk_with_news.run("search", "专利 OR patent", "--format", "jsonl", *options)

    assert [json.loads(line)["url"] for line in result.stdout.splitlines()] == urls
    assert result.exit_code == (0 if urls else 1)


def test_json_has_everything_that_is_known(desk_with_news: Desk) -> None:
    rows = json.loads(desk_with_news.run("search", "专利", "--format", "json").stdout)

    assert set(rows[0]) == set(FIELDS)
    assert rows[0]["published"] == "2026-03-01T06:30:00+00:00"
    snippet = rows[0]["snippets"][-1]
    assert [snippet["text"][start:end] for start, end in snippet["marks"]] == ["专利"]


def test_json_of_nothing_is_an_empty_list(desk_with_news: Desk) -> None:
    assert json.loads(desk_with_news.run("search", "zzz", "--format", "json").stdout) == []


def test_csv_is_safe_in_a_spreadsheet(desk_with_news: Desk) -> None:
    """A title that begins with = is text there, not a formula."""
    output = desk_with_news.run("search", "patent", "--format", "csv").stdout

    rows = list(csv.DictReader(io.StringIO(output)))
    assert tuple(rows[0]) == FIELDS
    assert rows[0]["title"] == "'=Granted"


@pytest.mark.parametrize(
    ("query", "caret"),
    [("patent AND (law", "           ^"), ("知识产权 AND (甘肃", "             ^"), ("", "^")],
)
def test_a_bad_query_has_a_caret_under_its_column(desk: Desk, query: str, caret: str) -> None:
    """Also under Chinese, whose characters are two columns wide."""
    result = desk.run("search", query)

    sentence, line, pointer = result.stderr.splitlines()
    assert result.exit_code == 2
    assert sentence.startswith("The query cannot be understood: column ")
    assert (line, pointer) == (f"  {query}", f"  {caret}")


def test_what_may_be_meant_otherwise_is_said(desk_with_news: Desk) -> None:
    result = desk_with_news.run("search", "patent and shenzhen")

    assert "column 8: and is searched for; the operator is AND" in result.stderr


def test_a_source_that_the_config_lacks_is_said_and_searched(desk_with_news: Desk) -> None:
    """Sources are removed from configs, and their articles stay."""
    desk_with_news.file("https://old.example/1", "专利", source="old")

    result = desk_with_news.run("search", "专利", "--source", "old")

    assert result.exit_code == 0
    assert "No source in the config is called 'old'" in result.stderr


def test_control_characters_of_strangers_are_shown_not_obeyed(desk: Desk) -> None:
    desk.file("https://evil.example/1", "patent", title="a\x1b[31mred\u202eder [bold]x[/bold]")

    stdout = desk.run("search", "patent").stdout

    assert "a␛[31mred\\u202eder [bold]x[/bold]" in stdout
    assert "\x1b" not in stdout


def test_a_config_without_its_secrets_can_be_searched(desk_with_news: Desk) -> None:
    text = desk_with_news.config.read_text("utf-8")
    desk_with_news.config.write_text(text.replace("secret = ", 'secret = "${UNSET}" #'), "utf-8")

    assert desk_with_news.run("search", "专利").exit_code == 0


def test_no_archive_is_not_the_same_as_no_result(desk: Desk) -> None:
    """Could not look is never no."""
    result = desk.run("search", "patent")

    assert result.exit_code == 3
    assert "There is no archive here" in result.stderr
    assert "presswatch run" in result.stderr


def test_a_damaged_archive_is_told_in_a_sentence(desk: Desk) -> None:
    desk.archive.write_bytes(b"this is no database at all" * 100)

    result = desk.run("search", "patent")

    assert result.exit_code == 3
    assert result.stderr.startswith("The archive file is damaged: ")


@pytest.mark.parametrize("value", ["yesterday", "7", "2026-13-01", ""])
def test_a_since_that_is_no_time(desk: Desk, value: str) -> None:
    result = desk.run("search", "x", "--since", value)

    assert result.exit_code == 2
    assert 'neither a time span such as "7d" nor a date' in result.stderr


def test_counts_are_bars_for_people_and_rows_for_programs(desk_with_news: Desk) -> None:
    table = desk_with_news.run("search", "专利 OR patent", "--count", "source")
    rows = desk_with_news.run("search", "专利 OR patent", "--count", "day", "--format", "csv")
    none = desk_with_news.run("search", "体育", "--count", "day", "--format", "json")

    counted = [line.split()[:2] for line in table.stdout.splitlines()]
    assert counted == [["cnipa", "1"], ["daily", "1"]]
    assert next(csv.reader(io.StringIO(rows.stdout))) == ["day", "articles"]
    assert len(rows.stdout.splitlines()) == 3
    assert (json.loads(none.stdout), none.exit_code) == ([], 1)


def test_relevance_puts_the_title_first(desk: Desk) -> None:
    desk.file("https://a.example/1", "别的内容很多很多", title="专利")
    desk.file("https://a.example/2", "一次专利，别的内容很多很多", title="新闻", published=START)

    result = desk.run("search", "专利", "--sort", "relevance", "--format", "json")

    assert [row["id"] for row in json.loads(result.stdout)] == [1, 2]
