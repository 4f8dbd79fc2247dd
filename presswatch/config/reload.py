"""A changed config: when to read it, and what is other in it. Nothing here applies it.

SIGHUP, or the file changed and came to rest ─▶ load (all or nothing) ─▶ compare ─▶ Changes
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from presswatch.config.records import Config

#: Of a Config: compared one by one, or following from what is.
_COMPARED = frozenset(
    {"path", "service", "archive_path", "archive", "fetch", "sources", "channels", "rules"}
    | {"web", "disabled_channels", "warnings", "secrets"}
)

Signature = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Of the sources, channels or rules: the names of those that are other than before."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def words(self) -> str:
        """``2 added (a, b), 1 removed (c)``."""
        parts = ((name, getattr(self, name)) for name in ("added", "removed", "changed"))
        return ", ".join(f"{len(names)} {name} ({_some(names)})" for name, names in parts if names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a config says otherwise than the one in force."""

    sources: Difference = Difference()
    channels: Difference = Difference()
    rules: Difference = Difference()
    settings: tuple[str, ...] = ()  # other keys that count at once: "fetch.delay"
    restart: tuple[str, ...] = ()  # keys that only count from the next start on

    def lines(self) -> dict[str, str]:
        """What has changed, by subject, in words; empty where nothing has."""
        found = {
            "sources": self.sources.words(),
            "channels": self.channels.words(),
            "rules": self.rules.words(),
            "settings": ", ".join(self.settings),
            "needs_restart": ", ".join(self.restart),
        }
        return {subject: said for subject, said in found.items() if said}


def compare(old: Config, new: Config, started: Config | None = None) -> Changes:
    """What is other in the new config than in the old one, which is in force.

    What only counts from the next start on is held against the config of the last, `started`: it
    waits until then, and no longer where it is taken back.
    """
    tables = {
        "service": _other(old.service, new.service),
        "web": _other(old.web, new.web),
        "archive": _other(old.archive, new.archive),
        "fetch": _other(old.fetch, new.fetch),
    }
    return Changes(
        sources=_difference(old.sources, new.sources),
        channels=_difference(old.channels, new.channels),
        rules=_difference(old.rules, new.rules),
        settings=tuple(f"{table}.{name}" for table, names in tables.items() for name in names),
        restart=tuple(_waiting(started or old, new)),
    )


def _waiting(started: Config, new: Config) -> Iterator[str]:
    """The keys that count from the next start on."""
    if started.archive_path != new.archive_path:
        yield "archive.path"
    yield from (name for name in _other(started, new) if name not in _COMPARED)


def _difference(old: Iterable[Any], new: Iterable[Any]) -> Difference:
    before = {one.name: one for one in old}
    after = {one.name: one for one in new}
    return Difference(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=tuple(n for n, one in after.items() if n in before and before[n] != one),
    )


def _other(old: Any, new: Any) -> list[str]:
    names = (field.name for field in fields(old))
    return [name for name in names if getattr(old, name) != getattr(new, name)]


def _some(names: tuple[str, ...], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def signature(path: Path) -> Signature:
    """What another file of the name, or another text in it, does not have; None: there is none.

    An editor that writes another file and renames it changes the inode.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class Watch:
    """Whether a file has changed since it was read; half-written, it is not read yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = self._seen = signature(self._path)

    def changed(self) -> bool:
        """True once it is other than when it was read, and has been so at two looks in a row."""
        before, self._seen = self._seen, signature(self._path)
        return self._seen != self._read and self._seen == before

    def has_read(self) -> None:
        """What stands in the file is about to be read."""
        self._read = self._seen = signature(self._path)
