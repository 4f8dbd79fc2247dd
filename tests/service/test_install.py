"""The image's install steps and its command, without an engine: a bare environment stands in."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.service import ROOT

pytestmark = [pytest.mark.service, pytest.mark.slow, pytest.mark.timeout(420)]

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def copied(stage: str) -> list[str]:
    """What the build stage copies from the context."""
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", stage, re.MULTILINE)
    return [name for line in lines for name in line.split()]


def steps(stage: str, environment: Path) -> list[list[str]]:
    """The RUN commands of the build stage, with the environment in another place."""
    joined = re.sub(r"\\\n", " ", stage)
    for name, default in re.findall(r"^ARG (\w+)=(\S+)$", stage, re.MULTILINE):
        joined = joined.replace(f"${{{name}}}", default)
    commands = []
    for line in re.findall(r"^RUN (.*)$", joined, re.MULTILINE):
        for command in line.split("&&"):
            words = command.replace("/opt/presswatch", str(environment)).split()
            commands.append([sys.executable if words[0] == "python" else words[0], *words[1:]])
    return commands


def test_the_image_s_steps_make_a_working_command(tmp_path: Path) -> None:
    """From the lock file alone, wheels only, and what is ignored is not needed."""
    build, final = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[1:]
    context, environment, data = tmp_path / "context", tmp_path / "env", tmp_path / "data"
    context.mkdir()
    data.mkdir()
    ignored = (ROOT / ".dockerignore").read_text().split()
    for name in copied(build):
        assert f"!{name}" in ignored
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, context / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(place, context / name)

    for step in steps(build, environment):
        done = subprocess.run(step, cwd=context, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{step}: {done.stdout[-2000:]}{done.stderr[-2000:]}"

    def presswatch(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(environment / "bin" / "presswatch"), *words]
        return subprocess.run(
            command, cwd=data, capture_output=True, text=True, check=False, timeout=60
        )

    assert presswatch("--version").returncode == 0
    assert presswatch("init").returncode == 0
    assert presswatch("check").returncode == 0
    health = re.search(r'CMD \["presswatch", (.*)\]', final.partition("HEALTHCHECK")[2])
    assert health is not None
    words = [word.strip(' "') for word in health[1].split(",")]
    assert words[:2] == ["status", "--live"]
    not_running = presswatch("status", "--live")
    assert not_running.returncode not in (0, 2), not_running.stderr


def test_the_image_runs_as_nobody_in_particular() -> None:
    """Not root, a volume for the archive, a signal that drains."""
    final = DOCKERFILE.rpartition("\nFROM ")[2]

    assert re.search(r"^USER presswatch$", final, re.MULTILINE)
    assert re.search(r"^VOLUME /data$", final, re.MULTILINE)
    assert re.search(r"^STOPSIGNAL SIGTERM$", final, re.MULTILINE)
    assert final.index("USER presswatch") < final.index("ENTRYPOINT")
