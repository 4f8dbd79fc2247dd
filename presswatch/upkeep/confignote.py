"""Which config is in force, and which was refused, where `status` finds it and the operator hears.

A refused config is a trouble of presswatch itself: it begins with the refusal and ends when a
right config is read, also by the next start.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from archive import notes
from crawler.health import Finding, Kind
from presswatch.upkeep import telling

if TYPE_CHECKING:
    from sqlite_utils import Database

    from archive.errors import PresswatchError
    from presswatch.config.records import Config
    from presswatch.config.reload import Changes

_NAME = "config"

#: Characters of the problems in a notice: enough for a dozen.
_LONGEST = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigNote:
    """The config that the service runs by."""

    read: datetime
    changed: tuple[tuple[str, str], ...]  # at the last change while it ran: subject → words
    restart: str  # keys that count from the next start on, in words; "" for none


def note_read(db: Database, config: Config, changes: Changes | None, now: datetime) -> None:
    """A config counts from now on; `changes` is None at the start of the service."""
    said = changes.lines() if changes else {}
    restart = said.pop("needs_restart", "")
    notes.leave(db, _NAME, {"read": now.isoformat(), "changed": said, "restart": restart})
    service = config.service
    zone = ZoneInfo(service.timezone)
    telling.end(db, Kind.CONFIG, operator=service.operator, zone=zone, now=now)


def note_refused(db: Database, config: Config, error: PresswatchError, now: datetime) -> None:
    """The changed config is wrong; `config` stays in force, and its operator is told why."""
    problems = "; ".join(str(error).splitlines())
    note = problems if len(problems) <= _LONGEST else problems[: _LONGEST - 1] + "…"
    service = config.service
    telling.begin(
        db,
        Finding(kind=Kind.CONFIG, since=now, note=note),
        operator=service.operator,
        zone=ZoneInfo(service.timezone),
        now=now,
    )


def config_note(db: Database) -> ConfigNote | None:
    """What was noted last; None where no service has run."""
    found = notes.read(db, _NAME)
    if not found:
        return None
    return ConfigNote(
        read=datetime.fromisoformat(found["read"]),
        changed=tuple(found["changed"].items()),
        restart=found["restart"],
    )
