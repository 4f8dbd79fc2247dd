"""What all commands have in common."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from presswatch import __version__
from presswatch.cli import common, main
from presswatch.cli.group import COMMANDS
from presswatch.cli.reference import commands

if TYPE_CHECKING:
    from tests.presswatch.desk import Desk

#: What only the commands may load that fetch or serve: it takes longer than they do.
HEAVY = set(
    "scrapy twisted trafilatura aiohttp httpx apscheduler pydantic pebble structlog feedparser bs4"
    " asyncio lxml".split()
)


def loaded_by(*arguments: str) -> set[str]:
    code = (
        "import sys\nfrom presswatch.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("path", [path for path, _ in commands()])
def test_every_command_has_help_with_an_example_and_its_exit_codes(path: str) -> None:
    result = CliRunner().invoke(main, [*path.split(), "--help"])

    assert result.exit_code == 0
    example = result.stdout.split("\n  Example:\n    ")[1].splitlines()[0]
    assert f"presswatch {path}" in example
    assert "\n  Exit codes:\n    0  " in result.stdout
    assert "--config FILE" in result.stdout


def test_the_help_lists_every_command_with_a_sentence() -> None:
    output = CliRunner().invoke(main, ["--help"]).stdout

    for name in COMMANDS:
        (line,) = [line for line in output.splitlines() if line.startswith(f"  {name} ")]
        assert line.endswith(".")


def test_a_mistyped_command_is_guessed() -> None:
    result = CliRunner().invoke(main, ["serch", "x"])

    assert result.exit_code == 2
    assert "No such command 'serch'; did you mean `search`?" in result.stderr


def test_the_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"presswatch {__version__}\n"
    assert CliRunner().invoke(main, ["version"]).stdout.startswith(f"presswatch {__version__}\n")


def test_the_command_is_a_module_too() -> None:
    command = [sys.executable, "-m", "presswatch", "--version"]

    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == (
        f"presswatch {__version__}\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["search", "专利"], ["status"], ["show", "1"], ["why", "1"], ["export"]],
    ids=lambda arguments: arguments[0],
)
def test_what_only_reads_loads_nothing_heavy(desk: Desk, arguments: list[str]) -> None:
    """Answers at once, also on a small machine. The modules are pinned, not the milliseconds."""
    desk.file("https://cnipa.example/1", "专利")
    if arguments[0] != "--help":
        arguments = [*arguments, "--config", str(desk.config)]

    loaded = loaded_by(*arguments)

    assert {"click", "rich"} <= loaded
    # The help lists every command, and loads the file of none.
    helping = {"alerts", "crawler", "sqlite_utils", "opencc"} if arguments == ["--help"] else set()
    assert not loaded & (HEAVY | helping)


@pytest.mark.parametrize("command", [["check"], ["rules", "list"]])
def test_a_config_is_read_without_what_fetches(desk: Desk, command: list[str]) -> None:
    """Many commands read what it says about fetching; Scrapy alone takes half a second."""
    loaded = loaded_by(*command, "--config", str(desk.config))
    assert "pydantic" in loaded
    assert not loaded & {"scrapy", "twisted", "aiohttp", "trafilatura"}


def test_the_rules_are_read_without_judging_the_sources(desk: Desk) -> None:
    """Of ten thousand sources only the names are asked; what reads selectors takes its time too."""
    config = desk.config.read_text("utf-8").replace("[[source]]", '[[source]]\nselect = "a"', 1)
    desk.config.write_text(config, "utf-8")
    assert 'select = "a"' in config

    assert "soupsieve" in loaded_by("check", "--config", str(desk.config))
    assert "soupsieve" not in loaded_by("rules", "list", "--config", str(desk.config))


def test_a_reader_that_leaves_is_no_error(desk: Desk) -> None:
    """`presswatch export | head -1` says nothing on standard error."""
    for number in range(20):
        desk.file(f"https://cnipa.example/{number}", f"{number} A text on patents. " * 400)
    command = [sys.executable, "-m", "presswatch", "export", "--config", str(desk.config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()

        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    ("command", "coding", "title"),
    [
        (["search", "专利"], "ascii", b"\\u4e13\\u5229 caf\\xe9"),
        (["search", "专利"], "gb18030", "专利 café".encode("gb18030")),
        (["export", "--format", "csv"], "gbk", "专利 café".encode()),
    ],
)
def test_a_terminal_that_lacks_a_character_shows_its_number(
    desk: Desk, command: list[str], coding: str, title: bytes
) -> None:
    """A locale of GBK or ISO 8859-1: no title ends the command. Exports are UTF-8 anywhere."""
    desk.file("https://cnipa.example/1", "专利 café 的正文", title="专利 café")
    argv = [sys.executable, "-m", "presswatch", *command, "--config", str(desk.config)]

    done = subprocess.run(
        argv, capture_output=True, check=True, env=os.environ | {"PYTHONIOENCODING": coding}
    )

    assert title in done.stdout


#: Whoever was started in the background (`make test &`) lets its children ignore Ctrl-C.
LISTENING = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from presswatch.cli import main; main(['fold'])"
)


def test_an_interrupt_is_quiet(desk: Desk) -> None:
    """Ctrl-C ends a command with 130 and not with a traceback."""
    command = [sys.executable, "-c", LISTENING]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    wait_until_it_reads(process.pid)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)

    assert process.returncode == 130
    assert stderr == b""


def wait_until_it_reads(pid: int) -> None:
    """Until the command waits for its standard input; it has loaded everything by then."""
    deadline = time.monotonic() + 20
    while "pipe_read" not in _where(pid):
        assert time.monotonic() < deadline


def _where(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/wchan").read_text()
    except OSError:
        return ""


def test_progress_is_for_terminals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal, on standard error, and only where it takes longer than people wait."""
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setattr(common, "PATIENCE", 0)
    monkeypatch.setattr(common, "REDRAW", 0)

    assert watched(capsys) == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert "Counting: 2" in watched(capsys)
    monkeypatch.setattr(common, "PATIENCE", 60)
    assert watched(capsys) == ""


def watched(capsys: pytest.CaptureFixture[str]) -> str:
    with common.progress("Counting") as advance:
        advance()
        advance()
    with common.waiting("Waiting"):
        pass
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_the_config_may_be_named_by_the_environment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("PRESSWATCH_CONFIG", str(desk.config))

    assert CliRunner().invoke(main, ["check"]).exit_code == 0


def test_no_file_of_the_commands_is_left_out() -> None:
    """A command that is not in the table could not be called."""
    assert {path.split()[0] for path, _ in commands()} == set(COMMANDS)
