"""How everything stands, as a page and at the head of every page.

The facts and the sentences are those of `presswatch status`, from the same code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alerts.history import overview
from presswatch.views.standing import attention
from presswatch.web.ask import Shown

if TYPE_CHECKING:
    from sqlite_utils import Database

    from presswatch.web.ask import Ask


def masthead(db: Database, ask: Ask) -> dict[str, Any]:
    """The values of the head: is the service there, and does anything need somebody."""
    standing = ask.head(db)
    return {
        "running": standing.alive,
        "concerns": attention(standing),
        "mistake": ask.book.mistake,
    }


def status(db: Database, ask: Ask) -> Shown:
    """What needs somebody, then the service, its config, its archive and its channels."""
    standing = ask.standing(db, sums=True)
    alerts = [one.name for one in attention(standing) if one.kind == "alert"]
    ways = [source.how for source in standing.sources]
    return Shown(
        template="status.html",
        values={
            "standing": standing,
            "place": ask.book.rules.outline.archive_path,
            "about": overview.subjects(db, alerts),
            "ways": {how: ways.count(how) for how in ("well", "troubled", "paused")},
        },
    )
