"""Where the archive is, as far as a config says so that cannot be used as a whole.

A service goes on by the config that it has read. Whoever asks whether it lives must not be told
that it does not because somebody is typing.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from presswatch.config.expand import expand
from presswatch.config.load import outline
from presswatch.config.records import archive_place
from presswatch.errors import ConfigError, ConfigMissing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TABLE = re.compile(r"^\s*\[archive\][^\n]*\n(.*?)(?=^\s*\[|\Z)", re.MULTILINE | re.DOTALL)


def archive_of(path: Path, environ: Mapping[str, str]) -> Path:
    """The archive's place, by the table [archive] alone if need be.

    Raises ConfigMissing, and ConfigError where that table is wrong itself.
    """
    try:
        return outline(path, environ).archive_path
    except ConfigMissing:
        raise
    except ConfigError:
        place = _place(path, environ)
        if not place:
            raise
        return archive_place(path, place)


def _place(path: Path, environ: Mapping[str, str]) -> str:
    """What [archive] says, ``presswatch.db`` where it is not there; "" if that cannot be read."""
    found = _TABLE.search(path.read_text(encoding="utf-8", errors="replace"))
    try:
        table = tomllib.loads(found[1]) if found else {}
    except tomllib.TOMLDecodeError:
        return ""
    filled = expand(table, "archive", environ, path.parent)
    place = filled.values.get("path", "presswatch.db")
    return place if isinstance(place, str) and not filled.problems else ""
