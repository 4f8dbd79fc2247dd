"""What this machine can tell of an installation: versions, disk, archive, clock."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sqlite3
import sys
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING

from archive.backup import check as faults
from archive.backup import copies
from archive.connection import open_for_reading
from archive.errors import ArchiveError, ArchiveMissing
from archive.sizes import size
from archive.soundness import indexed, newest_moment
from presswatch import __version__
from presswatch.doctor.check import DRIFT, Check, wrong_clock
from presswatch.units import say_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

    from presswatch.config.records import Config

#: The archive is written with what this version has.
_SQLITE = (3, 40, 0)

_NAME = re.compile(r"[A-Za-z0-9._-]+")

#: When this was written: a clock that shows less is wrong.
_WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)

#: On which the rest stands; their versions help whoever reads a report of a fault.
_LIBRARIES = ("scrapy", "aiohttp", "httpx", "trafilatura", "sqlite-utils", "pydantic")


def here(config: Config, now: datetime) -> Iterator[Check]:
    """Everything that needs no network."""
    yield from _versions()
    for warning in config.warnings:
        yield Check(what="config", name=str(config.path), fine=True, said=f"doubtful: {warning}")
    yield from _disk(config)
    yield from _archive(config, now)
    if now < _WRITTEN:
        yield wrong_clock(f"it shows {now:%Y-%m-%d}")


def _versions() -> Iterator[Check]:
    said = f"presswatch {__version__}, Python {platform.python_version()}"
    yield Check(what="version", name="presswatch", fine=True, said=said)
    found = sqlite3.sqlite_version
    yield Check(
        what="version",
        name="SQLite",
        fine=sqlite3.sqlite_version_info >= _SQLITE,
        said=found,
        todo=f"use a Python that brings SQLite {'.'.join(map(str, _SQLITE))} or newer",
    )
    missing = sorted(name for name in _required() if not _version(name))
    libraries = ", ".join(f"{name} {_version(name) or 'missing'}" for name in _LIBRARIES)
    yield Check(
        what="version",
        name="libraries",
        fine=not missing,
        said=f"missing: {', '.join(missing)}" if missing else libraries,
        todo=f"install presswatch again, into an environment of its own ({sys.prefix})",
    )


def _required() -> set[str]:
    """The names of what presswatch was installed with; of a bare checkout, what matters most."""
    try:
        lines = metadata.requires("presswatch") or ()
    except metadata.PackageNotFoundError:
        return set(_LIBRARIES)
    found = (_NAME.match(line) for line in lines if "extra ==" not in line)
    return {match[0] for match in found if match}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _disk(config: Config) -> Iterator[Check]:
    folder = config.archive_path.parent
    least = config.archive.min_free
    if not folder.is_dir():
        todo = "`presswatch run` makes it; see that it may"
        yield Check(what="disk", name=str(folder), fine=True, said="is not there yet", todo=todo)
        return
    usage = shutil.disk_usage(folder)
    yield Check(
        what="disk",
        name=str(folder),
        fine=usage.free >= least,
        said=f"{say_size(usage.free)} of {say_size(usage.total)} free",
        todo=f"make room: below {say_size(least)} (archive.min_free) nothing is fetched",
    )
    yield Check(
        what="disk",
        name=str(folder),
        fine=os.access(folder, os.W_OK | os.X_OK),
        said="may be written to",
        todo="give the user that runs presswatch the right to write there",
    )


def _archive(config: Config, now: datetime) -> Iterator[Check]:
    path = config.archive_path
    try:
        db = open_for_reading(path)
    except ArchiveMissing:
        yield Check(what="archive", name=str(path), fine=True, said="there is none yet")
        return
    except ArchiveError as error:
        yield _archived(path.name, str(error), "see the message; a backup is put back by `restore`")
        return
    try:
        yield from _content(config, db, now)
    finally:
        db.close()


def _content(config: Config, db: Database, now: datetime) -> Iterator[Check]:
    path = config.archive_path
    held = size(db)
    yield Check(
        what="archive",
        name="size",
        fine=True,
        said=f"{say_size(held.used)} used, {say_size(held.free)} to be used again"
        + ("" if held.shrinks else "; it does not shrink by itself: `presswatch backup --compact`"),
    )
    if found := copies(path):
        said = ", ".join(f"{one.name} ({say_size(one.stat().st_size)})" for one in found)
        yield Check(what="archive", name="copies before upgrades", fine=True, said=said)
    wrong = faults(path)
    yield Check(
        what="archive",
        name="integrity",
        fine=not wrong,
        said="; ".join(wrong[:3]) or "SQLite finds it sound",
        todo="stop the service and `presswatch restore` the last backup",
    )
    yield _index(db)
    moment = newest_moment(db)
    if moment is not None and moment > now + DRIFT:
        yield wrong_clock(f"the archive knows of {moment:%Y-%m-%d %H:%M} UTC already")
    else:
        yield Check(what="clock", name="archive", fine=True, said="nothing in it is of the future")


def _index(db: Database) -> Check:
    found = indexed(db)
    wrong = [
        f"{count} {what}"
        for count, what in (
            (found.missing, "articles are not in it"),
            (found.extra, "entries have no article"),
            (len(found.lost), f"of {found.sampled} articles are not found by their own words"),
        )
        if count
    ]
    return Check(
        what="archive",
        name="index",
        fine=not wrong,
        said="; ".join(wrong)
        or f"{found.articles} articles in it, {found.sampled} of them found by their own words",
        todo="stop the service and `presswatch restore` the last backup",
    )


def _archived(name: str, said: str, todo: str) -> Check:
    return Check(what="archive", name=name, fine=False, said=said, todo=todo)
