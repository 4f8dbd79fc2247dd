"""The demo as people run it: the command, its output, its exit code, what it leaves behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from presswatch.demo.press import EMBEDDED

if TYPE_CHECKING:
    from collections.abc import Mapping

PRESSWATCH = [sys.executable, "-m", "presswatch"]
ROOT = Path(__file__).parents[2]
LIMIT = 60  # seconds; a run takes a dozen

SMALL_PRESS = """
[[site]]
name = "xibu-digest"
zone = "Asia/Shanghai"
dates = "%Y-%m-%d %H:%M"
listing = "atom.xml"

[[article]]
site = "xibu-digest"
text = "night-train"
path = "/a/1"
hours = 2

[[article]]
site = "xibu-digest"
name = "reprint"
text = "longshang/protection-centre"
path = "/a/2"
hours = 1

[[alert]]
rule = "trains"
article = "xibu-digest/night-train"

[[outcome]]
what = "other"
article = "xibu-digest/reprint"
becomes = "new"
means = "filed"
"""
SMALL_CONFIG = """# Written by `presswatch demo`
[fetch]
allow_networks = ["127.0.0.1/32"]
delay = "0s"
[[source]]
name = "xibu-digest"
url = "{xibu-digest}/atom.xml"
every = "5s"
[[channel]]
name = "receiver"
type = "webhook"
url = "{receiver}"
secret_file = "webhook.secret"
[[rule]]
name = "trains"
query = '敦煌'
channels = ["receiver"]
"""
CALL = (
    "import sys; from datetime import timedelta; from pathlib import Path;"
    "from presswatch.demo.run import run_demo;"
    "span = timedelta(seconds=float(sys.argv[1])) if sys.argv[1] else None;"
    "sys.exit(run_demo(span, folder=Path(sys.argv[2]), press=Path(sys.argv[3]),"
    " until_done='until-done' in sys.argv))"
)


def environment() -> Mapping[str, str]:
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    # Some test runners export COLUMNS, and the demo would cut its lines to them.
    inherited = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return {**inherited, "PYTHONPATH": paths, "PYTHONUTF8": "1"}


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=environment(), capture_output=True, text=True, encoding="utf-8",
        timeout=LIMIT, check=False,
    )  # fmt: skip


@pytest.fixture
def small_press(tmp_path: Path) -> Path:
    """One site, two articles, one rule for one of them."""
    press = tmp_path / "press"
    shutil.copytree(EMBEDDED, press)
    (press / "press.toml").write_text(SMALL_PRESS, encoding="utf-8")
    (press / "config.toml").write_text(SMALL_CONFIG, encoding="utf-8")
    return press


@pytest.mark.service
def test_a_reader_that_leaves_ends_it_quietly(small_press: Path, tmp_path: Path) -> None:
    """`presswatch demo | head -1`: no traceback, and it does not run on for nobody."""
    call = [sys.executable, "-c", CALL, "", str(tmp_path / "kept"), str(small_press)]
    with subprocess.Popen(
        call, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, encoding="utf-8",
    ) as demo:  # fmt: skip
        assert demo.stdout is not None
        assert demo.stderr is not None
        assert demo.stdout.readline() == "presswatch demo\n"
        demo.stdout.close()
        said = demo.stderr.read()

    assert said == ""


@pytest.mark.service
def test_everything_comes_and_the_next_steps_work(tmp_path: Path) -> None:
    demo = run(*PRESSWATCH, "demo", "--for", "45s", "--until-done", cwd=tmp_path)

    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert demo.stderr == ""
    assert "Everything came as expected." in demo.stdout
    assert "Traceback" not in demo.stdout
    assert "\x1b" not in demo.stdout
    assert len(re.findall(r"webhook .*received, signature verified", demo.stdout)) == 7
    assert re.search(r"copy +xibu-digest", demo.stdout)
    assert re.search(r"revised +jiayu-office", demo.stdout)
    assert len(re.findall(r"dropped +\S+ +/", demo.stdout)) == 2
    arrived = [float(at) for at in re.findall(r"arrived after ([\d.]+) s", demo.stdout)]
    assert len(arrived) == 7

    search = re.search(r"-m presswatch (search .*?)   #", demo.stdout)
    assert search is not None
    found = subprocess.run(
        f"{sys.executable} -m presswatch {search[1]} --format jsonl", shell=True, cwd=tmp_path,
        env=environment(), capture_output=True, text=True, timeout=LIMIT, check=True,
    )  # fmt: skip
    assert len(found.stdout.splitlines()) == 3, "two outlets with one text, and the glossed one"


def until(sign: str, press: Path, cwd: Path) -> tuple[int, str]:
    """Run a demo without an end until a line holds `sign`, then interrupt it."""
    with subprocess.Popen(
        [sys.executable, "-u", "-c", CALL, "", "folder", str(press)],
        cwd=cwd, env=environment(), stdout=subprocess.PIPE, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        # What waits in vain must fail, and say what it saw.
        late = threading.Timer(LIMIT, process.kill)
        late.start()
        output = ""
        for line in process.stdout:
            output += line
            if re.search(sign, line):
                process.send_signal(signal.SIGINT)
                break
        output += process.stdout.read()
        late.cancel()
        return process.wait(LIMIT), output


def ask_for(words: str, press: Path) -> None:
    config = press / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("敦煌", words), encoding="utf-8")


@pytest.mark.service
def test_it_goes_on_until_interrupted(tmp_path: Path, small_press: Path) -> None:
    code, output = until("webhook .*verified", small_press, tmp_path)

    assert code == 0, output
    assert "Everything came as expected." in output


@pytest.mark.service
def test_who_ends_it_early_is_not_told_that_it_failed(tmp_path: Path, small_press: Path) -> None:
    """Ctrl-C after a second: what had not come yet is marked, and nobody is sent to the log."""
    ask_for("火星", small_press)

    code, output = until("start .*1 source", small_press, tmp_path)

    assert code == 1, output
    assert "You ended it before all had come" in output
    assert "Not as expected" not in output


@pytest.mark.service
def test_what_does_not_come_is_named_and_the_code_is_1(tmp_path: Path, small_press: Path) -> None:
    ask_for("火星", small_press)

    demo = run(
        sys.executable, "-c", CALL, "6", "folder", str(small_press), "until-done", cwd=tmp_path
    )

    assert demo.returncode == 1, demo.stdout + demo.stderr
    assert "Everything came" not in demo.stdout
    assert "trains: 戈壁夜车上的图书角 一年借出三千册: did not arrive" in demo.stdout


@pytest.mark.service
def test_an_alert_that_nobody_expected_is_named(tmp_path: Path, small_press: Path) -> None:
    ask_for("敦煌 OR 兰州", small_press)

    code, output = until("webhook .*甘肃知识产权保护中心", small_press, tmp_path)

    assert code == 1, output
    assert re.search(r"trains: 甘肃知识产权保护中心\S* \S*: was not expected", output)


@pytest.mark.service
def test_a_folder_that_no_demo_made_is_not_touched(tmp_path: Path) -> None:
    mine = tmp_path / "demo-archive" / "presswatch.db"
    mine.parent.mkdir()
    mine.write_text("precious")

    demo = run(*PRESSWATCH, "demo", "--for", "5s", cwd=tmp_path)

    assert demo.returncode == 3
    assert "--folder" in demo.stderr
    assert mine.read_text() == "precious"
    assert list(mine.parent.iterdir()) == [mine]
