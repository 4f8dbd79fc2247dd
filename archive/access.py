"""Who may use the archive's file, in a sentence for people."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def denied(path: Path) -> str:
    """What this user may not do with the archive or its folder; empty if all is allowed."""
    if path.is_dir():
        return "It is a folder: [archive] path names a file in it"
    if path.parent.exists() and not path.parent.is_dir():
        return f"{path.parent} is no folder"
    who = f"User {os.geteuid()}, who runs this,"
    if path.exists() and not _may(path, os.R_OK):
        return f"{who} may not read it"
    if path.parent.is_dir() and not _may(path.parent, os.W_OK | os.X_OK):
        also = " also to read an archive that no service has open" if path.exists() else ""
        return f"{who} may not write to {path.parent}, which SQLite must{also}"
    if path.exists() and not _may(path, os.W_OK):
        return f"{who} may not write to it"
    return ""


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)
