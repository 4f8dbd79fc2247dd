"""presswatch backup and restore."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from presswatch.cli.common import command, config_option, plural, waiting
from presswatch.config.load import outline
from presswatch.console import out, text
from presswatch.units import say_size

if TYPE_CHECKING:
    from archive.backup import Copied


@command(
    "backup",
    example="""
        presswatch backup /mnt/backup/presswatch.db
        presswatch backup /mnt/backup/
        presswatch backup --compact /mnt/backup/smaller.db
    """,
    codes="""
        0  the copy is whole, verified and on disk
        2  the config is wrong
        3  no copy was made: no archive, no room, or there is such a file already
    """,
)
@click.argument("file", type=click.Path())
@click.option("--force", is_flag=True, help="In the place of a file that is there already.")
@click.option("--compact", is_flag=True, help="Without the free room that is in the archive.")
@config_option
def backup(*, file: str, force: bool, compact: bool, config: Path) -> None:
    """Copy the archive to FILE, as of one moment; into a folder, under a name with the time.

    The service goes on meanwhile. The copy is verified before it takes its name. To make an
    archive smaller that an older presswatch has made, stop the service and `restore` a --compact
    copy of it.
    """
    from archive.backup import back_up
    from archive.errors import BackupFailed

    seen = outline(config, os.environ)
    target = Path(file)
    if target.is_dir():
        target /= f"{seen.archive_path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    elif file.endswith(os.sep):  # a disk that is not mounted, and no file of its name
        raise BackupFailed(file, cause="there is no such folder")
    with waiting("Copying and verifying"):
        copied = back_up(seen.archive_path, target, replace=force, compact=compact)
    out().print(text(f"Wrote {_said(copied)}, verified."), soft_wrap=True)


@command(
    "restore",
    example="""
        presswatch restore /mnt/backup/presswatch.db
    """,
    codes="""
        0  the backup is the archive now; what was there is kept beside it
        2  the config is wrong
        3  nothing was changed: the service runs, or FILE is no sound archive of this presswatch
    """,
)
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def restore(*, file: Path, config: Path) -> None:
    """Put the backup FILE in the place of the archive; the service must not run.

    The archive that was there is kept beside it under another name. What was published since the
    backup is found, filed and told again, as far as it is still listed.
    """
    from archive.backup import restore as put_back

    seen = outline(config, os.environ)
    with waiting("Verifying and copying"):
        copied = put_back(file, seen.archive_path, datetime.now(UTC))
    out().print(text(f"Restored {_said(copied)}, verified."), soft_wrap=True)
    if copied.aside is not None:
        out().print(text(f"The archive that was there is {copied.aside} now."), soft_wrap=True)


def _said(copied: Copied) -> str:
    return f"{copied.path}: {plural(copied.articles, 'article')}, {say_size(copied.size)}"
