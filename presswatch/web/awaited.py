"""What the start of a service waits for. Light: also a service without a page has one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from archive.sizes import room
from presswatch.clock import Clock
from presswatch.units import say_size
from presswatch.upkeep.outcry import LOOK

if TYPE_CHECKING:
    from collections.abc import Callable

    from presswatch.config.records import Config
    from presswatch.upkeep.outcry import Outcry


class Awaited:
    """What the start waits for: written by the service, read by the page."""

    def __init__(self, config: Callable[[], Config]) -> None:
        self._config = config
        self._since = datetime.now(UTC)
        self.outcry: Outcry | None = None  # there is no room

    def wait_for(self, outcry: Outcry) -> None:
        """The start has found no room."""
        self.outcry = outcry

    def said(self) -> str:
        """It in a sentence."""
        if self.outcry is None:
            return "the archive is being opened"
        free, needed = self._room(), self._config().archive.min_free
        if free is None or free >= max(needed, 1):
            return f"waiting for room: {self.outcry.finding.note}"
        asked = f" of {say_size(needed)} needed" if needed else ""
        return f"waiting for room: {say_size(free)} free{asked}"

    def values(self) -> dict[str, Any]:
        """What its page shows."""
        config, outcry = self._config(), self.outcry
        return {
            "said": self.said(),
            "full": outcry is not None,
            "since": outcry.finding.since if outcry is not None else self._since,
            "note": outcry.finding.note if outcry is not None else "",
            "told": outcry is not None and outcry.told,
            "operator": config.service.operator,
            "path": config.archive_path,
            "free": self._room(),
            "needed": config.archive.min_free,
            "clock": Clock(config.service.timezone),
            "looks": round(LOOK.total_seconds()),
        }

    def _room(self) -> int | None:
        """Bytes; None where the disk does not even say that."""
        try:
            return room(self._config().archive_path)
        except OSError:
            return None
