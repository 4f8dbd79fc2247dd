"""What the documents show is so: links, commands, configs, SQL."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from presswatch.cli import main
from presswatch.config.load import load
from tests.archive.articles import fresh

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
HOW_TO = DOCS / "how-to.md"
GUIDES = [DOCS / name for name in ("README.md", "quick-start.md", "how-to.md", "operations.md")]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def anchors(page: Path) -> set[str]:
    """As the places that show Markdown make them of headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A file that is named is there, and so is the heading."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name) if name else page
        assert there.is_file(), f"{page.name}: {target}"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), f"{page.name}: {target}"


def test_the_index_names_every_page() -> None:
    """What is not in the index is found by nobody."""
    index = (DOCS / "README.md").read_text("utf-8")

    assert [page.name for page in PAGES[1:] if f"({page.name})" not in index] == []
    assert PAGES[0].name == "README.md"


def test_the_design_notes_are_an_index() -> None:
    """A note that takes a paragraph belongs into the module that it is about."""
    notes = (DOCS / "design-notes.md").read_text("utf-8").splitlines()[5:]

    assert [note[:60] for note in notes if len(note) > 400] == []
    assert [note for note in notes if note and not note.startswith(("## ", "- **"))] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_files_that_are_named_are_there(page: Path) -> None:
    """Files move; whoever looks one up by a note would find nothing."""
    named = re.findall(r"`((?:\w+/)+\w+\.py)`", page.read_text("utf-8"))
    ours = [name for name in named if (ROOT / name.split("/")[0]).is_dir()]

    assert [name for name in ours if not (ROOT / name).exists()] == []


def commands(page: Path) -> Iterator[list[str]]:
    """Every call of presswatch that the page shows, as words."""
    text = page.read_text("utf-8")
    shown = re.findall(r"^    (?:\S.*?\s)??(presswatch .*)$", text, re.MULTILINE)
    shown += re.findall(r"`(presswatch [^`]*)`", text)
    for line in shown:
        call = shlex.split(re.split(r" [|>&]+ | #", line)[0])[1:]
        if call and call[0] != "presswatch" and not call[0].startswith("-"):
            yield call


CALLS = [(page.name, call) for page in GUIDES for call in commands(page)]


def test_the_guides_show_calls() -> None:
    """The tests below must not pass because nothing was found."""
    assert len(CALLS) > 40


@pytest.mark.parametrize(
    ("page", "call"), CALLS, ids=lambda one: "" if isinstance(one, str) else " ".join(one)
)
def test_every_call_can_be_made(
    page: str, call: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands, arguments and options exist as they are shown; nothing is carried out."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feeds.opml").touch()
    command: click.Command = main
    context = click.Context(main, info_name="presswatch")
    words = list(call)
    while isinstance(command, click.Group) and words:
        inner = command.get_command(context, words.pop(0))
        assert inner is not None, f"{page}: presswatch {shlex.join(call)}"
        command = inner
    if not words and not command.params:
        return
    wanted = [one for one in command.params if isinstance(one, click.Argument) and one.required]
    if not words and wanted:
        return  # named in passing
    # As the command itself does: click remembers its help option.
    command.make_context(shlex.join(call), words, help_option_names=["-h", "--help"]).close()


def test_completion_is_as_the_guide_shows_it() -> None:
    """Commands are loaded when they are called, and completion has to know them all the same."""
    (line,) = re.findall(r"eval \"\$\((\w+)=bash_source presswatch\)\"", HOW_TO.read_text("utf-8"))
    words = {"COMP_WORDS": "presswatch sources p", "COMP_CWORD": "2", line: "bash_complete"}

    result = CliRunner().invoke(main, prog_name="presswatch", env=words)

    assert result.stdout == "plain,pause\n"


def whole(text: str) -> str:
    """A fragment as a config: what it refers to and does not show is made up."""
    found: dict[str, Any] = tomllib.loads(text)
    known = {channel["name"] for channel in found.get("channel", [])}
    used = {name for rule in found.get("rule", []) for name in rule["channels"]}
    for name in sorted(used - known):
        secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
        text += f'\n[[channel]]\nname = "{name}"\ntype = "webhook"\n'
        text += f'url = "https://{name}.example/"\nsecret = "{secret}"\n'
    if found.get("rule") and "!wire" in found["rule"][0].get("sources", []):
        text += '\n[[source]]\nname = "wire"\nurl = "https://wire.example/"\n'
    return text


CONFIGS = [(page.name, text) for page in GUIDES for text in blocks(page, "toml")]


@pytest.mark.parametrize(("page", "text"), CONFIGS, ids=lambda one: one[:24])
def test_every_config_is_understood(page: str, text: str, tmp_path: Path) -> None:
    """What somebody copies must not be refused."""
    path = tmp_path / "config.toml"
    path.write_text(whole(text), "utf-8")
    (tmp_path / "bot.secret").write_text("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz\n", "utf-8")
    names = re.findall(r"\$\{(\w+)\}", text)
    environ = dict.fromkeys(names, "smtp://user:pass@mail.example:587")
    environ |= {"ROOM_URL": "feishu://TOKEN"}

    assert load(path, environ), page


@pytest.mark.parametrize("sql", blocks(DOCS / "how-to.md", "sql"), ids=lambda sql: sql[:40])
def test_every_query_runs(sql: str) -> None:
    """On the tables as they are today."""
    with fresh() as db:
        assert db.execute(sql).fetchall() == []


def test_the_events_of_the_log_are_those_of_the_code() -> None:
    """A name in the table that nothing logs would send somebody searching in vain."""
    text = (DOCS / "operations.md").read_text("utf-8")
    table = text[text.index("| event |") : text.index("## Changing the config")]
    names = re.findall(r"`([a-z]+\.[a-z_]+)`", table)
    code = "".join(
        file.read_text("utf-8")
        for package in ("presswatch", "crawler", "alerts")
        for file in (ROOT / package).rglob("*.py")
    )

    assert len(names) > 12
    assert [name for name in names if f'"{name}"' not in code] == []
