"""A service that is stopped before it is all there says nothing but its own lines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.service import ROOT, write_config

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.service

#: Ctrl-C just when the library that `$AT` names is about to be imported.
PRESSED = """
import os, runpy, signal, sys

class Presses:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["AT"]:
            print("pressed", flush=True)
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # as for whoever sits at a terminal
sys.meta_path.insert(0, Presses())
runpy.run_module("presswatch", run_name="__main__")
"""


@pytest.mark.parametrize("library", ["click", "pydantic", "scrapy"])
def test_ctrl_c_while_it_imports_ends_it_without_a_word(tmp_path: Path, library: str) -> None:
    """Neither a traceback, nor a library that takes the interrupt for a fault of its own."""
    command = [sys.executable, "-c", PRESSED, "run", "--config", str(write_config(tmp_path, ""))]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "AT": library}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip

    assert (done.stdout, done.stderr) == ("pressed\n", "")
    assert done.returncode in {-signal.SIGINT, 130}
