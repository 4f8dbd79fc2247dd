"""The folder in which the demo leaves its archive: emptied before each run, if it is the demo's."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from archive.store import ServiceLock
from presswatch.demo.errors import FolderNotOurs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIG, ARCHIVE, SECRET, LOG = "config.toml", "presswatch.db", "webhook.secret", "presswatch.log"

#: By this first line of its config the demo knows a folder for its own.
_MARK = "# Written by `presswatch demo`"


def prepare(folder: Path) -> None:
    """Make the folder, or empty it of what the last demo left there.

    Raises FolderNotOurs if it holds anything that no demo wrote, ArchiveBusy if a demo runs in it.
    """
    if folder.exists() and not _ours(folder):
        raise FolderNotOurs(
            str(folder),
            hint="Name another one with --folder; nothing was touched",
        )
    folder.mkdir(parents=True, exist_ok=True)
    with ServiceLock(folder / ARCHIVE):
        for name in (CONFIG, SECRET, LOG, ARCHIVE, f"{ARCHIVE}-wal", f"{ARCHIVE}-shm"):
            (folder / name).unlink(missing_ok=True)


def _ours(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    config = folder / CONFIG
    if config.is_file():
        return config.read_text(encoding="utf-8", errors="replace").startswith(_MARK)
    return not any(folder.iterdir())


def new_secret() -> str:
    """One to sign with, as any channel has."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def write(folder: Path, template: str, places: Mapping[str, str], secret: str) -> Path:
    """Write config.toml, with `places` (name → URL) filled in, and the secret beside it."""
    assert template.startswith(_MARK)
    for name, url in places.items():
        template = template.replace(f"{{{name}}}", url)
    keep = folder / SECRET
    keep.touch(mode=0o600)
    keep.write_text(secret + "\n", encoding="ascii")
    config = folder / CONFIG
    config.write_text(template, encoding="utf-8")
    return config
