"""What people type wrong at first: the message names the place and the way on."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Self

import pytest
from click.testing import CliRunner

from presswatch.cli import main
from presswatch.config.values import timezone

if TYPE_CHECKING:
    from pathlib import Path

    from tests.presswatch.desk import Desk


def test_problems_of_a_config_stand_below_its_name(desk: Desk) -> None:
    """With several configs, or under systemd, a line and a column alone say too little."""
    desk.config.write_text("[fetch\n")

    result = desk.run("check")

    assert result.exit_code == 2
    first, second = result.stderr.splitlines()
    assert first == f"{desk.config} cannot be used:"
    assert second.startswith("line 1, column 7: ")


def test_a_query_without_quotes_is_given_back_with_them(desk: Desk) -> None:
    """The shell has taken the quotes of phrases: joining the words would ask something else."""
    result = desk.run("search", "专利", "AND", "(甘肃", "OR", "深圳)")

    assert result.exit_code == 2
    assert "presswatch search '专利 AND (甘肃 OR 深圳)'" in result.stderr


def test_files_that_cannot_be_written_are_named_once(desk: Desk) -> None:
    """Also where they are only opened when there is something to write."""
    for command in (["sources", "export"], ["export", "--output"]):
        desk.write(lambda _: None)
        result = desk.run(*command, "/nowhere/out")

        assert (result.exit_code, result.stderr) == (3, "/nowhere/out: No such file or directory\n")


def test_a_config_that_could_not_be_written_whole_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk: the next `init` must not find its own remains and call them a config."""
    target = tmp_path / "config.toml"

    class Full:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def write(self, _: str) -> None:
            target.touch()

    opened = type(target).open
    monkeypatch.setattr(
        type(target), "open", lambda one, *a, **k: Full() if one == target else opened(one, *a, **k)
    )

    result = CliRunner().invoke(main, ["init", "--config", str(target)])

    assert (result.exit_code, result.stderr) == (3, f"{target}: No space left on device\n")
    assert not target.exists()


@pytest.mark.parametrize(
    "written", ["Asia/Beijing", "Asia/Pekin", "Beijing", "UTC+8", "GMT+8", "CST"]
)
def test_the_clock_of_china_is_found(written: str) -> None:
    """Its zone is called after another city, and the nearest name is that of another country."""
    with pytest.raises(ValueError, match="did you mean `Asia/Shanghai`"):
        timezone(written)
