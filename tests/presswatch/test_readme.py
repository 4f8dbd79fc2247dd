"""The README's transcript is what the command says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
WIDTH = "100"  # columns of the transcript


def transcript() -> list[str]:
    found = re.search(r"<!-- transcript: presswatch demo -->\n```text\n(.*?)```", README, re.DOTALL)
    assert found is not None
    return found[1].splitlines()


def timeless(line: str) -> str:
    """Without what differs from run to run: seconds, padding that follows from them, and the word
    on unchanged polls, which stands at whichever source has the first.
    """
    line = re.sub(r"\d+\.\d s", "T", line).replace("(shown once a source)", "")
    return re.sub(r"\s+", " ", line).strip()


@pytest.mark.service
def test_the_demo_says_what_the_readme_shows(tmp_path: Path) -> None:
    """Every line of the transcript comes, in whatever order this machine is quick."""
    command = [sys.executable, "-m", "presswatch", "demo", "--for", "60s", "--until-done"]
    environment = {**os.environ, "COLUMNS": WIDTH, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
    demo = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False,
        timeout=100,
    )  # fmt: skip
    said = {timeless(line) for line in demo.stdout.splitlines()}

    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert [line for line in transcript() if line and timeless(line) not in said] == []


def test_its_links_and_commands_exist() -> None:
    """A file that is named is there, and so is every make target."""
    for target in re.findall(r"\]\((docs/[^)#]+)[^)]*\)", README):
        assert (ROOT / target).is_file(), target
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`?make ((?:[a-z]+(?:-[a-z]+)*)(?: [a-z-]+)*)`", README):
        for name in target.split():
            assert re.search(rf"^{name}:", makefile, re.MULTILINE), name


def test_its_config_is_understood(tmp_path: Path) -> None:
    """The blocks that a newcomer copies make a valid config."""
    from presswatch.config.load import load

    (block,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    path = tmp_path / "config.toml"
    path.write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), "utf-8")

    config = load(path, {"WEBHOOK_SECRET": "whsec_cHJlc3N3YXRjaC10ZXN0LXNlY3JldC0xMjM0NTY3ODkw"})

    assert [rule.name for rule in config.rules] == ["trade marks"]
    assert config.rules[0].channels == ("bot",)
