"""The command `presswatch`: a file for each group of commands, loaded when it is asked for."""

from __future__ import annotations

from presswatch.cli.group import main

__all__ = ["main"]
