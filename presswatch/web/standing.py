"""What stands at the head of every page: whether all is well, in a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archive.heartbeat import heartbeat
from presswatch.standing import alive

if TYPE_CHECKING:
    from sqlite_utils import Database

    from presswatch.web.ask import Ask


def masthead(db: Database, ask: Ask) -> dict[str, Any]:
    """The values of the head: is the service there, and is the config as it should be."""
    return {"running": alive(heartbeat(db), ask.clock.now), "mistake": ask.book.mistake}
